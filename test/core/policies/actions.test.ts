import { describe, expect, test } from 'vitest'
import { isAllowed } from '../../../src/core/decision.ts'
import { warningsOf } from '../../../src/core/message.ts'
import type { Point } from '../../../src/core/policy.ts'
import type { PolicySpec } from '../../../src/policy/schema/policy.ts'
import { aPolicy } from '../a-question.ts'
import { aWorkload, inventoryOf } from '../builders.ts'
import { asking, decideUnder, instances, told } from './a-case.ts'

const STRATEGIES = { rules: { strategies: { allowed: ['Deployment'] } } } as const satisfies PolicySpec
const POINTS: readonly Point[] = ['Pod', 'Workload', 'Audit', 'CLI']

const actionsByPoint = (spec: PolicySpec): string[] => {
  const policy = aPolicy({ ...STRATEGIES, ...spec })
  return POINTS.map((point) => decideUnder([policy], { point }).findings[0]?.action ?? 'none')
}

describe('what findings of a policy do at Pod, Workload, Audit and CLI', () => {
  test.each<[string, PolicySpec, string[]]>([
    ['nothing said', {}, ['Deny', 'Warn', 'Deny', 'Deny']],
    ['Deny', { validationActions: ['Deny'] }, ['Deny', 'Warn', 'Deny', 'Deny']],
    ['Warn', { validationActions: ['Warn'] }, ['Warn', 'Warn', 'Warn', 'Warn']],
    ['Audit', { validationActions: ['Audit'] }, ['Audit', 'Audit', 'Audit', 'Audit']],
    ['the strongest of several', { validationActions: ['Audit', 'Deny'] }, ['Deny', 'Warn', 'Deny', 'Deny']],
    [
      'the strongest of several, in any order',
      { validationActions: ['Audit', 'Warn'] },
      ['Warn', 'Warn', 'Warn', 'Warn'],
    ],
    [
      'Pod alone, which the command line follows',
      { scopedActions: [{ points: ['Pod'], actions: ['Audit'] }] },
      ['Audit', 'Warn', 'Deny', 'Audit'],
    ],
    [
      'Pod and CLI apart',
      {
        scopedActions: [
          { points: ['Pod'], actions: ['Audit'] },
          { points: ['CLI'], actions: ['Warn'] },
        ],
      },
      ['Audit', 'Warn', 'Deny', 'Warn'],
    ],
    [
      'Workload with Deny',
      { validationActions: ['Warn'], scopedActions: [{ points: ['Workload'], actions: ['Deny'] }] },
      ['Warn', 'Deny', 'Warn', 'Warn'],
    ],
    [
      'Workload with Audit',
      { scopedActions: [{ points: ['Workload'], actions: ['Audit'] }] },
      ['Deny', 'Audit', 'Deny', 'Deny'],
    ],
    [
      'Audit and CLI at once',
      { scopedActions: [{ points: ['Audit', 'CLI'], actions: ['Audit'] }] },
      ['Deny', 'Warn', 'Audit', 'Audit'],
    ],
    [
      'one point twice: the stronger counts',
      {
        validationActions: ['Audit'],
        scopedActions: [
          { points: ['Pod'], actions: ['Warn'] },
          { points: ['Pod', 'Audit'], actions: ['Deny'] },
        ],
      },
      ['Deny', 'Audit', 'Deny', 'Deny'],
    ],
    [
      'an override, which is said before all of it',
      {
        validationActions: ['Warn'],
        scopedActions: [{ points: ['Pod', 'CLI'], actions: ['Deny'] }],
        overrides: [{ rule: 'strategy.not-allowed', action: 'Audit' }],
      },
      ['Audit', 'Audit', 'Audit', 'Audit'],
    ],
    [
      'an override with Deny, which only warns at Workload',
      { validationActions: ['Audit'], overrides: [{ rule: 'strategy.not-allowed', action: 'Deny' }] },
      ['Deny', 'Warn', 'Deny', 'Deny'],
    ],
  ])('%s', (_, spec, actions) => {
    expect(actionsByPoint(spec)).toEqual(actions)
  })

  test('Deny stops, Warn admits with a warning, Audit admits in silence; both are injected', () => {
    const [deny, warn, audit] = (['Deny', 'Warn', 'Audit'] as const).map((action) =>
      decideUnder([aPolicy({ ...STRATEGIES, validationActions: [action] })]),
    )
    expect([deny?.outcome, warn?.outcome, audit?.outcome]).toEqual(['denied', 'injected', 'injected'])
    expect(warn && warningsOf(warn)).toHaveLength(1)
    expect(audit && warningsOf(audit)).toEqual([])
  })
})

describe('at point Workload', () => {
  const forged = asking({}, { labels: { 'shared.dapr.io/app-id': 'stock' } })
  const refusing = aPolicy({ scopedActions: [{ points: ['Workload'], actions: ['Deny'] }] }, 'refusing')

  test('built-in refusals are advice too', () => {
    const decision = decideUnder([], { point: 'Workload', inventory: new Map() })
    expect(told(decision)).toEqual(['instance.missing Warn built-in'])
    expect(isAllowed(decision)).toBe(true)
  })

  test('a missing grant is advice too', () => {
    const pod = asking({ 'dapr.io/shared-namespace': 'pay' })
    expect(told(decideUnder([], { point: 'Workload', pod }))).toEqual(['namespace.not-granted Warn built-in'])
  })

  test('a policy that cannot be read is advice too', () => {
    const broken = { ...aPolicy({}, 'broken'), problem: 'spec.rules: wanted something' }
    expect(told(decideUnder([broken], { point: 'Workload' }))).toEqual(['policy.invalid Warn broken'])
  })

  test('a forged label is refused all the same', () => {
    const decision = decideUnder([], { point: 'Workload', pod: forged })
    expect(told(decision)).toEqual(['label.forged Deny built-in'])
    expect(isAllowed(decision)).toBe(false)
  })

  test('one policy that says Deny there makes refusals of all, built-in ones too', () => {
    const other = aPolicy(STRATEGIES, 'other')
    expect(told(decideUnder([refusing, other], { point: 'Workload' }))).toEqual([
      'strategy.not-allowed Deny other',
    ])
    expect(told(decideUnder([refusing], { point: 'Workload', inventory: new Map() }))).toEqual([
      'instance.missing Deny built-in',
    ])
  })

  test('a policy that says Deny there for other pods makes none', () => {
    const elsewhere = aPolicy(
      { match: { appIds: ['stock'] }, scopedActions: [{ points: ['Workload'], actions: ['Deny'] }] },
      'elsewhere',
    )
    expect(told(decideUnder([elsewhere], { point: 'Workload', inventory: new Map() }))).toEqual([
      'instance.missing Warn built-in',
    ])
  })
})

describe('several policies', () => {
  test('add up: all is told, by rule and then by policy, and the strongest action counts', () => {
    const warning = aPolicy({ ...STRATEGIES, validationActions: ['Warn'] }, 'b-warning')
    const denying = aPolicy(
      { rules: { ...STRATEGIES.rules, workloads: { allowedKinds: ['Job'] } } },
      'c-denying',
    )
    const recording = aPolicy({ ...STRATEGIES, validationActions: ['Audit'] }, 'a-recording')
    const decision = decideUnder([warning, denying, recording])
    expect(told(decision)).toEqual([
      'strategy.not-allowed Audit a-recording',
      'strategy.not-allowed Warn b-warning',
      'strategy.not-allowed Deny c-denying',
      'workload.kind-not-allowed Deny c-denying',
    ])
    expect(decision.outcome).toBe('denied')
  })

  test('constrain what one alone would allow', () => {
    const daemonSets = aPolicy({ rules: { strategies: { allowed: ['DaemonSet'] } } }, 'daemonsets')
    const deployments = aPolicy({ rules: { strategies: { allowed: ['Deployment'] } } }, 'deployments')
    expect(told(decideUnder([daemonSets, deployments]))).toEqual(['strategy.not-allowed Deny deployments'])
    expect(
      told(
        decideUnder([daemonSets, deployments], { inventory: inventoryOf(aWorkload({ kind: 'Deployment' })) }),
      ),
    ).toEqual(['strategy.not-allowed Deny daemonsets'])
  })
})

describe('Preferred and Prefer', () => {
  const INSECURE = instances({ daprd: { ...aWorkload().daprd, mtls: false } }, { locality: 'Spread' })
  test.each([
    ['security.mtls', { security: { mtls: 'Preferred' } }],
    ['locality.not-local', { locality: { node: 'Prefer' } }],
  ] as const)('cap %s at Warn', (rule, rules) => {
    for (const [action, expected] of [
      ['Deny', 'Warn'],
      ['Warn', 'Warn'],
      ['Audit', 'Audit'],
    ] as const) {
      const policy = aPolicy({ rules, validationActions: [action] })
      expect(told(decideUnder([policy], { inventory: INSECURE }))).toContain(`${rule} ${expected} strict`)
    }
  })

  test.each([
    ['security.mtls', { security: { mtls: 'Preferred' } }],
    ['locality.not-local', { locality: { node: 'Prefer' } }],
  ] as const)('cap %s at Warn under an override too', (rule, rules) => {
    const policy = aPolicy({ rules, overrides: [{ rule, action: 'Deny' }] })
    expect(told(decideUnder([policy], { inventory: INSECURE }))).toContain(`${rule} Warn strict`)
  })
})
