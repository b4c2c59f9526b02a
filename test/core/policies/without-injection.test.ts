import { describe, expect, test } from 'vitest'
import type { Inventory } from '../../../src/core/inventory.ts'
import { denialCode } from '../../../src/core/message.ts'
import type { Pod } from '../../../src/core/pod.ts'
import { aPolicy } from '../a-question.ts'
import { aGrant, asking, decideUnder, envOf, instances, patched, told } from './a-case.ts'
import { aWorkload, CLUSTER_DOMAIN } from '../builders.ts'
import { buildNamespace } from '../../../src/core/inventory.ts'

const behindNothing = (...names: string[]): Inventory =>
  new Map([
    [
      'shop',
      buildNamespace(
        { workloads: names.map((name) => aWorkload({ name })), unusable: [], services: [], externals: [] },
        CLUSTER_DOMAIN,
      ),
    ],
  ])

const CASES: readonly [
  rule:
    | 'annotation.invalid'
    | 'instance.missing'
    | 'instance.ambiguous'
    | 'instance.misconfigured'
    | 'sidecar.conflict',
  pod: Pod,
  inventory: Inventory,
][] = [
  ['annotation.invalid', asking({ 'dapr.io/shared-strategy': 'nonsense' }), instances()],
  ['annotation.invalid', asking({ 'dapr.io/shared-exclude-containers': 'app' }), instances()],
  ['instance.missing', asking(), new Map()],
  ['instance.ambiguous', asking(), behindNothing('a', 'b')],
  ['instance.misconfigured', asking(), behindNothing('a')],
  ['sidecar.conflict', asking({ 'dapr.io/enabled': 'true' }), instances()],
]

describe('where policy makes less of a refusal, the pod is admitted without injection', () => {
  test.each(CASES)('%s', (rule, pod, inventory) => {
    expect(decideUnder([], { pod, inventory }).outcome).toBe('denied')
    for (const action of ['Warn', 'Audit'] as const) {
      const policies = [aPolicy({ overrides: [{ rule, action }] })]
      const decision = decideUnder(policies, { pod, inventory })
      expect(told(decision)).toEqual([`${rule} ${action} strict`])
      expect(decision).toMatchObject({ outcome: 'admitted', instance: '' })

      const after = patched(pod, decision)
      expect(envOf(after)).toEqual({})
      expect(after.metadata.labels ?? {}).toEqual({})
      expect(after.metadata.annotations?.['dapr.io/shared-status']).toBe(
        `{"instance":null,"skipped":"${rule}","containers":[]}`,
      )

      expect(decideUnder(policies, { pod: after, inventory }).edits).toEqual([])
      expect(decideUnder(policies, { pod: after, inventory, stage: 'validate' }).outcome).toBe('admitted')
    }
  })

  test.each(CASES)('%s: but not where another rule refuses it', (rule, pod, inventory) => {
    const labelled: Pod = {
      ...pod,
      metadata: { ...pod.metadata, labels: { 'shared.dapr.io/app-id': 'orders' } },
    }
    const decision = decideUnder([aPolicy({ overrides: [{ rule, action: 'Warn' }] })], {
      pod: labelled,
      inventory,
    })
    expect(decision.outcome).toBe('denied')
    expect(told(decision)).toContain('label.forged Deny built-in')
  })
})

describe('where policy makes less of another refusal, the pod is injected', () => {
  test('strategy.not-allowed', () => {
    const pod = asking({ 'dapr.io/shared-strategy': 'external' })
    const decision = decideUnder(
      [aPolicy({ overrides: [{ rule: 'strategy.not-allowed', action: 'Warn' }] })],
      { pod },
    )
    expect(decision.outcome).toBe('injected')
  })

  test('token.unreachable: endpoints, and no token', () => {
    const pod = asking({ 'dapr.io/shared-namespace': 'pay' })
    const inventory = instances({ namespace: 'pay' }, { namespace: 'pay' })
    const grants = [aGrant({ appIds: ['orders'], from: [{ namespace: 'shop' }] })]
    expect(told(decideUnder([], { pod, inventory, grants }))).toEqual(['token.unreachable Deny built-in'])
    const decision = decideUnder([aPolicy({ overrides: [{ rule: 'token.unreachable', action: 'Audit' }] })], {
      pod,
      inventory,
      grants,
    })
    expect(Object.keys(envOf(patched(pod, decision))).toSorted()).toEqual([
      'DAPR_GRPC_ENDPOINT',
      'DAPR_HTTP_ENDPOINT',
    ])
  })
})

describe('an invalid annotation ends the evaluation', () => {
  const pod = asking(
    { 'dapr.io/shared-strategy': 'nonsense', 'dapr.io/enabled': 'true' },
    { labels: { 'shared.dapr.io/app-id': 'orders' } },
  )

  test('but a forged label and a sidecar are still told', () => {
    const policy = aPolicy({ rules: { workloads: { allowedKinds: ['Job'] }, identity: {} } })
    const decision = decideUnder([policy], { pod })
    expect(told(decision)).toEqual([
      'annotation.invalid Deny built-in',
      'label.forged Deny built-in',
      'sidecar.conflict Deny built-in',
    ])
    expect(denialCode(decision.findings)).toBe(403)
  })

  test('alone is 422, with a refusal of policy it is 403', () => {
    const invalid = decideUnder([], { pod: asking({ 'dapr.io/shared': 'Orders' }) })
    expect(denialCode(invalid.findings)).toBe(422)
    const refused = decideUnder([aPolicy({ rules: { strategies: { allowed: ['External'] } } })])
    expect(denialCode(refused.findings)).toBe(403)
  })
})
