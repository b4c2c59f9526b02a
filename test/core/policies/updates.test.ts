import { describe, expect, test } from 'vitest'
import { decideUpdate } from '../../../src/core/decide-update.ts'
import type { Policy } from '../../../src/core/policy.ts'
import type { Pod } from '../../../src/core/pod.ts'
import { aPolicy, aQuestion, policySet, settled, someFacts } from '../a-question.ts'
import { anException, asking, told, type Circumstances } from './a-case.ts'

const LABELS = { 'shared.dapr.io/app-id': 'orders', 'shared.dapr.io/app-namespace': 'shop' }
const old = asking({}, { labels: { ...LABELS, app: 'web' } })
const changed = asking({ 'dapr.io/shared-strategy': 'daemonset' }, { labels: LABELS })

const update = (
  pod: Pod,
  policies: readonly Policy[],
  { exceptions = [], ...more }: Circumstances = {},
  oldPod = old,
) =>
  settled(
    decideUpdate({
      ...aQuestion({ pod, inventory: new Map(), ...more }),
      oldPod,
      policies: { ...policySet(...policies), exceptions: new Map([['shop', exceptions]]) },
    }),
  )

const lowering = (match: object = {}) =>
  aPolicy({
    ...(Object.keys(match).length === 0 ? {} : { match }),
    overrides: [{ rule: 'annotation.changed', action: 'Warn' }],
  })

describe('an update of a running pod', () => {
  test('is judged by the policies of the pod as it was', () => {
    expect(told(update(changed, [lowering({ appIds: ['orders'] })]))).toEqual([
      'annotation.changed Warn strict',
    ])
    const moved = asking({ 'dapr.io/shared': 'stock' }, { labels: LABELS })
    expect(told(update(moved, [lowering({ appIds: ['stock'] })]))).toEqual([
      'annotation.changed Deny built-in',
    ])
  })

  test('of labels does not choose its judges either', () => {
    const policy = lowering({ objectSelector: { matchLabels: { lenient: 'yes' } } })
    const pod: Pod = { ...changed, metadata: { ...changed.metadata, labels: { ...LABELS, lenient: 'yes' } } }
    expect(update(pod, [policy]).outcome).toBe('denied')
  })

  test.each([
    ['strategies', aPolicy({ rules: { strategies: { allowed: ['External'] } } })],
    ['workloads', aPolicy({ rules: { workloads: { allowedKinds: ['Job'] } } })],
    ['capacity', aPolicy({ rules: { capacity: { maxPods: 0 } } })],
    ['identity', aPolicy({ rules: { identity: {} } })],
    ['a policy that is invalid', { ...aPolicy({}), problem: 'spec.rules: wanted something' }],
  ])('that leaves ours alone is always allowed, whatever a policy says by now: %s', (_, policy) => {
    const pod = asking({ other: 'x' }, { labels: { ...LABELS, app: 'api' } })
    expect(update(pod, [policy])).toMatchObject({ outcome: 'unchanged', findings: [] })
  })

  test('that leaves ours alone needs no facts', () => {
    const facts = someFacts({
      namespaceLabels: () => undefined,
      owners: () => undefined,
      consumers: () => undefined,
    })
    const policy = aPolicy({
      match: { namespaceSelector: { matchLabels: { a: 'b' } }, workloadKinds: ['Job'] },
    })
    expect(update(old, [policy], { facts }).outcome).toBe('unchanged')
  })

  test('may take everything away once the pod is being deleted', () => {
    const pod: Pod = { ...asking(), metadata: { deletionTimestamp: '2026-11-21T12:00:00Z', annotations: {} } }
    expect(update(pod, []).outcome).toBe('unchanged')
  })

  test('may not forge a label, whatever policies say', () => {
    const policy = aPolicy({
      overrides: [
        { rule: 'label.forged', severity: 'Low' },
        { rule: 'annotation.changed', action: 'Audit' },
      ],
    })
    const pod = asking({}, { labels: { ...LABELS, 'shared.dapr.io/app-id': 'stock' } })
    expect(update(pod, [policy]).outcome).toBe('denied')
  })

  test('cannot be excused, as the rule is built in', () => {
    const policy = aPolicy({ exceptions: { namespaceSelector: {} } })
    const exceptions = [anException({ policies: [{ name: 'strict', rules: ['annotation.changed'] }] })]
    expect(update(changed, [policy], { exceptions }).outcome).toBe('denied')
  })
})
