import { describe, expect, test } from 'vitest'
import { decide } from '../../../src/core/decide.ts'
import type { Facts } from '../../../src/core/facts.ts'
import type { PolicySpec } from '../../../src/policy/schema/policy.ts'
import { aPolicy, aQuestion, policySet, someFacts } from '../a-question.ts'
import { anException, asking, decideUnder, instances, told } from './a-case.ts'

const WHY = 'ReplicaSet web-1 is not in the state'
const unknown = { known: false, why: WHY } as const

/** Each fact that may stay unknown, and the rule that needs it. */
const CASES: readonly [rule: string, rules: NonNullable<PolicySpec['rules']>, facts: Partial<Facts>][] = [
  ['workload.kind-not-allowed', { workloads: { allowedKinds: ['Deployment'] } }, { owners: () => unknown }],
  ['identity.not-bound', { identity: { unlisted: 'RBAC' } }, { mayUse: () => unknown }],
  ['capacity.pods', { capacity: { maxPods: 9 } }, { consumers: () => unknown }],
  ['capacity.workloads', { capacity: { maxWorkloads: 9 } }, { consumers: () => unknown }],
  ['security.dapr-version', { security: { minDaprVersion: '1.14' } }, {}],
]

describe('a fact that stays unknown', () => {
  test.each(CASES)('makes %s fire, and the message says what is unknown', (rule, rules, facts) => {
    for (const spec of [{ rules }, { rules, failurePolicy: 'Fail' as const }]) {
      const decision = decideUnder([aPolicy(spec)], { facts: someFacts(facts) })
      expect(told(decision)).toEqual([`${rule} Deny strict`])
      expect(decision.findings[0]?.message).toMatch(rule.startsWith('security') ? /unknown/ : new RegExp(WHY))
    }
  })

  test.each(CASES)('passes %s where the policy ignores it, but is told', (rule, rules, facts) => {
    const policy = aPolicy({ rules, failurePolicy: 'Ignore', validationActions: ['Warn'] })
    const decision = decideUnder([policy], { facts: someFacts(facts) })
    expect(told(decision)).toEqual([])
    expect(decision.unknown).toMatchObject([{ policy: 'strict', rule, action: 'Warn' }])
  })

  test('is of no interest to a policy that does not need it', () => {
    const decision = decideUnder([aPolicy({ rules: { strategies: { allowed: ['DaemonSet'] } } })], {
      facts: someFacts({ owners: () => unknown, mayUse: () => unknown, consumers: () => unknown }),
    })
    expect(decision).toMatchObject({ outcome: 'injected', findings: [], unknown: [] })
  })

  test('may be the kind in a match: who insists governs, who ignores does not', () => {
    const spec: PolicySpec = {
      match: { workloadKinds: ['Deployment'] },
      rules: { strategies: { allowed: ['Deployment'] } },
    }
    const facts = someFacts({ owners: () => unknown })
    expect(told(decideUnder([aPolicy(spec)], { facts }))).toEqual(['strategy.not-allowed Deny strict'])
    const ignoring = decideUnder([aPolicy({ ...spec, failurePolicy: 'Ignore' })], { facts })
    expect(told(ignoring)).toEqual([])
    expect(ignoring.unknown).toMatchObject([{ policy: 'strict', action: 'Deny' }])
  })

  test('in a match is told with the action of the point at which it is asked', () => {
    const policy = aPolicy({
      match: { workloadKinds: ['Deployment'] },
      failurePolicy: 'Ignore',
      validationActions: ['Audit'],
      scopedActions: [{ points: ['CLI'], actions: ['Deny'] }],
      rules: { strategies: { allowed: ['Deployment'] } },
    })
    const decision = decideUnder([policy], { point: 'CLI', facts: someFacts({ owners: () => unknown }) })
    expect(decision.unknown).toMatchObject([{ action: 'Deny' }])
  })
})

describe('a fact that may come back', () => {
  test.each<[string, PolicySpec, Partial<Facts>, object]>([
    [
      'the labels of the namespace',
      { match: { namespaceSelector: { matchLabels: { env: 'prod' } } } },
      { namespaceLabels: () => undefined },
      { kind: 'namespace' },
    ],
    [
      'the owners, for a match',
      { match: { workloadKinds: ['Deployment'] } },
      { owners: () => undefined },
      { kind: 'owners' },
    ],
    [
      'the owners, for a rule',
      { rules: { workloads: { allowedKinds: ['Deployment'] } } },
      { owners: () => undefined },
      { kind: 'owners' },
    ],
    [
      'the owners, for a count of workloads',
      { rules: { capacity: { maxWorkloads: 1 } } },
      { owners: () => undefined },
      { kind: 'owners' },
    ],
    [
      'RBAC',
      { rules: { identity: { unlisted: 'RBAC' } } },
      { mayUse: () => undefined },
      { kind: 'access', namespace: 'shop', appId: 'orders' },
    ],
    [
      'consumers',
      { rules: { capacity: { maxPods: 1 } } },
      { consumers: () => undefined },
      { kind: 'consumers' },
    ],
  ])('gives no answer yet, whatever the policy ignores: %s', (_, spec, facts, query) => {
    for (const failurePolicy of ['Fail', 'Ignore'] as const) {
      const policies = policySet(aPolicy({ ...spec, failurePolicy }))
      const answer = decide(
        aQuestion({ pod: asking(), inventory: instances(), policies, facts: someFacts(facts) }),
      )
      expect(answer).toMatchObject({ needs: [query] })
    }
  })

  test('is asked for an exception too, only where one could save the pod', () => {
    const spec: PolicySpec = {
      rules: { strategies: { allowed: ['Deployment'] } },
      exceptions: { namespaceSelector: {} },
    }
    const facts = someFacts({ namespaceLabels: () => undefined })
    const ask = (exceptions: ReturnType<typeof anException>[]) =>
      decide(
        aQuestion({
          pod: asking(),
          inventory: instances(),
          facts,
          policies: { ...policySet(aPolicy(spec)), exceptions: new Map([['shop', exceptions]]) },
        }),
      )
    expect(ask([anException()])).toMatchObject({ needs: [{ kind: 'namespace' }] })
    expect(ask([anException({ subjects: { appIds: ['cart'] } })])).toMatchObject({ outcome: 'denied' })
  })

  test('is not asked for where nothing needs it', () => {
    const nothing = {
      namespaceLabels: () => undefined,
      owners: () => undefined,
      mayUse: () => undefined,
      consumers: () => undefined,
    }
    const policy = aPolicy({
      match: { appIds: ['orders'] },
      rules: { strategies: { allowed: ['DaemonSet'] }, identity: { unlisted: 'Allow' } },
    })
    expect(decideUnder([policy], { facts: someFacts(nothing) }).outcome).toBe('injected')
  })
})
