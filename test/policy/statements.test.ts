import { describe, expect, test } from 'vitest'
import {
  inOrderOfDefaults,
  judgePolicy,
  statementsOfException,
  statementsOfGrant,
  statementsOfPolicy,
  type JudgedPolicy,
} from '../../src/policy/statements.ts'
import { makeStatus, saysSo, type Statement } from '../../src/policy/status.ts'

const apiVersion = 'shared.dapr.io/v1alpha1'
const policy = (name: string, spec: object, createdAt = '2026-01-01T00:00:00Z') =>
  judgePolicy({
    apiVersion,
    kind: 'DaprSharedPolicy',
    metadata: { name, creationTimestamp: createdAt },
    spec,
  })
const told = (statements: readonly Statement[]) =>
  Object.fromEntries(
    statements.map(({ type, holds, reason }) => [type, `${holds ? 'True' : 'False'} ${reason}`]),
  )
const DEFAULTS = { defaults: { initContainers: 'Disabled' } }

describe('what is said of a policy', () => {
  test('that is right', () => {
    const right = policy('a', { rules: { capacity: { maxPods: 5 } } })
    expect(told(statementsOfPolicy(right, [right]))).toEqual({
      Accepted: 'True Valid',
      Ready: 'True Governs',
    })
  })

  test.each([
    ['Fail', 'False RefusesPods'],
    ['Ignore', 'False RulesIgnored'],
  ])('whose rules cannot be read, with failurePolicy %s', (failurePolicy, ready) => {
    const wrong = policy('a', { failurePolicy, rules: { capacity: { maxPods: 'many' } } })
    const statements = statementsOfPolicy(wrong, [wrong])
    expect(told(statements)).toEqual({ Accepted: 'False Invalid', Ready: ready })
    expect(statements[0]?.message).toContain('spec.rules.capacity.maxPods: ')
  })

  test('whose match cannot be read', () => {
    const wrong = policy('a', { match: { appIds: 7 } })
    expect(told(statementsOfPolicy(wrong, [wrong]))).toEqual({
      Accepted: 'False Invalid',
      Ready: 'False GovernsNothing',
    })
  })

  test('whose defaults another one overrides: it is named', () => {
    const high = policy('high', { priority: 7, ...DEFAULTS })
    const low = policy('low', DEFAULTS)
    expect(told(statementsOfPolicy(high, [high, low]))['DefaultsEffective']).toBe('True Effective')
    const statements = statementsOfPolicy(low, [high, low])
    expect(told(statements)['DefaultsEffective']).toBe('False Overridden')
    expect(statements.at(-1)?.message).toBe('Where both match, the defaults of high count instead.')
  })

  test('whose defaults many override: the first three are named', () => {
    const [c, b, a] = [3, 2, 1].map((priority) => policy(`p${priority}`, { priority, ...DEFAULTS }))
    const old = policy('old', DEFAULTS, '2025-01-01T00:00:00Z')
    const young = policy('young', DEFAULTS)
    const none = policy('none', { rules: { capacity: { maxPods: 5 } } })
    const messageUnder = (...others: JudgedPolicy[]) =>
      statementsOfPolicy(young, inOrderOfDefaults([young, none, ...others])).at(-1)?.message
    if (!a || !b || !c) throw new Error('three policies')
    expect(messageUnder(old, a, b)).toContain('the defaults of p2, p1, old count instead.')
    expect(messageUnder(old, a, b, c)).toContain('the defaults of p3, p2, p1 and more count instead.')
  })

  test('whose defaults nobody overrides, as no pod is of both', () => {
    const jobs = policy('jobs', { priority: 7, match: { workloadKinds: ['Job'] }, ...DEFAULTS })
    const others = policy('others', { match: { workloadKinds: ['Deployment'] }, ...DEFAULTS })
    expect(told(statementsOfPolicy(others, [jobs, others]))['DefaultsEffective']).toBe('True Effective')
  })
})

describe('what is said of others', () => {
  test('a grant that cannot be read is not accepted', () => {
    const grant = (spec: object) => ({ apiVersion, kind: 'DaprSharedGrant', metadata: { name: 'g' }, spec })
    expect(told(statementsOfGrant(grant({ appIds: ['order'], from: [{ namespace: 'pay' }] })))).toEqual({
      Accepted: 'True Valid',
    })
    expect(told(statementsOfGrant(grant({ appIds: ['order'] })))).toEqual({ Accepted: 'False Invalid' })
  })

  test('an exception expires at its time', () => {
    const exception = {
      apiVersion,
      kind: 'DaprSharedException',
      metadata: { name: 'x' },
      spec: {
        policies: [{ name: 'a', rules: ['capacity.pods'] }],
        subjects: { appIds: ['order'] },
        reason: 'Moves soon',
        expiresAt: '2027-01-31T00:00:00Z',
      },
    }
    const end = Date.parse('2027-01-31T00:00:00Z')
    expect(told(statementsOfException(exception, end - 1))['Expired']).toBe('False InForce')
    expect(told(statementsOfException(exception, end))['Expired']).toBe('True Expired')
  })
})

describe('a status', () => {
  const says = (holds: boolean): Statement[] => [{ type: 'Ready', holds, reason: 'R', message: 'm' }]
  const first = makeStatus(says(true), { generation: 1, previous: {}, now: 'then' })

  test('keeps the time of a condition that stays as it is', () => {
    const same = makeStatus(says(true), { generation: 2, previous: first, now: 'later' })
    expect(same.conditions[0]).toMatchObject({ lastTransitionTime: 'then', observedGeneration: 2 })
    const other = makeStatus(says(false), { generation: 2, previous: first, now: 'later' })
    expect(other.conditions[0]).toMatchObject({ status: 'False', lastTransitionTime: 'later' })
  })

  test('is there already, whatever conditions others have written beside it', () => {
    const foreign = { type: 'Reconciled', status: 'True' }
    const there = { ...first, conditions: [foreign, ...first.conditions] }
    expect(saysSo(there, first)).toBe(true)
    expect(saysSo({ ...there, observedGeneration: 0 }, first)).toBe(false)
    expect(saysSo({}, first)).toBe(false)
  })

  test('is not there while a condition of ours is left over', () => {
    const left = { ...first.conditions[0], type: 'DefaultsEffective' }
    expect(saysSo({ ...first, conditions: [...first.conditions, left] }, first)).toBe(false)
  })
})
