import { describe, expect, test } from 'vitest'
import { decideUpdate } from '../../../src/core/decide-update.ts'
import { needsFacts } from '../../../src/core/decision.ts'
import type { PolicySpec } from '../../../src/policy/schema/policy.ts'
import { aPolicy, aQuestion, policySet, settled } from '../a-question.ts'
import { aWorkload, inventoryOf } from '../builders.ts'
import { anException, asking, decideUnder, instances, told } from './a-case.ts'

const NOT_READY = inventoryOf(aWorkload({ readiness: { known: true, ready: 0, wanted: 1 } }))
const ownValue = asking(
  {},
  { containers: [{ name: 'app', env: [{ name: 'DAPR_HTTP_ENDPOINT', value: 'http://mine:1' }] }] },
)

describe('an override of a rule that no part of rules names', () => {
  test.each(['Deny', 'Warn', 'Audit'] as const)(
    'gives the built-in finding the action %s, and its name',
    (action) => {
      const policy = aPolicy({ overrides: [{ rule: 'instance.not-ready', action }] })
      expect(told(decideUnder([policy], { inventory: NOT_READY }))).toEqual([
        `instance.not-ready ${action} strict`,
      ])
    },
  )

  test('of several policies the strongest counts, of equals the first by name', () => {
    const by = (name: string, action: 'Deny' | 'Warn' | 'Audit') =>
      aPolicy({ overrides: [{ rule: 'instance.not-ready', action }] }, name)
    const decided = (...policies: ReturnType<typeof by>[]) =>
      told(decideUnder(policies, { inventory: NOT_READY }))
    expect(decided(by('a', 'Audit'), by('b', 'Deny'))).toEqual(['instance.not-ready Deny b'])
    expect(decided(by('a', 'Audit'), by('b', 'Warn'), by('c', 'Warn'))).toEqual(['instance.not-ready Warn b'])
  })

  test('leaves the action as it is where it gives none, and still speaks', () => {
    const policy = aPolicy({
      overrides: [{ rule: 'instance.not-ready', severity: 'Critical', message: 'Call 112.' }],
    })
    const [finding] = decideUnder([policy], { inventory: NOT_READY }).findings
    expect(finding).toMatchObject({
      action: 'Warn',
      policy: 'built-in',
      severity: 'Critical',
      message: 'Call 112.',
    })
  })

  test('may make a refusal of a recorded one', () => {
    const policy = aPolicy({ overrides: [{ rule: 'security.secret-store', action: 'Deny' }] })
    const inventory = instances({ daprd: { ...aWorkload().daprd, secretStoreDisabled: false } })
    expect(told(decideUnder([policy], { inventory }))).toEqual(['security.secret-store Deny strict'])
  })

  test('may refuse a defect of the instance', () => {
    const policy = aPolicy({ overrides: [{ rule: 'instance.defect', action: 'Deny' }] })
    const inventory = instances({ daprd: { ...aWorkload().daprd, token: { kind: 'elsewhere' } } })
    expect(told(decideUnder([policy], { inventory }))).toEqual(['instance.defect Deny strict'])
  })

  test.each([
    ['env.conflict', { pod: ownValue }],
    ['dns.unresolvable', { pod: { ...asking(), spec: { ...asking().spec, dnsPolicy: 'Default' } } }],
    ['annotation.unknown', { pod: asking({ 'dapr.io/shared-typo': 'x' }) }],
  ] as const)('reaches %s', (rule, circumstances) => {
    const policy = aPolicy({ overrides: [{ rule, action: 'Deny' }] })
    expect(told(decideUnder([policy], circumstances))).toContain(`${rule} Deny strict`)
  })

  test('reaches the change of a running pod', () => {
    const policy = aPolicy({ overrides: [{ rule: 'annotation.changed', action: 'Audit' }] })
    const question = aQuestion({
      pod: asking({ 'dapr.io/shared-strategy': 'daemonset' }),
      inventory: new Map(),
    })
    const answer = decideUpdate({ ...question, oldPod: asking(), policies: policySet(policy) })
    expect(needsFacts(answer)).toBe(false)
    expect(told(settled(answer))).toEqual(['annotation.changed Audit strict'])
  })

  test('reaches what is found in the final state', () => {
    const policy = aPolicy({ overrides: [{ rule: 'injection.incomplete', action: 'Warn' }] })
    expect(told(decideUnder([policy], { stage: 'validate' }))).toEqual(['injection.incomplete Warn strict'])
  })

  test('reaches the exception that ends soon', () => {
    const policy = aPolicy({
      exceptions: { namespaceSelector: {} },
      rules: { strategies: { allowed: ['Deployment'] } },
      overrides: [{ rule: 'exception.expiring', action: 'Warn' }],
    })
    const exceptions = [anException({ expiresAt: '2026-11-22T00:00:00Z' })]
    expect(told(decideUnder([policy], { exceptions }))).toContain('exception.expiring Warn strict')
  })

  test('of a rule that this version does not know changes nothing', () => {
    const policy = aPolicy({ overrides: [{ rule: 'future.rule', action: 'Deny' }] })
    expect(decideUnder([policy]).outcome).toBe('injected')
  })
})

describe('what cannot be lowered', () => {
  test('a missing grant stays a refusal, whatever its words', () => {
    const policy = aPolicy({
      validationActions: ['Audit'],
      overrides: [{ rule: 'namespace.not-granted', message: 'Ask {namespace}.' }],
    })
    const [finding] = decideUnder([policy], { pod: asking({ 'dapr.io/shared-namespace': 'pay' }) }).findings
    expect(finding).toMatchObject({ action: 'Deny', message: 'Ask shop.' })
  })

  test('a forged label stays a refusal, and takes the words and the severity of an override', () => {
    const policy = aPolicy({
      overrides: [{ rule: 'label.forged', severity: 'High', message: 'No forgeries in {namespace}.' }],
    })
    const pod = asking({}, { labels: { 'shared.dapr.io/app-id': 'stock' } })
    const [finding] = decideUnder([policy], { pod }).findings
    expect(finding).toMatchObject({ rule: 'label.forged', action: 'Deny' })
    expect(finding).toMatchObject({ severity: 'High', message: 'No forgeries in shop.' })
  })
})

describe("an override's message", () => {
  const say = (message: string) =>
    decideUnder([aPolicy({ overrides: [{ rule: 'instance.not-ready', message }] })], { inventory: NOT_READY })
      .findings[0]

  test.each([
    ['{appId}', 'orders'],
    ['{namespace}', 'shop'],
    ['{pod}', 'web'],
    ['{policy}', 'strict'],
    ['{instance}', 'shop/orders'],
    ['{appId} and {appId}', 'orders and orders'],
  ])('may name %s', (message, words) => {
    expect(say(message)?.message).toBe(words)
  })

  test('leaves the cure', () => {
    const [plain] = decideUnder([], { inventory: NOT_READY }).findings
    expect(say('No.')?.cure).toBe(plain?.cure)
    expect(plain?.cure).not.toBe('')
  })

  test('with something else in braces is refused', () => {
    expect(() => aPolicy({ overrides: [{ rule: 'instance.not-ready', message: '{secret}' }] })).toThrow(
      'braces',
    )
  })

  test('is that of the policy whose action won, and by name where that one has none', () => {
    const quiet = aPolicy({ overrides: [{ rule: 'instance.not-ready', action: 'Deny' }] }, 'c')
    const loud = (name: string, action: 'Warn' | 'Audit') =>
      aPolicy({ overrides: [{ rule: 'instance.not-ready', action, message: `I am ${name}.` }] }, name)
    const words = (...policies: ReturnType<typeof loud>[]) =>
      decideUnder(policies, { inventory: NOT_READY }).findings.map(({ message }) => message)
    expect(words(loud('a', 'Audit'), loud('b', 'Warn'))).toEqual(['I am b.'])
    expect(words(quiet, loud('b', 'Warn'), loud('a', 'Audit'))).toEqual(['I am a.'])
  })

  test('is for the findings of that policy alone', () => {
    const rules: NonNullable<PolicySpec['rules']> = { strategies: { allowed: ['Deployment'] } }
    const talking = aPolicy(
      { rules, overrides: [{ rule: 'strategy.not-allowed', message: 'Mine.' }] },
      'talking',
    )
    const silent = aPolicy({ rules }, 'silent')
    const messages = decideUnder([talking, silent]).findings.map(({ policy, message }) => [
      policy,
      message === 'Mine.',
    ])
    expect(messages).toEqual([
      ['silent', false],
      ['talking', true],
    ])
  })
})

describe('an override beside the part that governs a rule', () => {
  const sidecar = asking({ 'dapr.io/enabled': 'true' })
  test('of another policy adds its own voice, each finding told once', () => {
    const part = aPolicy(
      { rules: { sidecar: { conflict: 'Deny' } }, overrides: [{ rule: 'sidecar.conflict', action: 'Deny' }] },
      'part',
    )
    const override = aPolicy({ overrides: [{ rule: 'sidecar.conflict', action: 'Warn' }] }, 'override')
    const decision = decideUnder([part, override], { pod: sidecar })
    expect(decision.outcome).toBe('denied')
    expect(told(decision).filter((one) => one === 'sidecar.conflict Deny part')).toHaveLength(1)
  })

  test('of another policy does not loosen it', () => {
    const part = aPolicy({ rules: { sidecar: {} } }, 'part')
    const override = aPolicy({ overrides: [{ rule: 'sidecar.conflict', action: 'Audit' }] }, 'override')
    expect(decideUnder([part, override], { pod: sidecar }).outcome).toBe('denied')
  })
})
