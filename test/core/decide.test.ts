import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Question } from '../../src/core/decide.ts'
import { isAllowed, restsOnInventory, type Decision } from '../../src/core/decision.ts'
import type { Inventory } from '../../src/core/inventory.ts'
import { denialMessage, warningsOf } from '../../src/core/message.ts'
import type { Container, EnvVar, Pod } from '../../src/core/pod.ts'
import { NO_POLICIES } from '../../src/core/policy.ts'
import { aPolicy, decideNow, policySet } from './a-question.ts'
import { aDaprd, aPod, aWorkload, inventoryOf } from './builders.ts'

const inventory = inventoryOf(
  aWorkload(),
  aWorkload({ appId: 'tokenless', daprd: aDaprd({ token: { kind: 'none' } }) }),
  aWorkload({ namespace: 'pay', appId: 'ledger' }),
  aWorkload({ namespace: 'pay', appId: 'open', daprd: aDaprd({ token: { kind: 'none' } }) }),
)

const decided = (pod: Pod, changes: Partial<Question> = {}): Decision =>
  decideNow({ pod, inventory, ...changes })

const rules = ({ findings }: Decision): string[] => findings.map(({ rule }) => rule)
const denying = ({ findings }: Decision): string[] =>
  findings.filter(({ action }) => action === 'Deny').map(({ rule }) => rule)

describe("another namespace's instance, where no grant is needed", () => {
  const allow = { policies: policySet(aPolicy({ rules: { crossNamespace: { mode: 'Allow' } } })) }
  const foreign = (appId: string, containers: Container[], more: Record<string, string> = {}): Pod =>
    aPod({ annotations: { 'dapr.io/shared': appId, 'dapr.io/shared-namespace': 'pay', ...more }, containers })

  test('is injected with its own host, labels and status', () => {
    const decision = decided(foreign('open', [{ name: 'app' }]), allow)
    expect(decision).toMatchObject({ outcome: 'injected', instance: 'pay/open' })
    expect(decision.edits).toContainEqual({
      kind: 'label',
      key: 'shared.dapr.io/app-namespace',
      value: 'pay',
    })
    expect(decision.edits).toContainEqual({
      kind: 'insert-env',
      list: 'containers',
      index: 0,
      variables: [
        { name: 'DAPR_HTTP_ENDPOINT', value: 'http://open-dapr.pay.svc.cluster.local:3500' },
        { name: 'DAPR_GRPC_ENDPOINT', value: 'http://open-dapr.pay.svc.cluster.local:50001' },
      ],
    })
  })

  test('that has a token cannot give it by its own Secret', () => {
    const decision = decided(foreign('ledger', [{ name: 'app' }]), allow)
    expect(rules(decision)).toEqual(['token.unreachable'])
    expect(isAllowed(decision)).toBe(false)
    expect(denialMessage(decision.findings)).toMatch(
      /^\[token\.unreachable\] .*"ledger" in namespace "pay".*container "app".*dapr\.io\/shared-token-secret: "<secret>\/<key>", or set DAPR_API_TOKEN/,
    )
  })

  test("takes the token from the consumer's own Secret", () => {
    const decision = decided(
      foreign('ledger', [{ name: 'app' }], { 'dapr.io/shared-token-secret': 'mine/tok' }),
      allow,
    )
    expect(rules(decision)).toEqual([])
    expect(JSON.stringify(decision.edits)).toContain(
      '{"name":"DAPR_API_TOKEN","valueFrom":{"secretKeyRef":{"name":"mine","key":"tok"}}}',
    )
  })

  test.each<[string, EnvVar[], string[]]>([
    ['nothing', [], ['token.unreachable']],
    ['an empty token', [{ name: 'DAPR_API_TOKEN', value: '' }], ['token.unreachable']],
    ['a token', [{ name: 'DAPR_API_TOKEN', value: 'x' }], []],
    ['a reference', [{ name: 'DAPR_API_TOKEN', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } }], []],
    [
      'first a token, then nothing',
      [{ name: 'DAPR_API_TOKEN', value: 'x' }, { name: 'DAPR_API_TOKEN' }],
      ['token.unreachable'],
    ],
  ])('wants a token of a container that sets %s: %j', (_, env, expected) => {
    expect(rules(decided(foreign('ledger', [{ name: 'app', env }]), allow))).toEqual(expected)
  })

  test('wants it of injected containers only, and names those that lack it', () => {
    const token = [{ name: 'DAPR_API_TOKEN', value: 'x' }]
    const containers = [
      { name: 'app', env: token },
      { name: 'worker' },
      { name: 'other' },
      { name: 'istio-proxy' },
    ]
    const decision = decided(
      foreign('ledger', containers, { 'dapr.io/shared-exclude-containers': 'other' }),
      allow,
    )
    expect(denialMessage(decision.findings)).toContain('to container "worker" in another namespace')
  })

  test('that is missing gives no names of that namespace away', () => {
    const decision = decided(foreign('ledgers', [{ name: 'app' }]), allow)
    expect(rules(decision)).toEqual(['instance.missing'])
    expect(denialMessage(decision.findings)).not.toMatch(/Did you mean|Instances there|"ledger"/)
  })

  test('is refused without that, whether it exists or not, in words that do not tell', () => {
    const words = (appId: string): string =>
      denialMessage(decided(foreign(appId, [{ name: 'app' }])).findings)
    expect(words('nothing')).toBe(words('ledger').replaceAll('ledger', 'nothing'))
    expect(restsOnInventory(decided(foreign('nothing', [{ name: 'app' }])))).toBe(false)
  })
})

describe('the final check', () => {
  const injectedPod = (
    changes: { env?: Container['env']; status?: string; appId?: string; namespace?: string } = {},
  ): Pod =>
    aPod({
      annotations: {
        'dapr.io/shared': 'tokenless',
        'dapr.io/shared-status':
          changes.status ??
          '{"instance":"shop/tokenless","strategy":"daemonset","service":"shop/tokenless-dapr","containers":["app"]}',
      },
      labels: {
        'shared.dapr.io/app-id': changes.appId ?? 'tokenless',
        'shared.dapr.io/app-namespace': changes.namespace ?? 'shop',
      },
      containers: [
        {
          name: 'app',
          env: changes.env ?? [
            { name: 'DAPR_HTTP_ENDPOINT', value: 'http://tokenless-dapr.shop.svc.cluster.local:3500' },
            { name: 'DAPR_GRPC_ENDPOINT', value: 'http://tokenless-dapr.shop.svc.cluster.local:50001' },
          ],
        },
      ],
    })
  const validated = (pod: Pod): Decision => decided(pod, { stage: 'validate' })

  test('admits a pod that has everything', () => {
    const decision = validated(injectedPod())
    expect(decision).toMatchObject({ outcome: 'unchanged', instance: 'shop/tokenless' })
    expect(denying(decision)).toEqual([])
  })

  test('refuses a pod that was never injected, and says why that happens', () => {
    const decision = validated(aPod({ annotations: { 'dapr.io/shared': 'tokenless' } }))
    expect(denying(decision)).toEqual(['injection.incomplete'])
    expect(decision.findings.at(-1)?.field).toBe('spec')
    expect(denialMessage(decision.findings)).toMatch(
      /was not injected: dapr\.io\/shared was added after.*Put the annotation into the pod template/,
    )
  })

  test.each<[string, Pod, string]>([
    [
      'a variable taken away',
      injectedPod({ env: [] }),
      'container "app" lacks DAPR_HTTP_ENDPOINT, DAPR_GRPC_ENDPOINT',
    ],
    [
      'a variable emptied',
      injectedPod({
        env: [
          { name: 'DAPR_HTTP_ENDPOINT' },
          { name: 'DAPR_GRPC_ENDPOINT', value: 'http://tokenless-dapr.shop.svc.cluster.local:50001' },
        ],
      }),
      'DAPR_HTTP_ENDPOINT of container "app" is wrong',
    ],
    ['a status changed', injectedPod({ status: '{}' }), 'the annotation dapr.io/shared-status is wrong'],
  ])('refuses a pod after %s', (_, pod, problem) => {
    const decision = validated(pod)
    expect(denying(decision)).toEqual(['injection.incomplete'])
    expect(denialMessage(decision.findings)).toContain(problem)
  })

  test.each([
    ['app-id', injectedPod({ appId: 'other' })],
    ['app-namespace', injectedPod({ namespace: 'pay' })],
  ])('refuses a pod whose label %s another webhook changed', (label, pod) => {
    const decision = validated(pod)
    expect(denying(decision)).toContain('label.forged')
    expect(denialMessage(decision.findings)).toContain(`shared.dapr.io/${label}`)
  })

  test('refuses a pod that got a sidecar after us', () => {
    const pod = injectedPod()
    const withSidecar = { ...pod, spec: { containers: [...pod.spec.containers, { name: 'daprd' }] } }
    expect(denying(validated(withSidecar))).toEqual(['sidecar.conflict'])
  })

  test('does not call labels forged that we gave ourselves, when the instance goes in between', () => {
    expect(denying(decided(injectedPod(), { stage: 'validate', inventory: new Map() }))).toEqual([
      'instance.missing',
    ])
  })

  test('counts what is wrong beyond three', () => {
    const pod = aPod({
      annotations: { 'dapr.io/shared': 'tokenless', 'dapr.io/shared-status': '' },
      containers: ['a', 'b', 'c', 'd'].map((name) => ({ name })),
    })
    expect(denialMessage(validated(pod).findings)).toMatch(
      /container "a" lacks .* container "c" lacks .* and 4 more\./,
    )
  })

  test('leaves a pod alone that does not ask', () => {
    expect(validated(aPod())).toMatchObject({ outcome: 'unchanged', matched: false, findings: [] })
  })
})

describe('a refusal rests on the inventory', () => {
  test.each<[string, Pod, boolean]>([
    ['that has no such instance', aPod({ annotations: { 'dapr.io/shared': 'nothing' } }), true],
    [
      'whose instance has another strategy',
      aPod({ annotations: { 'dapr.io/shared': 'orders', 'dapr.io/shared-strategy': 'deployment' } }),
      true,
    ],
    ['not where an annotation is malformed', aPod({ annotations: { 'dapr.io/shared': 'Orders' } }), false],
    [
      'not where a sidecar stands in the way',
      aPod({ annotations: { 'dapr.io/shared': 'orders', 'dapr.io/enabled': 'true' } }),
      false,
    ],
    ['not where the pod is admitted', aPod({ annotations: { 'dapr.io/shared': 'orders' } }), false],
  ])('%s', (_, pod, rests) => {
    expect(restsOnInventory(decided(pod))).toBe(rests)
  })
})

test('keys of a megabyte keep nobody waiting: admission comes before validation', () => {
  const annotations = Object.fromEntries(
    Array.from({ length: 20 }, (_, index) => [`dapr.io/shared-${index}${'x'.repeat(1_000_000)}`, '']),
  )
  const decision = decided(aPod({ annotations: { 'dapr.io/shared': 'orders', ...annotations } }))
  expect(warningsOf(decision)).toHaveLength(5)
})

describe('whatever a hostile pod says', { timeout: 60_000 }, () => {
  const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 300 }), fc.stringMatching(/^[a-z-]{1,20}$/))
  const key = fc.oneof(
    fc.constantFrom(
      'dapr.io/shared',
      'dapr.io/shared',
      'dapr.io/shared-namespace',
      'dapr.io/shared-strategy',
      'dapr.io/shared-containers',
      'dapr.io/shared-exclude-containers',
      'dapr.io/shared-token-secret',
      'dapr.io/shared-status',
      'dapr.io/app-id',
      'dapr.io/enabled',
      '__proto__',
    ),
    text.map((rest) => `dapr.io/shared-${rest}`),
  )
  const map = fc.dictionary(key, text, { maxKeys: 12 })
  const labels = fc.dictionary(
    fc.constantFrom('shared.dapr.io/app-id', 'shared.dapr.io/app-namespace', 'app'),
    text,
  )
  const container = fc.record({
    name: text,
    env: fc.array(fc.record({ name: fc.constantFrom('DAPR_HTTP_ENDPOINT', 'X'), value: text }), {
      maxLength: 3,
    }),
  })
  const question = fc.record({
    pod: fc
      .record({ annotations: map, labels, containers: fc.array(container, { minLength: 1, maxLength: 30 }) })
      .map(aPod),
    namespace: fc.oneof(fc.constantFrom('shop', 'pay'), text),
    stage: fc.constantFrom('mutate' as const, 'validate' as const),
    policies: fc.constantFrom(
      NO_POLICIES,
      policySet(aPolicy({ rules: { crossNamespace: { mode: 'Allow' } } })),
    ),
    inventory: fc.constantFrom<Inventory[]>(inventory, new Map()),
  })

  test('an answer is one printable paragraph of 1 KiB, and warnings of 120 characters', () => {
    fc.assert(
      fc.property(question, (asked) => {
        const decision = decideNow(asked)
        for (const { message, cure } of decision.findings) expect(`${message}${cure}`).toMatch(/^[ -~]+$/)
        expect(denialMessage(decision.findings)).toMatch(/^[ -~]{0,1024}$/)
        for (const warning of warningsOf(decision)) expect(warning).toMatch(/^[ -~]{1,120}$/)
        expect(isAllowed(decision)).toBe(!decision.findings.some(({ action }) => action === 'Deny'))
        if (!isAllowed(decision)) expect(decision.edits).toEqual([])
      }),
      { numRuns: 300 },
    )
  })

  test('findings stand in the order of the table', () => {
    fc.assert(
      fc.property(question, (asked) => {
        const order = [
          'annotation.invalid',
          'label.forged',
          'annotation.unknown',
          'instance.missing',
          'strategy.not-allowed',
          'namespace.not-granted',
          'sidecar.conflict',
          'env.conflict',
        ]
        const places = decideNow(asked)
          .findings.map(({ rule }) => order.indexOf(rule))
          .filter((place) => place >= 0)
        expect(places).toEqual(places.toSorted((a, b) => a - b))
      }),
    )
  })
})
