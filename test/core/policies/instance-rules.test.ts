import { describe, expect, test } from 'vitest'
import type { Inventory } from '../../../src/core/inventory.ts'
import type { PolicySpec } from '../../../src/policy/schema/policy.ts'
import type { Version } from '../../../src/core/policy.ts'
import { aPolicy } from '../a-question.ts'
import { aDaprd, aWorkload } from '../builders.ts'
import { asking, askingWith, decideUnder, externals, instances, told } from './a-case.ts'
import type { Placement } from '../../../src/core/placement.ts'

type Rules = NonNullable<PolicySpec['rules']>

const under = (rules: Rules, inventory: Inventory, spec: PolicySpec = {}): string[] =>
  told(decideUnder([aPolicy({ rules, ...spec })], { inventory }))

const deployment = instances({ kind: 'Deployment' })
const daemonSet = instances()
const ready = (count: number): Inventory => instances({ readiness: { known: true, ready: count, wanted: 3 } })

describe('strategies', () => {
  test.each([
    ['DaemonSet', daemonSet, []],
    ['Deployment', deployment, []],
    ['External', externals(), []],
    ['Deployment', daemonSet, ['strategy.not-allowed Deny strict']],
    ['DaemonSet', deployment, ['strategy.not-allowed Deny strict']],
    ['DaemonSet', externals(), ['strategy.not-allowed Deny strict']],
    ['External', daemonSet, ['strategy.not-allowed Deny strict']],
  ] as const)('%s', (strategy, inventory, findings) => {
    expect(under({ strategies: { allowed: [strategy] } }, inventory)).toEqual(findings)
  })

  test("may be several, and the pod's own wish is judged besides", () => {
    const policy = aPolicy({
      rules: { strategies: { allowed: ['Deployment', 'External'] } },
      validationActions: ['Warn'],
    })
    const pod = asking({ 'dapr.io/shared-strategy': 'external' })
    expect(told(decideUnder([policy], { pod }))).toEqual([
      'strategy.not-allowed Deny built-in',
      'strategy.not-allowed Warn strict',
    ])
    expect(told(decideUnder([policy], { inventory: externals(), pod }))).toEqual([])
  })
})

describe('instance', () => {
  test.each<[string, Rules, Inventory, string[]]>([
    [
      'without a policy part: no ready replica warns',
      { workloads: { allowedKinds: ['Pod'] } },
      ready(0),
      ['instance.not-ready Warn built-in'],
    ],
    [
      'fewer than the minimum',
      { instance: { minReadyReplicas: 2 } },
      ready(1),
      ['instance.not-ready Deny strict'],
    ],
    ['the minimum', { instance: { minReadyReplicas: 2 } }, ready(2), []],
    [
      "none: the policy's finding replaces the built-in one",
      { instance: { minReadyReplicas: 1 } },
      ready(0),
      ['instance.not-ready Deny strict'],
    ],
    ['none wanted', { instance: { minReadyReplicas: 0 } }, ready(0), []],
    [
      'inUse alone says nothing of readiness',
      { instance: { inUse: 'Deny' } },
      ready(0),
      ['instance.not-ready Warn built-in'],
    ],
    ['a workload without status', { instance: { minReadyReplicas: 9 } }, daemonSet, []],
    ['an external one', { instance: { minReadyReplicas: 9 } }, externals(), []],
  ])('%s', (_, rules, inventory, findings) => {
    expect(under(rules, inventory)).toEqual(findings)
  })

  test('that is missing has the built-in action, whatever the policy demands of it', () => {
    expect(under({ instance: { minReadyReplicas: 1 } }, new Map(), { validationActions: ['Audit'] })).toEqual(
      ['instance.missing Deny built-in'],
    )
  })
})

const spread = instances({}, { locality: 'Spread' })
const preferred = instances({}, { locality: 'Preferred' })
const at = (placement: Partial<Placement>): Inventory =>
  instances({ placement: { nodeSelector: {}, tolerations: [], affinity: '', ...placement } })
const node = (mode: 'Any' | 'Prefer' | 'Require' | undefined): Rules => ({
  locality: mode === undefined ? {} : { node: mode },
})

describe('locality', () => {
  test.each<[string, Rules, Inventory, string[]]>([
    [
      'without a part, spread',
      { workloads: { allowedKinds: ['Pod'] } },
      spread,
      ['locality.not-local Audit built-in'],
    ],
    ['Any, spread', node('Any'), spread, []],
    ['absent is Any', node(undefined), spread, []],
    ['Prefer, local', node('Prefer'), daemonSet, []],
    ['Prefer, preferred', node('Prefer'), preferred, []],
    ['Prefer, spread', node('Prefer'), spread, ['locality.not-local Warn strict']],
    ['Require, local', node('Require'), daemonSet, []],
    [
      'Require, preferred: calls may leave the node',
      node('Require'),
      preferred,
      ['locality.not-local Deny strict'],
    ],
    ['Require, spread', node('Require'), spread, ['locality.not-local Deny strict']],
    ['Require, a Deployment', node('Require'), deployment, ['locality.not-local Deny strict']],
    ['Require, external', node('Require'), externals(), []],
    [
      'without a part, a selector that the pod lacks',
      { workloads: { allowedKinds: ['Pod'] } },
      at({ nodeSelector: { disk: 'ssd' } }),
      ['locality.uncovered Audit built-in'],
    ],
    ['Any, a selector that the pod lacks', node('Any'), at({ nodeSelector: { disk: 'ssd' } }), []],
    [
      'Prefer, a selector that the pod lacks',
      node('Prefer'),
      at({ nodeSelector: { disk: 'ssd' } }),
      ['locality.uncovered Warn strict'],
    ],
    [
      'Require, a selector that the pod lacks',
      node('Require'),
      at({ nodeSelector: { disk: 'ssd' } }),
      ['locality.uncovered Deny strict'],
    ],
  ])('%s', (_, rules, inventory, findings) => {
    expect(under(rules, inventory)).toEqual(findings)
  })

  const gpu = { key: 'gpu', operator: 'Exists', value: '', effect: 'NoSchedule' }
  test.each<[string, Parameters<typeof askingWith>[0], Partial<Placement>, boolean]>([
    [
      'the same node selector',
      { nodeSelector: { disk: 'ssd', zone: 'a' } },
      { nodeSelector: { disk: 'ssd' } },
      true,
    ],
    [
      'another value of the selector',
      { nodeSelector: { disk: 'hdd' } },
      { nodeSelector: { disk: 'ssd' } },
      false,
    ],
    ['a toleration that the instance lacks', { tolerations: [gpu] }, {}, false],
    ['the same toleration', { tolerations: [gpu] }, { tolerations: [gpu] }, true],
    [
      'an instance that tolerates all',
      { tolerations: [gpu] },
      { tolerations: [{ key: '', operator: 'Exists', value: '', effect: '' }] },
      true,
    ],
    ['another effect', { tolerations: [{ ...gpu, effect: 'NoExecute' }] }, { tolerations: [gpu] }, false],
    ['a pod that tolerates all', { tolerations: [{ operator: 'Exists' }] }, { tolerations: [gpu] }, false],
    [
      'what Kubernetes adds for the state of nodes',
      {
        tolerations: [
          {
            key: 'node.kubernetes.io/not-ready',
            operator: 'Exists',
            effect: 'NoExecute',
            tolerationSeconds: 300,
          },
        ],
      },
      {},
      true,
    ],
    [
      'any value where the instance has one',
      { tolerations: [{ key: 'gpu', operator: 'Exists', effect: 'NoSchedule' }] },
      { tolerations: [{ ...gpu, operator: 'Equal', value: 'a' }] },
      false,
    ],
    [
      'one value where the instance has any',
      { tolerations: [{ key: 'gpu', value: 'a', effect: 'NoSchedule' }] },
      { tolerations: [gpu] },
      true,
    ],
  ])('nodes of the pod are covered or not: %s', (_, spec, placement, covered) => {
    const policy = aPolicy({ rules: node('Require') })
    const findings = told(decideUnder([policy], { pod: askingWith(spec), inventory: at(placement) }))
    expect(findings).toEqual(covered ? [] : ['locality.uncovered Deny strict'])
  })
})

const daprd = (changes: Parameters<typeof aDaprd>[0]): Inventory => instances({ daprd: aDaprd(changes) })
const noToken = daprd({ token: { kind: 'none' } })
const noMtls = daprd({ mtls: false })
const openStore = daprd({ secretStoreDisabled: false })
const version = (...parts: Version): Inventory => daprd({ version: parts })

describe('security', () => {
  test.each<[string, Rules, Inventory, string[]]>([
    [
      'no token, without a part',
      { workloads: { allowedKinds: ['Pod'] } },
      noToken,
      ['security.api-token Audit built-in'],
    ],
    ['no token, Off', { security: { apiToken: 'Off' } }, noToken, []],
    [
      'no token, Preferred',
      { security: { apiToken: 'Preferred' } },
      noToken,
      ['security.api-token Warn strict'],
    ],
    [
      'no token, Required',
      { security: { apiToken: 'Required' } },
      noToken,
      ['security.api-token Deny strict'],
    ],
    ['a token from a Secret, unread', { security: { apiToken: 'Required' } }, daemonSet, []],
    [
      'no token of an external one',
      { security: { apiToken: 'Required' } },
      externals({ token: undefined }),
      ['security.api-token Deny strict'],
    ],
    ['no mTLS, Off', { security: { mtls: 'Off' } }, noMtls, []],
    ['no mTLS, Preferred', { security: { mtls: 'Preferred' } }, noMtls, ['security.mtls Warn strict']],
    ['no mTLS, Required', { security: { mtls: 'Required' } }, noMtls, ['security.mtls Deny strict']],
    ['mTLS of an external one', { security: { mtls: 'Required' } }, externals(), []],
    ['the secret store, Off', { security: { secretStore: 'Off' } }, openStore, []],
    [
      'the secret store, Restricted',
      { security: { secretStore: 'Restricted' } },
      openStore,
      ['security.secret-store Deny strict'],
    ],
    ['the secret store disabled', { security: { secretStore: 'Restricted' } }, daemonSet, []],
    [
      'one part says nothing of the others',
      { security: { apiToken: 'Required' } },
      openStore,
      ['security.secret-store Audit built-in'],
    ],
    [
      'a type that is not listed',
      { security: { serviceTypes: ['ClusterIP'] } },
      instances({}, { type: 'NodePort' }),
      ['security.exposed-service Deny strict'],
    ],
    [
      'a type that is listed',
      { security: { serviceTypes: ['ClusterIP', 'NodePort'] } },
      instances({}, { type: 'NodePort' }),
      [],
    ],
    [
      'LoadBalancer',
      { security: { serviceTypes: ['ClusterIP', 'NodePort'] } },
      instances({}, { type: 'LoadBalancer' }),
      ['security.exposed-service Deny strict'],
    ],
    [
      'external addresses',
      { security: { serviceTypes: ['ClusterIP'] } },
      instances({}, { externalIps: true }),
      ['security.exposed-service Deny strict'],
    ],
    [
      'an older version',
      { security: { minDaprVersion: '1.14' } },
      version(1, 13, 9),
      ['security.dapr-version Deny strict'],
    ],
    ['the version', { security: { minDaprVersion: '1.14' } }, version(1, 14, 0), []],
    ['a newer one, by numbers', { security: { minDaprVersion: '1.9' } }, version(1, 14, 0), []],
    [
      'an older patch',
      { security: { minDaprVersion: '1.14.3' } },
      version(1, 14, 2),
      ['security.dapr-version Deny strict'],
    ],
    ['a newer major', { security: { minDaprVersion: '1.14.3' } }, version(2, 0, 0), []],
    ['the version of an external one', { security: { minDaprVersion: '1.14' } }, externals(), []],
  ])('%s', (_, rules, inventory, findings) => {
    expect(under(rules, inventory)).toEqual(findings)
  })

  test('the strictest of several policies counts', () => {
    const off = aPolicy({ rules: { security: { apiToken: 'Off' } } }, 'off')
    const required = aPolicy({ rules: { security: { apiToken: 'Required' } } }, 'required')
    expect(told(decideUnder([off, required], { inventory: noToken }))).toEqual([
      'security.api-token Deny required',
    ])
  })
})

describe('endpoints', () => {
  const HOSTS: Rules = { endpoints: { allowedHosts: ['*.api.cloud.diagrid.io'], allowedSchemes: ['https'] } }
  const external = (httpEndpoint: string): Inventory => externals({ httpEndpoint })
  test.each<[string, Rules, Inventory, string[]]>([
    ['below the domain, by https', HOSTS, externals(), []],
    ['far below the domain', HOSTS, external('https://a.b.api.cloud.diagrid.io:443'), []],
    [
      'the domain itself',
      HOSTS,
      external('https://api.cloud.diagrid.io:443'),
      ['endpoint.not-allowed Deny strict'],
    ],
    [
      'one that only ends so',
      HOSTS,
      external('https://evilapi.cloud.diagrid.io:443'),
      ['endpoint.not-allowed Deny strict'],
    ],
    [
      'one that only begins so',
      HOSTS,
      external('https://x.api.cloud.diagrid.io.evil.org:443'),
      ['endpoint.not-allowed Deny strict'],
    ],
    [
      'another scheme',
      HOSTS,
      external('http://x.api.cloud.diagrid.io:80'),
      ['endpoint.not-allowed Deny strict'],
    ],
    [
      'the gRPC endpoint elsewhere',
      HOSTS,
      externals({ grpcEndpoint: 'https://evil.org:443' }),
      ['endpoint.not-allowed Deny strict'],
    ],
    [
      'exact hosts',
      { endpoints: { allowedHosts: ['dapr.example.com'] } },
      externals({ httpEndpoint: 'http://dapr.example.com:80', grpcEndpoint: 'https://dapr.example.com:443' }),
      [],
    ],
    ['any host, one scheme', { endpoints: { allowedSchemes: ['https'] } }, externals(), []],
    ['in the cluster it does not apply', HOSTS, daemonSet, []],
  ])('%s', (_, rules, inventory, findings) => {
    expect(under(rules, inventory)).toEqual(findings)
  })
})

describe('what does not apply to an external instance', () => {
  test('dns, locality, readiness, mTLS and version', () => {
    const policy = aPolicy({
      rules: {
        locality: { node: 'Require' },
        instance: { minReadyReplicas: 5 },
        security: { mtls: 'Required', minDaprVersion: '9.9' },
      },
      overrides: [{ rule: 'dns.unresolvable', action: 'Deny' }],
    })
    const pod = askingWith({ dnsPolicy: 'None', hostNetwork: true, tolerations: [{ operator: 'Exists' }] })
    expect(told(decideUnder([policy], { pod, inventory: externals() }))).toEqual([])
    expect(
      told(decideUnder([policy], { pod, inventory: instances({ daprd: aWorkload().daprd }) })),
    ).not.toEqual([])
  })
})
