import { describe, expect, test } from 'vitest'
import type { PolicySpec } from '../../../src/policy/schema/policy.ts'
import type { GrantSpec } from '../../../src/policy/schema/grant.ts'
import { decide } from '../../../src/core/decide.ts'
import { aPolicy, aQuestion, someFacts } from '../a-question.ts'
import { aDaprd } from '../builders.ts'
import { aGrant, anException, asking, decideUnder, instances, told } from './a-case.ts'

type Mode = 'Deny' | 'RequireGrant' | 'Allow'

const pod = asking({ 'dapr.io/shared-namespace': 'pay' })
const inventory = instances(
  { namespace: 'pay', daprd: aDaprd({ token: { kind: 'none' } }) },
  { namespace: 'pay' },
)
const granted: GrantSpec = { appIds: ['orders'], from: [{ namespace: 'shop' }] }
const under = (mode: Mode | undefined, name: string = mode ?? 'x', more: PolicySpec = {}) =>
  aPolicy({ rules: { crossNamespace: mode === undefined ? {} : { mode } }, ...more }, name.toLowerCase())

const NOT_GRANTED = 'namespace.not-granted Deny built-in'
const refusals = (policies: Parameters<typeof decideUnder>[0], grants: readonly GrantSpec[]): string[] =>
  told(decideUnder(policies, { pod, inventory, grants: grants.map(aGrant) })).filter((one) =>
    one.startsWith('namespace.'),
  )

describe("another namespace's instance", () => {
  test.each<[string, readonly Mode[], boolean, string[]]>([
    ['no policy, no grant', [], false, [NOT_GRANTED]],
    ['no policy, a grant', [], true, []],
    ['Deny, no grant', ['Deny'], false, ['namespace.not-granted Deny deny']],
    ['Deny, a grant', ['Deny'], true, ['namespace.not-granted Deny deny']],
    ['RequireGrant, a grant', ['RequireGrant'], true, []],
    ['Allow, no grant', ['Allow'], false, []],
    ['Allow and RequireGrant, a grant', ['Allow', 'RequireGrant'], true, []],
    ['Allow and Deny, a grant', ['Allow', 'Deny'], true, ['namespace.not-granted Deny deny']],
    [
      'Allow, RequireGrant and Deny, a grant',
      ['Allow', 'RequireGrant', 'Deny'],
      true,
      ['namespace.not-granted Deny deny'],
    ],
  ])('%s', (_, modes, grant, findings) => {
    const made = refusals(
      modes.map((one) => under(one)),
      grant ? [granted] : [],
    )
    expect(made).toEqual(expect.arrayContaining(findings))
    expect(made.length > 0).toBe(findings.length > 0)
  })

  test.each<[string, readonly (Mode | undefined)[]]>([
    ['RequireGrant', ['RequireGrant']],
    ['a part without a mode, which is RequireGrant', [undefined]],
    ['Allow and RequireGrant', ['Allow', 'RequireGrant']],
    ['Allow and Deny', ['Allow', 'Deny']],
  ])('%s without a grant is refused, whatever the actions of the policies', (_, modes) => {
    const policies = modes.map((one, index) => under(one, `p${index}`, { validationActions: ['Audit'] }))
    expect(decideUnder(policies, { pod, inventory }).outcome).toBe('denied')
  })

  test.each(['Warn', 'Audit'] as const)(
    'mode Deny follows the actions of its policy where a grant is there: %s',
    (action) => {
      const decision = decideUnder([under('Deny', 'deny', { validationActions: [action] })], {
        pod,
        inventory,
        grants: [aGrant(granted)],
      })
      expect(told(decision)).toContain(`namespace.not-granted ${action} deny`)
      expect(decision.outcome).toBe('injected')
    },
  )

  test('mode Deny of a policy may be excused where a grant is there', () => {
    const policy = under('Deny', 'deny', { exceptions: { namespaceSelector: {} } })
    const exceptions = [anException({ policies: [{ name: 'deny', rules: ['namespace.not-granted'] }] })]
    const excused = decideUnder([policy], { pod, inventory, exceptions, grants: [aGrant(granted)] })
    expect(told(excused)).toContain('namespace.not-granted Audit deny')
  })

  test('a missing grant cannot be excused', () => {
    const policy = under('RequireGrant', 'require', { exceptions: { namespaceSelector: {} } })
    const exceptions = [anException({ policies: [{ name: 'require', rules: ['namespace.not-granted'] }] })]
    expect(decideUnder([policy], { pod, inventory, exceptions }).outcome).toBe('denied')
  })

  test('the own namespace needs no grant, even where mode is Deny, and may be written out', () => {
    const own = asking({ 'dapr.io/shared-namespace': 'shop' })
    expect(told(decideUnder([under('Deny')], { pod: own }))).toEqual([])
  })
})

describe('a grant', () => {
  test.each<[string, GrantSpec, boolean]>([
    ['for the app-id', granted, true],
    ['for app-ids that begin so', { ...granted, appIds: ['ord*'] }, true],
    ['for all app-ids', { ...granted, appIds: ['*'] }, true],
    ['for one of several', { ...granted, appIds: ['stock', 'orders'] }, true],
    ['for another app-id', { ...granted, appIds: ['order', 'orders-2'] }, false],
    ['for another namespace', { ...granted, from: [{ namespace: 'shop-2' }] }, false],
    [
      'for one of several namespaces',
      { ...granted, from: [{ namespace: 'x' }, { namespace: 'shop' }] },
      true,
    ],
    [
      'for the ServiceAccount',
      { ...granted, from: [{ namespace: 'shop', serviceAccounts: ['default'] }] },
      true,
    ],
    [
      'for another ServiceAccount',
      { ...granted, from: [{ namespace: 'shop', serviceAccounts: ['orders'] }] },
      false,
    ],
    [
      'for the ServiceAccount of another namespace',
      { ...granted, from: [{ namespace: 'x', serviceAccounts: ['default'] }] },
      false,
    ],
  ])('%s', (_, grant, allowed) => {
    expect(refusals([], [grant])).toEqual(allowed ? [] : [NOT_GRANTED])
  })

  test('in another namespace than the instance counts for nothing', () => {
    const question = aQuestion({
      pod,
      inventory,
      policies: { policies: [], exceptions: new Map(), grants: new Map([['shop', [aGrant(granted)]]]) },
    })
    expect(decide(question)).toMatchObject({ outcome: 'denied' })
  })

  test('does not add up from halves of two', () => {
    const half = { appIds: ['orders'], from: [{ namespace: 'shop', serviceAccounts: ['orders'] }] }
    const other = { appIds: ['stock'], from: [{ namespace: 'shop' }] }
    expect(refusals([], [half, other])).toEqual([NOT_GRANTED])
  })
})

describe('without a grant', () => {
  test('the answer is the same whether the instance is there or not, under any policy', () => {
    const policy = aPolicy({
      rules: {
        strategies: { allowed: ['External'] },
        capacity: { maxPods: 0 },
        identity: { unlisted: 'RBAC' },
        security: { apiToken: 'Required' },
      },
    })
    const facts = someFacts({ consumers: () => ({ known: true, value: { pods: 9, workloads: new Map() } }) })
    const answers = [inventory, new Map()].map((one) => decideUnder([policy], { pod, inventory: one, facts }))
    expect(answers[0]).toEqual(answers[1])
    expect(answers[0] && told(answers[0])).toEqual([NOT_GRANTED])
  })

  test('nothing is looked up', () => {
    const policy = aPolicy({ rules: { capacity: { maxPods: 1 }, identity: { unlisted: 'RBAC' } } })
    const facts = someFacts({ consumers: () => undefined, mayUse: () => undefined })
    expect(told(decideUnder([policy], { pod, facts }))).toEqual([NOT_GRANTED])
  })
})
