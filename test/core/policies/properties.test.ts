import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isAllowed, type Decision } from '../../../src/core/decision.ts'
import { denialMessage, warningsOf } from '../../../src/core/message.ts'
import { patchProblem } from '../../../src/core/check-patch.ts'
import { toJsonPatch } from '../../../src/core/json-patch.ts'
import { readPod, isPodProblem, type Pod } from '../../../src/core/pod.ts'
import type { Point, Policy } from '../../../src/core/policy.ts'
import { compileSelector } from '../../../src/policy/compile-matchers.ts'
import type { LabelSelector } from '../../../src/policy/schema/label-selector.ts'
import type { PolicySpec } from '../../../src/policy/schema/policy.ts'
import { arbitraryPod } from '../arbitrary-pod.ts'
import { aPolicy, NOW, someFacts } from '../a-question.ts'
import { aDaprd, aWorkload, inventoryOf, podOf } from '../builders.ts'
import { anException, asking, decideUnder, patched, type Circumstances } from './a-case.ts'
import { anySpec, tighteningSpec } from './arbitrary-policy.ts'

/** Making thousands of pods takes seconds, on a machine that has nothing else to do. */
const PATIENCE = 120_000

const inventory = inventoryOf(
  aWorkload({
    readiness: { known: true, ready: 1, wanted: 2 },
    daprd: aDaprd({ mtls: false, secretStoreDisabled: false }),
  }),
  aWorkload({
    appId: 'tokenless',
    kind: 'Deployment',
    readiness: { known: true, ready: 0, wanted: 1 },
    daprd: aDaprd({ token: { kind: 'none' } }),
  }),
  aWorkload({ namespace: 'pay' }),
)

const point = fc.constantFrom<Point>('Pod', 'Workload', 'Audit', 'CLI')

/** What may be known of a pod: who made it, who else uses the instance, what RBAC says. */
const facts = fc
  .record({
    owner: fc.constantFrom('none', 'unknown', 'Deployment'),
    mayUse: fc.boolean(),
    pods: fc.integer({ min: 0, max: 4 }),
  })
  .map(({ owner, mayUse, pods }) =>
    someFacts({
      owners: () =>
        owner === 'unknown'
          ? { known: false, why: 'the owner is not in the state' }
          : { known: true, value: owner === 'none' ? [] : [{ kind: owner, name: 'web' }] },
      mayUse: () => ({ known: true, value: mayUse }),
      consumers: () => ({
        known: true,
        value: { pods, workloads: new Map(Array.from({ length: pods }, (_, i) => [`w${i}`, 1])) },
      }),
    }),
  )

/** Pods that ask for what is there, for what is not, in other namespaces, and beside sidecars. */
const pod = fc.oneof(
  arbitraryPod().map(podOf),
  fc
    .record({
      appId: fc.constantFrom('orders', 'tokenless', 'nowhere', 'Bad'),
      annotations: fc.record(
        {
          'dapr.io/enabled': fc.constantFrom('true', 'false'),
          'dapr.io/shared-namespace': fc.constantFrom('pay', 'shop', 'gone'),
          'dapr.io/shared-strategy': fc.constantFrom('daemonset', 'external'),
          'dapr.io/shared-token-secret': fc.constant('mine/token'),
        },
        { requiredKeys: [] },
      ),
      daprd: fc.boolean(),
      env: fc.constantFrom(
        [],
        [
          { name: 'DAPR_HTTP_ENDPOINT', value: 'http://mine:1' },
          { name: 'A', value: 'x' },
        ],
      ),
    })
    .map(({ appId, annotations, daprd, env }) =>
      asking(
        { 'dapr.io/shared': appId, ...annotations },
        { labels: { app: 'web' }, containers: [{ name: 'app', env }, ...(daprd ? [{ name: 'daprd' }] : [])] },
      ),
    ),
)

const policies = (spec: fc.Arbitrary<PolicySpec>, maxLength = 4): fc.Arbitrary<Policy[]> =>
  fc.array(spec, { maxLength }).map((specs) => specs.map((one, index) => aPolicy(one, `p${index}`)))

const whole = (decision: Decision): string => JSON.stringify(decision)

describe('whatever policies there are', { timeout: PATIENCE }, () => {
  test('one more that has no part that may loosen admits nothing that was refused', () => {
    fc.assert(
      fc.property(
        policies(anySpec()),
        tighteningSpec(),
        pod,
        facts,
        point,
        (before, spec, subject, known, at) => {
          const circumstances: Circumstances = { pod: subject, inventory, facts: known, point: at }
          const more = [...before, aPolicy(spec, 'added')]
          if (isAllowed(decideUnder(more, circumstances))) {
            expect(isAllowed(decideUnder(before, circumstances))).toBe(true)
          }
        },
      ),
      { numRuns: 2000 },
    )
  })

  test('the order in which they are given does not matter', () => {
    fc.assert(
      fc.property(
        policies(anySpec()).chain((list) =>
          fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
        ),
        pod,
        facts,
        ([list, shuffled], subject, known) => {
          const circumstances: Circumstances = { pod: subject, inventory, facts: known }
          expect(whole(decideUnder(shuffled, circumstances))).toBe(whole(decideUnder(list, circumstances)))
        },
      ),
      { numRuns: 500 },
    )
  })

  test('the patch applies; decided again, the pod is left as it is and passes the last check', () => {
    fc.assert(
      fc.property(policies(anySpec()), pod, facts, (list, subject, known) => {
        const circumstances: Circumstances = { inventory, facts: known }
        const first = decideUnder(list, { ...circumstances, pod: subject })
        if (!isAllowed(first)) return
        expect(patchProblem(subject, toJsonPatch(subject, first.edits))).toBeUndefined()
        const after = patched(subject, first)
        const again = decideUnder(list, { ...circumstances, pod: after })
        expect(again.edits).toEqual([])
        expect(isAllowed(again)).toBe(true)
        const last = decideUnder(list, { ...circumstances, pod: after, stage: 'validate' })
        expect(last.findings.filter(({ action }) => action === 'Deny')).toEqual([])
      }),
      { numRuns: 1000 },
    )
  })

  test('a refusal is one paragraph of printable ASCII, at most 1 KiB; warnings are short', () => {
    fc.assert(
      fc.property(policies(anySpec(), 8), pod, facts, (list, subject, known) => {
        const decision = decideUnder(list, { pod: subject, inventory, facts: known })
        const message = denialMessage(decision.findings)
        expect(Buffer.byteLength(message)).toBeLessThanOrEqual(1024)
        expect(message).toMatch(/^[ -~]*$/)
        expect(message === '').toBe(isAllowed(decision))
        for (const warning of warningsOf(decision)) expect(warning).toMatch(/^[ -~]{1,120}$/)
      }),
      { numRuns: 500 },
    )
  })

  test('an exception that has ended admits nothing', () => {
    const ended = fc
      .integer({ min: 0, max: 4_000 })
      .map((days) => new Date(NOW - days * 86_400_000).toISOString())
    fc.assert(
      fc.property(policies(anySpec()), pod, facts, ended, (list, subject, known, expiresAt) => {
        const exceptions = list.map(({ name }) =>
          anException({
            policies: [
              {
                name,
                rules: [
                  'strategy.not-allowed',
                  'capacity.pods',
                  'identity.not-bound',
                  'workload.kind-not-allowed',
                  'instance.not-ready',
                ],
              },
            ],
            subjects: { appIds: ['orders', 'tokenless', 'nowhere'] },
            expiresAt: expiresAt.replace('.000Z', 'Z'),
          }),
        )
        const circumstances: Circumstances = { pod: subject, inventory, facts: known }
        const excused = decideUnder(list, { ...circumstances, exceptions })
        expect(excused.outcome).toBe(decideUnder(list, circumstances).outcome)
        expect(excused.findings.every(({ exception }) => exception === '')).toBe(true)
      }),
      { numRuns: 500 },
    )
  })
})

describe("an override's message in any script", { timeout: PATIENCE }, () => {
  const refusal = (...messages: readonly string[]): string =>
    denialMessage(
      decideUnder(
        messages.map((message, index) =>
          aPolicy(
            {
              rules: { strategies: { allowed: ['External'] } },
              overrides: [{ rule: 'strategy.not-allowed', message }],
            },
            `p${index}`,
          ),
        ),
      ).findings,
    )
  const words = fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 300 })
    .filter((text) => !/[{}\p{Cc}]/u.test(text) && Array.from(text).length <= 512)

  test('leaves a refusal within 1 KiB, and every character whole', () => {
    const long = fc.constantFrom('\u20ac'.repeat(512), `a${'\u{1F6AB}'.repeat(500)}`)
    fc.assert(
      fc.property(fc.array(fc.oneof(long, words), { minLength: 1, maxLength: 3 }), (messages) => {
        const text = refusal(...messages)
        expect(Buffer.byteLength(text)).toBeLessThanOrEqual(1024)
        expect(text.isWellFormed()).toBe(true)
      }),
    )
  })

  test.each([
    ['turns the rest around', 'safe\u202Eevil'],
    ['begins a line', 'one\u2028two'],
    ['begins a paragraph', 'one\u2029two'],
    ['is not seen', 'a\u200Bb\uFEFF'],
  ])('shows a character that %s for what it is', (_, message) => {
    expect(refusal(message)).toMatch(/^[ -~]+$/)
  })

  test('stays readable', () => {
    expect(refusal('Bitte das Plattform-Team fragen: größer geht nicht.')).toContain('größer')
  })
})

/** As the Kubernetes documentation has it, word by word. */
function holds(
  { matchLabels = {}, matchExpressions = [] }: LabelSelector,
  labels: Record<string, string>,
): boolean {
  const entries = new Map(Object.entries(labels))
  for (const [key, value] of Object.entries(matchLabels)) if (entries.get(key) !== value) return false
  for (const { key, operator, values = [] } of matchExpressions) {
    const value = entries.get(key)
    const listed = value !== undefined && values.includes(value)
    if (operator === 'In' && !listed) return false
    if (operator === 'NotIn' && listed) return false
    if (operator === 'Exists' && value === undefined) return false
    if (operator === 'DoesNotExist' && value !== undefined) return false
  }
  return true
}

describe('a label selector', () => {
  const key = fc.constantFrom('env', 'tier', 'example.com/team', 'constructor', 'toString')
  const value = fc.constantFrom('', 'a', 'b', 'A')
  const set = fc.array(value, { minLength: 1, maxLength: 3 })
  const expression = fc.oneof(
    fc.record({ key, operator: fc.constantFrom('In' as const, 'NotIn' as const), values: set }),
    fc.record({ key, operator: fc.constantFrom('Exists' as const, 'DoesNotExist' as const) }),
  )
  const selector = fc.record(
    { matchLabels: fc.dictionary(key, value), matchExpressions: fc.array(expression, { maxLength: 4 }) },
    { requiredKeys: [] },
  )

  test('takes what the words of Kubernetes say, and nothing else', () => {
    fc.assert(
      fc.property(selector, fc.dictionary(key, value), (one, labels) => {
        expect(compileSelector(one)(labels)).toBe(holds(one, labels))
      }),
      { numRuns: 2000 },
    )
  })
})

describe('a hostile pod', { timeout: PATIENCE }, () => {
  const odd = fc.jsonValue({ maxDepth: 3 })
  const toleration = fc.oneof(
    odd,
    fc.record({ key: odd, operator: odd, value: odd, effect: odd }, { requiredKeys: [] }),
  )
  const hostile = fc.record({
    metadata: fc.record(
      {
        name: odd,
        generateName: odd,
        annotations: fc
          .tuple(
            fc.dictionary(
              fc.oneof(
                fc.string(),
                fc.constantFrom('dapr.io/shared-containers', '__proto__', 'dapr.io/shared-namespace'),
              ),
              fc.string(),
            ),
            fc.string(),
          )
          .map(([own, appId]) => ({
            'dapr.io/shared': 'orders',
            ...own,
            ...(appId.length > 5 ? { 'dapr.io/shared': appId } : {}),
          })),
        labels: fc.dictionary(fc.string(), fc.string()),
        ownerReferences: odd,
        deletionTimestamp: odd,
      },
      { requiredKeys: ['annotations'] },
    ),
    spec: fc.record(
      {
        containers: fc.constant([{ name: 'app' }]),
        serviceAccountName: odd,
        nodeSelector: odd,
        tolerations: fc.oneof(odd, fc.array(toleration)),
        affinity: fc.oneof(
          odd,
          fc.record({
            nodeAffinity: fc.oneof(odd, fc.record({ requiredDuringSchedulingIgnoredDuringExecution: odd })),
          }),
        ),
        dnsPolicy: odd,
        hostNetwork: odd,
      },
      { requiredKeys: ['containers'] },
    ),
  })

  test('never throws, whatever policies govern it, and what is said of it stays printable', () => {
    const placed = inventoryOf(
      aWorkload({
        placement: {
          nodeSelector: { constructor: 'x' },
          tolerations: [{ key: 'a', operator: 'Exists', value: '', effect: '' }],
          affinity: '{}',
        },
      }),
    )
    fc.assert(
      fc.property(policies(anySpec()), hostile, facts, (list, loose, known) => {
        const read: unknown = JSON.parse(JSON.stringify(loose))
        const subject = readPod(read)
        if (isPodProblem(subject)) return
        const decision = decideUnder(list, { pod: subject satisfies Pod, inventory: placed, facts: known })
        for (const { message, cure } of decision.findings) expect(message + cure).toMatch(/^[ -~]*$/)
      }),
      { numRuns: 1000 },
    )
  })
})
