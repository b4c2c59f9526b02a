import { describe, expect, test } from 'vitest'
import type { Inventory } from '../../../src/core/inventory.ts'
import type { Policy } from '../../../src/core/policy.ts'
import type { PolicySpec } from '../../../src/policy/schema/policy.ts'
import { makePolicyStore } from '../../../src/policy/policy-store.ts'
import { compilePolicy } from '../../../src/policy/compile.ts'
import type { Container, Pod } from '../../../src/core/pod.ts'
import { aPolicy } from '../a-question.ts'
import { asking, decideUnder, envOf, externals, instances, patched, told } from './a-case.ts'

type Defaults = NonNullable<PolicySpec['defaults']>

const supplies = (name: string, spec: PolicySpec = {}, metadata: object = {}): Policy =>
  aPolicy(
    {
      defaults: {
        env: [
          { name: 'WHO', from: 'AppID' },
          { name: name.toUpperCase(), from: 'AppID' },
        ],
      },
      ...spec,
    },
    name,
    metadata,
  )

const admitted = (
  policies: readonly Policy[],
  pod: Pod = asking(),
  inventory: Inventory = instances(),
): Pod => patched(pod, decideUnder(policies, { pod, inventory }))

const winner = (...policies: readonly Policy[]): string =>
  Object.keys(envOf(admitted(policies)))
    .filter((name) => /^[A-Z]$/.test(name))
    .join()

const born = (creationTimestamp: string): object => ({ creationTimestamp })

describe('who supplies the defaults', () => {
  test.each<[string, readonly Policy[], string]>([
    [
      'the highest priority',
      [supplies('a'), supplies('b', { priority: 1 }), supplies('c', { priority: -1 })],
      'B',
    ],
    ['a negative priority loses to none', [supplies('a', { priority: -1 }), supplies('b')], 'B'],
    [
      'then the oldest',
      [supplies('a', {}, born('2026-03-01T00:00:00Z')), supplies('b', {}, born('2026-02-01T00:00:00Z'))],
      'B',
    ],
    [
      'priority before age',
      [
        supplies('a', { priority: 1 }, born('2026-03-01T00:00:00Z')),
        supplies('b', {}, born('2026-02-01T00:00:00Z')),
      ],
      'A',
    ],
    [
      'then the first by name',
      [supplies('b', {}, born('2026-02-01T00:00:00Z')), supplies('a', {}, born('2026-02-01T00:00:00Z'))],
      'A',
    ],
    ['files have no age: by name', [supplies('b'), supplies('a')], 'A'],
    ['only those that have defaults', [supplies('b'), aPolicy({ priority: 9 }, 'a')], 'B'],
    [
      'only those that match',
      [supplies('b'), supplies('a', { match: { appIds: ['stock'] }, priority: 9 })],
      'B',
    ],
  ])('%s', (_, policies, name) => {
    expect(winner(...policies)).toBe(name)
  })

  test('one supplies the whole block, nothing of the others remains', () => {
    const deny = aPolicy({ defaults: { onExistingEnv: 'Deny', legacyEnv: 'Enabled' }, priority: 1 }, 'deny')
    const env = aPolicy({ defaults: { env: [{ name: 'WHO', from: 'AppID' }] }, priority: 2 }, 'env')
    const pod = asking(
      {},
      { containers: [{ name: 'app', env: [{ name: 'DAPR_HTTP_ENDPOINT', value: 'http://mine:1' }] }] },
    )
    const decision = decideUnder([deny, env], { pod })
    expect(told(decision)).toEqual(['env.conflict Warn built-in'])
    expect(Object.keys(envOf(patched(pod, decision)))).not.toContain('DAPR_HOST')
  })

  test('does not depend on the order in which policies came', () => {
    const specs: [string, string][] = [
      ['z', '2020-01-01T00:00:00Z'],
      ['a', '2021-01-01T00:00:00Z'],
      ['m', ''],
    ]
    const orders = [
      [0, 1, 2],
      [0, 2, 1],
      [1, 0, 2],
      [1, 2, 0],
      [2, 0, 1],
      [2, 1, 0],
    ]
    const winners = orders.map((order) => {
      const store = makePolicyStore()
      for (const index of order) {
        const [name, creationTimestamp] = specs[index] ?? ['', '']
        store.setPolicy(name, {
          apiVersion: 'shared.dapr.io/v1alpha1',
          kind: 'DaprSharedPolicy',
          metadata: { name, ...(creationTimestamp === '' ? {} : { creationTimestamp }) },
          spec: { defaults: { env: [{ name: name.toUpperCase(), from: 'AppID' }] } },
        })
      }
      return winner(...store.current().policies)
    })
    expect(new Set(winners).size).toBe(1)
  })
})

const FROM = ['HTTPEndpoint', 'GRPCEndpoint', 'Host', 'HTTPPort', 'GRPCPort', 'AppID', 'Namespace'] as const

describe('further variables', () => {
  const all = aPolicy({ defaults: { env: FROM.map((from) => ({ name: `MY_${from.toUpperCase()}`, from })) } })
  const values = (inventory: Inventory) =>
    FROM.map((from) => envOf(admitted([all], asking(), inventory))[`MY_${from.toUpperCase()}`])

  test('come from every source, in the cluster', () => {
    const host = 'orders-dapr.shop.svc.cluster.local'
    expect(values(instances())).toEqual([
      `http://${host}:3500`,
      `http://${host}:50001`,
      host,
      '3500',
      '50001',
      'orders',
      'shop',
    ])
  })

  test('come from the HTTP endpoint of an external instance', () => {
    expect(values(externals())).toEqual([
      'https://http-prj1.api.cloud.diagrid.io:443',
      'https://grpc-prj1.api.cloud.diagrid.io:8443',
      'http-prj1.api.cloud.diagrid.io',
      '443',
      '8443',
      'orders',
      'shop',
    ])
  })

  test('of old clients are bare hosts and ports, on demand only', () => {
    const host = 'orders-dapr.shop.svc.cluster.local'
    const legacy = {
      DAPR_RUNTIME_HOST: host,
      DAPR_SIDECAR_IP: host,
      DAPR_HOST: host,
      DAPR_HTTP_PORT: '3500',
      DAPR_GRPC_PORT: '50001',
    }
    expect(envOf(admitted([aPolicy({ defaults: { legacyEnv: 'Enabled' } })]))).toMatchObject(legacy)
    for (const defaults of [
      { legacyEnv: 'Disabled' },
      { skipContainers: ['log-agent'] },
    ] satisfies Defaults[]) {
      expect(Object.keys(envOf(admitted([aPolicy({ defaults })])))).not.toContain('DAPR_HTTP_PORT')
    }
  })

  test('stand before the own ones of the container, so that those can refer to them', () => {
    const pod = asking({}, { containers: [{ name: 'app', env: [{ name: 'URL', value: '$(WHO)' }] }] })
    const names = admitted([supplies('a')], pod).spec.containers[0]?.env?.map(({ name }) => name) ?? []
    expect(names.indexOf('WHO')).toBeLessThan(names.indexOf('URL'))
  })

  test('may not be the endpoints or the token', () => {
    for (const name of ['DAPR_HTTP_ENDPOINT', 'DAPR_GRPC_ENDPOINT', 'DAPR_API_TOKEN']) {
      const { problems } = compilePolicy({
        apiVersion: 'shared.dapr.io/v1alpha1',
        kind: 'DaprSharedPolicy',
        metadata: { name: 'x' },
        spec: { defaults: { env: [{ name, from: 'AppID' }] } },
      })
      expect(problems).toHaveLength(1)
    }
  })

  test('of a pod that was copied from one of another instance all lead to the new one', () => {
    const policy = aPolicy({
      defaults: { legacyEnv: 'Enabled', env: [{ name: 'URL', from: 'HTTPEndpoint' }] },
    })
    const first = asking({ 'dapr.io/shared': 'stock' })
    const copy = admitted([policy], first, instances({ appId: 'stock' }))
    const again: Pod = {
      ...copy,
      metadata: {
        ...copy.metadata,
        annotations: { ...copy.metadata.annotations, 'dapr.io/shared': 'orders' },
      },
    }
    expect(JSON.stringify(admitted([policy], again).spec.containers)).not.toContain('stock')
  })
})

const NAMES = ['DAPR_HTTP_ENDPOINT', 'WHO'] as const
const deciding = (
  onExistingEnv: Defaults['onExistingEnv'],
  container: Partial<Container> = {},
  validationActions: PolicySpec['validationActions'] = ['Deny'],
) => {
  const policy = aPolicy({
    validationActions,
    defaults: {
      ...(onExistingEnv === undefined ? {} : { onExistingEnv }),
      env: [{ name: 'WHO', from: 'AppID' }],
    },
  })
  const pod = asking(
    {},
    {
      containers: [
        { name: 'app', env: NAMES.map((name) => ({ name, value: 'http://mine:1' })), ...container },
      ],
    },
  )
  return { pod, decision: decideUnder([policy], { pod }) }
}

describe('a variable that is there already', () => {
  test.each(['Keep', undefined] as const)('stays with %s, and is told', (mode) => {
    const { pod, decision } = deciding(mode)
    expect(told(decision)).toEqual(['env.conflict Warn built-in', 'env.conflict Warn built-in'])
    expect(envOf(patched(pod, decision))).toMatchObject({
      DAPR_HTTP_ENDPOINT: 'http://mine:1',
      WHO: 'http://mine:1',
    })
  })

  test('goes with Override, and is told; a second time nothing is left to do', () => {
    const { pod, decision } = deciding('Override')
    const after = patched(pod, decision)
    expect(decision.findings.map(({ rule, action }) => `${rule} ${action}`)).toEqual([
      'env.conflict Warn',
      'env.conflict Warn',
    ])
    expect(envOf(after)).toMatchObject({
      DAPR_HTTP_ENDPOINT: 'http://orders-dapr.shop.svc.cluster.local:3500',
      WHO: 'orders',
    })
  })

  test('goes with Override where its source cannot be seen, too', () => {
    const valueFrom = { configMapKeyRef: { name: 'c', key: 'k' } }
    const { pod, decision } = deciding('Override', { env: [{ name: 'WHO', valueFrom }] })
    expect(envOf(patched(pod, decision))).toMatchObject({ WHO: 'orders' })
  })

  test.each(['Deny', 'Warn', 'Audit'] as const)(
    'with Deny is a finding with the action of its policy: %s',
    (action) => {
      const { decision } = deciding('Deny', {}, [action])
      expect(told(decision)).toEqual([`env.conflict ${action} strict`, `env.conflict ${action} strict`])
      expect(decision.outcome).toBe(action === 'Deny' ? 'denied' : 'injected')
    },
  )

  test('with Deny is fine if it has the right value, or none', () => {
    const { pod, decision } = deciding('Deny', {
      env: [{ name: 'WHO', value: 'orders' }, { name: 'DAPR_HTTP_ENDPOINT' }],
    })
    expect(told(decision)).toEqual([])
    expect(envOf(patched(pod, decision))['DAPR_HTTP_ENDPOINT']).toBe(
      'http://orders-dapr.shop.svc.cluster.local:3500',
    )
  })
})

describe('containers that defaults leave out', () => {
  const containers: Container[] = [{ name: 'app' }, { name: 'log-agent' }]
  const initContainers: Container[] = [{ name: 'migrate' }, { name: 'proxy', restartPolicy: 'Always' }]
  const injected = (defaults: Defaults, annotations: Record<string, string> = {}): string[] => {
    const after = admitted([aPolicy({ defaults })], asking(annotations, { containers, initContainers }))
    return ['app', 'log-agent', 'migrate', 'proxy'].filter(
      (name) => 'DAPR_HTTP_ENDPOINT' in envOf(after, name),
    )
  }

  test.each<[string, Defaults, Record<string, string>, string[]]>([
    ['none', { legacyEnv: 'Disabled' }, {}, ['app', 'log-agent', 'migrate', 'proxy']],
    ['initContainers Enabled', { initContainers: 'Enabled' }, {}, ['app', 'log-agent', 'migrate', 'proxy']],
    [
      'plain init containers, not native sidecars',
      { initContainers: 'Disabled' },
      {},
      ['app', 'log-agent', 'proxy'],
    ],
    [
      'not a plain init container that the pod names',
      { initContainers: 'Disabled' },
      { 'dapr.io/shared-containers': 'migrate' },
      ['migrate'],
    ],
    ['those named in skipContainers', { skipContainers: ['log-agent', 'proxy'] }, {}, ['app', 'migrate']],
    [
      'not one in skipContainers that the pod names',
      { skipContainers: ['log-agent'] },
      { 'dapr.io/shared-containers': 'log-agent' },
      ['log-agent'],
    ],
    [
      'besides what the pod excludes',
      { skipContainers: ['log-agent'] },
      { 'dapr.io/shared-exclude-containers': 'app' },
      ['migrate', 'proxy'],
    ],
  ])('%s', (_, defaults, annotations, names) => {
    expect(injected(defaults, annotations)).toEqual(names)
  })

  test('besides the built-in list', () => {
    const pod = asking({}, { containers: [{ name: 'app' }, { name: 'istio-proxy' }] })
    const after = admitted([aPolicy({ defaults: { skipContainers: ['log-agent'] } })], pod)
    expect(envOf(after, 'istio-proxy')).toEqual({})
  })

  test('may not be all of them', () => {
    const policy = aPolicy({ defaults: { skipContainers: ['app'] } })
    expect(told(decideUnder([policy]))).toEqual(['annotation.invalid Deny built-in'])
  })
})
