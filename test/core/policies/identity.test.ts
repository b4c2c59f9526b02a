import { describe, expect, test } from 'vitest'
import type { PolicySpec } from '../../../src/policy/schema/policy.ts'
import { aPolicy, someFacts } from '../a-question.ts'
import { aGrant, asking, askingWith, decideUnder, instances, told } from './a-case.ts'

type Identity = NonNullable<NonNullable<PolicySpec['rules']>['identity']>

const orders = (...names: string[]): NonNullable<Identity['bindings']>[number] => ({
  appIds: ['orders'],
  serviceAccounts: names.map((name) => ({
    namespace: name.split('/')[0] ?? '',
    name: name.split('/')[1] ?? '',
  })),
})
const other = { appIds: ['stock'], serviceAccounts: [{ namespace: 'shop', name: 'orders' }] }
const pod = askingWith({ serviceAccountName: 'orders' })
const DENIED = ['identity.not-bound Deny strict']
const rbac = (allowed: boolean) => someFacts({ mayUse: () => ({ known: true, value: allowed }) })

describe('identity', () => {
  test.each<[string, Identity, string[]]>([
    ['bound', { bindings: [orders('shop/orders')] }, []],
    ['bound by one of several', { bindings: [orders('shop/x'), other, orders('shop/y', 'shop/orders')] }, []],
    ['bound by a beginning', { bindings: [{ ...orders('shop/orders'), appIds: ['ord*'] }] }, []],
    ['bound to another ServiceAccount', { bindings: [orders('shop/x')] }, DENIED],
    ['bound to that of another namespace', { bindings: [orders('pay/orders')] }, DENIED],
    [
      'bound to another one, although the unlisted are allowed',
      { bindings: [orders('shop/x')], unlisted: 'Allow' },
      DENIED,
    ],
    ['unlisted, which is refused unless said', { bindings: [other] }, DENIED],
    ['unlisted with Deny', { bindings: [other], unlisted: 'Deny' }, DENIED],
    ['unlisted with Allow', { bindings: [other], unlisted: 'Allow' }, []],
    ['no binding at all', {}, DENIED],
  ])('%s', (_, identity, findings) => {
    expect(told(decideUnder([aPolicy({ rules: { identity } })], { pod, facts: rbac(true) }))).toEqual(
      findings,
    )
  })

  test.each([
    ['allows', true, []],
    ['does not allow', false, DENIED],
  ] as const)('RBAC %s an unlisted one', (_, allowed, findings) => {
    const policy = aPolicy({ rules: { identity: { unlisted: 'RBAC' } } })
    expect(told(decideUnder([policy], { pod, facts: rbac(allowed) }))).toEqual(findings)
  })

  test('RBAC cannot widen a binding', () => {
    const policy = aPolicy({ rules: { identity: { unlisted: 'RBAC', bindings: [orders('shop/x')] } } })
    expect(told(decideUnder([policy], { pod, facts: rbac(true) }))).toEqual(DENIED)
  })

  test("RBAC is asked about the instance's namespace and app-id, whether or not it exists", () => {
    const asked: string[] = []
    const facts = someFacts({
      mayUse: (namespace, appId) => {
        asked.push(`${namespace}/${appId}`)
        return { known: true, value: true }
      },
    })
    const policy = aPolicy({ rules: { identity: { unlisted: 'RBAC' } } })
    const grants = [aGrant({ appIds: ['orders'], from: [{ namespace: 'shop' }] })]
    decideUnder([policy], {
      pod: asking({ 'dapr.io/shared-namespace': 'pay' }),
      facts,
      grants,
      inventory: new Map(),
    })
    expect(asked).toEqual(['pay/orders'])
  })

  test('is judged by each policy for itself', () => {
    const allowing = aPolicy({ rules: { identity: { bindings: [orders('shop/orders')] } } }, 'allowing')
    const refusing = aPolicy({ rules: { identity: { bindings: [orders('shop/x')] } } }, 'refusing')
    expect(told(decideUnder([allowing, refusing], { pod }))).toEqual(['identity.not-bound Deny refusing'])
  })

  test('is told beside a missing instance too', () => {
    const policy = aPolicy({ rules: { identity: {} } })
    expect(told(decideUnder([policy], { pod, inventory: new Map() }))).toEqual([
      'instance.missing Deny built-in',
      ...DENIED,
    ])
  })

  test('with Warn admits and injects', () => {
    const policy = aPolicy({ rules: { identity: {} }, validationActions: ['Warn'] })
    expect(decideUnder([policy], { pod, inventory: instances() }).outcome).toBe('injected')
  })
})
