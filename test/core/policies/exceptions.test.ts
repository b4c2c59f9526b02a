import { describe, expect, test } from 'vitest'
import type { ExceptionSpec } from '../../../src/policy/schema/exception.ts'
import type { PolicySpec } from '../../../src/policy/schema/policy.ts'
import type { Owner } from '../../../src/core/facts.ts'
import { decide } from '../../../src/core/decide.ts'
import { aPolicy, aQuestion, NOW, policySet, someFacts } from '../a-question.ts'
import {
  anException,
  asking,
  askingWith,
  decideUnder,
  instances,
  told,
  type Circumstances,
} from './a-case.ts'

const strict = (spec: PolicySpec = {}, name = 'strict') =>
  aPolicy(
    {
      rules: { strategies: { allowed: ['Deployment'] } },
      exceptions: { namespaceSelector: { matchLabels: { exceptions: 'allowed' } } },
      ...spec,
    },
    name,
  )

const listed = { namespaceLabels: () => ({ exceptions: 'allowed' }) }
const DAY = 24 * 60 * 60 * 1000
const at = (milliseconds: number): string => new Date(milliseconds).toISOString().replace('.000Z', 'Z')

const excusing = (
  spec: Partial<ExceptionSpec>,
  { facts = someFacts(listed), ...more }: Circumstances = {},
  policy = strict(),
) => decideUnder([policy], { exceptions: [anException(spec)], facts, ...more })

const EXCUSED = 'strategy.not-allowed Audit strict'
const REFUSED = 'strategy.not-allowed Deny strict'

describe('an exception', () => {
  test('admits the pod, which is injected; the finding stays, and names it', () => {
    const decision = excusing({})
    expect(decision.outcome).toBe('injected')
    expect(decision.findings).toMatchObject([
      { rule: 'strategy.not-allowed', action: 'Audit', policy: 'strict', exception: 'shop/moving' },
    ])
  })

  test.each<[string, Partial<ExceptionSpec>, Circumstances]>([
    ['another policy', { policies: [{ name: 'other', rules: ['strategy.not-allowed'] }] }, {}],
    ['another rule', { policies: [{ name: 'strict', rules: ['capacity.pods'] }] }, {}],
    ['another app-id', { subjects: { appIds: ['order', 'cart'] } }, {}],
    ['another ServiceAccount', { subjects: { serviceAccounts: ['cart'] } }, {}],
    ['another workload', { subjects: { workloads: [{ kind: 'Deployment', name: 'cart' }] } }, {}],
    ['only one of two parts', { subjects: { appIds: ['orders'], serviceAccounts: ['cart'] } }, {}],
    ['a namespace that the policy does not list', {}, { facts: someFacts() }],
  ])('for %s has no effect', (_, spec, circumstances) => {
    const decision = excusing(spec, circumstances)
    expect(told(decision)).toEqual([REFUSED])
    expect(decision.findings[0]?.exception).toBe('')
  })

  const web: Owner[] = [
    { kind: 'ReplicaSet', name: 'web-1' },
    { kind: 'Deployment', name: 'web' },
  ]
  const owned = (owners: readonly Owner[]) => ({
    facts: someFacts({ ...listed, owners: () => ({ known: true, value: owners }) }),
  })

  test.each<[string, ExceptionSpec['subjects'], Circumstances, string]>([
    [
      'its ServiceAccount',
      { serviceAccounts: ['cart'] },
      { pod: askingWith({ serviceAccountName: 'cart' }) },
      EXCUSED,
    ],
    ['its workload', { workloads: [{ kind: 'Deployment', name: 'web' }] }, owned(web), EXCUSED],
    [
      'a workload of the same name and another kind',
      { workloads: [{ kind: 'StatefulSet', name: 'web' }] },
      owned(web),
      REFUSED,
    ],
    [
      'what stands between, which the topmost owner made',
      { workloads: [{ kind: 'ReplicaSet', name: 'web-1' }] },
      owned(web),
      REFUSED,
    ],
    ['itself, where nothing owns it', { workloads: [{ kind: 'Pod', name: 'web' }] }, {}, EXCUSED],
    [
      'all parts at once',
      { appIds: ['orders'], serviceAccounts: ['default'], workloads: [{ kind: 'Deployment', name: 'web' }] },
      owned(web),
      EXCUSED,
    ],
  ])('for %s', (_, subjects, circumstances, finding) => {
    expect(told(excusing({ subjects }, circumstances))).toEqual([finding])
  })

  test('does not count where the owner stays unknown', () => {
    const facts = someFacts({ ...listed, owners: () => ({ known: false, why: 'no such Deployment' }) })
    expect(
      told(excusing({ subjects: { workloads: [{ kind: 'Deployment', name: 'web' }] } }, { facts })),
    ).toEqual([REFUSED])
  })

  test('has no effect where the policy honours none, however the namespace is labelled', () => {
    const policy = aPolicy({ rules: { strategies: { allowed: ['Deployment'] } } })
    expect(told(excusing({}, {}, policy))).toEqual([REFUSED])
  })

  test('of another namespace has no effect', () => {
    const question = aQuestion({
      pod: asking(),
      inventory: instances(),
      facts: someFacts(listed),
      policies: { ...policySet(strict()), exceptions: new Map([['pay', [anException()]]]) },
    })
    expect(decide(question)).toMatchObject({ outcome: 'denied' })
  })

  test('excuses one of two policies: the other still refuses', () => {
    const decision = decideUnder([strict(), strict({}, 'stricter')], {
      exceptions: [anException()],
      facts: someFacts(listed),
    })
    expect(told(decision)).toEqual([EXCUSED, 'strategy.not-allowed Deny stricter'])
    expect(decision.outcome).toBe('denied')
  })

  test('excuses one of two rules: the other still refuses', () => {
    const policy = strict({
      rules: { strategies: { allowed: ['Deployment'] }, workloads: { allowedKinds: ['Job'] } },
    })
    expect(told(excusing({}, {}, policy))).toEqual([EXCUSED, 'workload.kind-not-allowed Deny strict'])
  })

  test('cannot excuse what is built in, also where a policy says the same of it', () => {
    const policy = strict({ overrides: [{ rule: 'instance.missing', action: 'Deny' }] })
    const policies = [{ name: 'strict', rules: ['instance.missing'] }]
    expect(excusing({ policies }, { inventory: new Map() }).outcome).toBe('denied')
    expect(excusing({ policies }, { inventory: new Map() }, policy).outcome).toBe('denied')
  })

  test('excuses what would only warn, too', () => {
    expect(told(excusing({}, {}, strict({ validationActions: ['Warn'] })))).toEqual([EXCUSED])
  })

  test('works at point Workload, where nothing of it is left to warn', () => {
    expect(told(excusing({}, { point: 'Workload' }))).toEqual([EXCUSED])
  })
})

describe('the end of an exception', () => {
  test.each<[string, number, string[]]>([
    ['in a month', NOW + 30 * DAY, [EXCUSED]],
    ['in more than 7 days', NOW + 7 * DAY + 1000, [EXCUSED]],
    ['in 7 days', NOW + 7 * DAY, [EXCUSED, 'exception.expiring Audit built-in']],
    ['in a second', NOW + 1000, [EXCUSED, 'exception.expiring Audit built-in']],
    ['now', NOW, [REFUSED]],
    ['a second ago', NOW - 1000, [REFUSED]],
    ['years ago', NOW - 3000 * DAY, [REFUSED]],
  ])('%s', (_, end, findings) => {
    expect(told(excusing({ expiresAt: at(end) }))).toEqual(findings)
  })

  test('is told in the refusal, by name and day', () => {
    const [finding] = excusing({ expiresAt: at(NOW - DAY) }).findings
    expect(finding?.cure).toMatch(/moving.*2026-11-20/)
  })

  test('is not told where another one is in force', () => {
    const exceptions = [anException({ expiresAt: at(NOW - DAY) }, 'a-old'), anException({}, 'b-new')]
    const decision = decideUnder([strict()], { exceptions, facts: someFacts(listed) })
    expect(decision.findings).toMatchObject([{ action: 'Audit', exception: 'shop/b-new' }])
  })

  test('soon is not told of one that saved nothing', () => {
    const soon = { expiresAt: at(NOW + DAY) }
    expect(told(excusing(soon, {}, strict({ rules: { strategies: { allowed: ['DaemonSet'] } } })))).toEqual(
      [],
    )
  })

  test('soon is not told of a pod that is refused all the same', () => {
    const policy = strict({
      rules: { strategies: { allowed: ['Deployment'] }, workloads: { allowedKinds: ['Job'] } },
    })
    expect(told(excusing({ expiresAt: at(NOW + DAY) }, {}, policy))).not.toContain(
      'exception.expiring Audit built-in',
    )
  })
})
