import { describe, expect, test } from 'vitest'
import type { PolicySpec } from '../../../src/policy/schema/policy.ts'
import type { Facts, Owner } from '../../../src/core/facts.ts'
import { aPolicy, someFacts } from '../a-question.ts'
import { asking, askingWith, decideUnder, told, type Circumstances } from './a-case.ts'

type Match = NonNullable<PolicySpec['match']>

/** A policy that would refuse whatever it governs. */
const governs = (match: Match | undefined, circumstances: Circumstances = {}): boolean => {
  const policy = aPolicy({
    ...(match === undefined ? {} : { match }),
    rules: { strategies: { allowed: ['Deployment'] } },
  })
  return told(decideUnder([policy], circumstances)).includes('strategy.not-allowed Deny strict')
}

const inNamespace = (labels: Record<string, string>): Circumstances => ({
  facts: someFacts({ namespaceLabels: () => labels }),
})
const labelled = (labels: Record<string, string>): Circumstances => ({ pod: asking({}, { labels }) })
const ownedBy = (...owners: readonly Owner[]): Circumstances => ({ facts: someFacts(owned(...owners)) })
const owned = (...owners: readonly Owner[]): Partial<Facts> => ({
  owners: () => ({ known: true, value: owners }),
})
const runningAs = (serviceAccountName: string): Circumstances => ({ pod: askingWith({ serviceAccountName }) })

const prod = { matchLabels: { env: 'prod' } }
const expression = (operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist', ...values: string[]): Match => ({
  objectSelector: { matchExpressions: [{ key: 'tier', operator, ...(values.length > 0 ? { values } : {}) }] },
})
const deployment: Owner[] = [
  { kind: 'ReplicaSet', name: 'web-1' },
  { kind: 'Deployment', name: 'web' },
]
const cronJob: Owner[] = [
  { kind: 'Job', name: 'nightly-1' },
  { kind: 'CronJob', name: 'nightly' },
]

describe('a policy governs a pod that asks', () => {
  test.each<[string, Match | undefined, Circumstances]>([
    ['without match: every one', undefined, {}],
    ['of a namespace with these labels', { namespaceSelector: prod }, inNamespace({ env: 'prod', a: 'b' })],
    ['of any namespace, by an empty selector', { namespaceSelector: {} }, inNamespace({})],
    ['with these labels of its own', { objectSelector: prod }, labelled({ env: 'prod' })],
    ['without labels, by an empty selector', { objectSelector: {} }, {}],
    ['with one of these values', expression('In', 'web', 'api'), labelled({ tier: 'api' })],
    ['with another value', expression('NotIn', 'web'), labelled({ tier: 'api' })],
    ['without the label that must not have a value', expression('NotIn', 'web'), labelled({})],
    ['with the label, whatever its value', expression('Exists'), labelled({ tier: '' })],
    ['without the label', expression('DoesNotExist'), labelled({ other: 'x' })],
    ['of a namespace that is not left out', { excludeNamespaces: ['sandbox', 'shop-2'] }, {}],
    ['of a kind, by the topmost owner', { workloadKinds: ['Deployment'] }, ownedBy(...deployment)],
    ['of a CronJob', { workloadKinds: ['CronJob'] }, ownedBy(...cronJob)],
    [
      'of a kind of another group',
      { workloadKinds: ['Rollout.argoproj.io'] },
      ownedBy({ kind: 'ReplicaSet', name: 'r' }, { kind: 'Rollout.argoproj.io', name: 'r' }),
    ],
    ['that nothing owns', { workloadKinds: ['Pod'] }, ownedBy()],
    ['that runs as this ServiceAccount', { serviceAccounts: ['orders'] }, runningAs('orders')],
    ['that names no ServiceAccount, as "default"', { serviceAccounts: ['default'] }, {}],
    ['for this app-id', { appIds: ['orders'] }, {}],
    ['for an app-id that begins so', { appIds: ['ord*'] }, {}],
    ['for an app-id that is just the beginning', { appIds: ['orders*'] }, {}],
    ['for whatever app-id', { appIds: ['*'] }, {}],
    [
      'for which every part holds',
      { appIds: ['orders'], serviceAccounts: ['orders'], workloadKinds: ['Pod'], namespaceSelector: {} },
      runningAs('orders'),
    ],
  ])('%s', (_, match, circumstances) => {
    expect(governs(match, circumstances)).toBe(true)
  })
})

describe('a policy leaves alone a pod', () => {
  test.each<[string, Match, Circumstances]>([
    ['of a namespace with another value', { namespaceSelector: prod }, inNamespace({ env: 'dev' })],
    ['of a namespace without the label', { namespaceSelector: prod }, inNamespace({})],
    ['with another value of its own', { objectSelector: prod }, labelled({ env: 'Prod' })],
    ['without labels', { objectSelector: prod }, {}],
    ['with none of these values', expression('In', 'web', 'api'), labelled({ tier: 'db' })],
    ['without the label that must have a value', expression('In', 'web'), labelled({})],
    ['with the value that it must not have', expression('NotIn', 'web'), labelled({ tier: 'web' })],
    ['without the label that must be there', expression('Exists'), labelled({})],
    ['with the label that must not be there', expression('DoesNotExist'), labelled({ tier: '' })],
    [
      'whose label is only in what every object has',
      { objectSelector: { matchExpressions: [{ key: 'constructor', operator: 'Exists' }] } },
      labelled({}),
    ],
    ['of a namespace that is left out', { excludeNamespaces: ['shop'] }, {}],
    ['of a kind below the topmost owner', { workloadKinds: ['ReplicaSet', 'Pod'] }, ownedBy(...deployment)],
    [
      'of the same kind in another group',
      { workloadKinds: ['Deployment'] },
      ownedBy({ kind: 'Deployment.example.com', name: 'd' }),
    ],
    ['that nothing owns, where a kind is wanted', { workloadKinds: ['Deployment'] }, ownedBy()],
    ['that runs as another ServiceAccount', { serviceAccounts: ['orders'] }, runningAs('orders-2')],
    ['for another app-id', { appIds: ['order', 'orders-2', 'billing-*'] }, {}],
    ['for which one of two parts fails', { appIds: ['orders'], serviceAccounts: ['orders'] }, {}],
    [
      'for which two requirements disagree',
      {
        objectSelector: {
          matchLabels: { tier: 'web' },
          matchExpressions: [{ key: 'env', operator: 'Exists' }],
        },
      },
      labelled({ tier: 'web' }),
    ],
  ])('%s', (_, match, circumstances) => {
    expect(governs(match, circumstances)).toBe(false)
  })

  test('that does not ask, whatever it says', () => {
    const policy = aPolicy({
      rules: { strategies: { allowed: ['Deployment'] }, workloads: { allowedKinds: ['Job'] } },
    })
    const pod = { metadata: { name: 'web' }, spec: { containers: [{ name: 'app' }] } }
    expect(told(decideUnder([policy], { pod }))).toEqual([])
  })
})
