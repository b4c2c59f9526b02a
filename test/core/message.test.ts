import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { denialCode, denialMessage, warningsOf } from '../../src/core/message.ts'
import { finding, type Finding, type RuleId } from '../../src/core/rules.ts'

const saying = (rule: RuleId, message: string, cure = 'Mend it.'): Finding => finding(rule, { message, cure })

describe('the message of a refusal', () => {
  test('is the rule, what is wrong and how to mend it', () => {
    expect(denialMessage([saying('instance.missing', 'no instance.', 'Create it.')])).toBe(
      '[instance.missing] no instance. Create it.',
    )
  })

  test('tells every finding that denies, in their order, and none of the others', () => {
    const findings = [
      saying('label.forged', 'one.'),
      saying('annotation.unknown', 'a warning.'),
      saying('sidecar.conflict', 'two.'),
      saying('security.mtls', 'recorded.'),
    ]
    expect(denialMessage(findings)).toBe('[label.forged] one. Mend it. [sidecar.conflict] two. Mend it.')
  })

  test('is a sentence, also where a policy gave it without a stop', () => {
    expect(denialMessage([saying('instance.missing', 'Ask the platform team', 'Create it.')])).toBe(
      '[instance.missing] Ask the platform team. Create it.',
    )
  })

  test('counts what does not fit', () => {
    const findings = Array.from({ length: 8 }, (_, index) =>
      saying('annotation.invalid', `${index} ${'x'.repeat(200)}.`),
    )
    const message = denialMessage(findings)
    expect(message).toMatch(/^\[annotation\.invalid\] 0 x+\. Mend it\. .* \(and 4 more\)$/)
    expect(message.match(/\[annotation\.invalid\]/g)).toHaveLength(4)
  })

  test('has exactly 1 KiB to fill', () => {
    const whole = `[label.forged] ${'x'.repeat(999)}. Mend it.`
    expect(whole).toHaveLength(1024)
    expect(denialMessage([saying('label.forged', `${'x'.repeat(999)}.`)])).toBe(whole)
    expect(denialMessage([saying('label.forged', `${'x'.repeat(1000)}.`)])).toMatch(/^.{1021}\.\.\.$/)
  })

  test('fills it to the last character before it counts', () => {
    const [one, other] = ['[label.forged] a. Mend it.', '[label.forged] . Mend it.']
    const room = 1024 - `${one} ${other}`.length
    const filled = (length: number): string =>
      denialMessage([saying('label.forged', 'a.'), saying('label.forged', `${'x'.repeat(length)}.`)])
    expect(filled(room)).toHaveLength(1024)
    expect(filled(room)).toMatch(/Mend it\.$/)
    expect(filled(room + 1)).toBe(`${one} (and 1 more)`)
  })

  test('of one finding that is too long shows its beginning, and counts the others', () => {
    const findings = [
      saying('label.forged', 'x'.repeat(5000)),
      ...Array.from({ length: 3 }, () => saying('sidecar.conflict', 'y.')),
    ]
    const message = denialMessage(findings)
    expect(message).toMatch(/^\[label\.forged\] x+\.\.\. \(and 3 more\)$/)
    expect(message).toHaveLength(1024)
  })

  test('never has more than 1 KiB, and tells or counts every finding', () => {
    const sentence = fc.integer({ min: 1, max: 1500 }).map((length) => 'x'.repeat(length))
    fc.assert(
      fc.property(fc.array(sentence, { minLength: 1, maxLength: 40 }), (sentences) => {
        const message = denialMessage(sentences.map((text) => saying('label.forged', text)))
        expect(message.length).toBeLessThanOrEqual(1024)
        const told = message.match(/\[label\.forged\]/g)?.length ?? 0
        const counted = Number(/ \(and (\d+) more\)$/.exec(message)?.[1] ?? 0)
        expect(told + counted).toBe(sentences.length)
        expect(told).toBeGreaterThan(0)
      }),
    )
  })
})

describe('the code of a refusal', () => {
  test.each<[RuleId[], number]>([
    [['annotation.invalid'], 422],
    [['annotation.invalid', 'annotation.changed'], 422],
    [['annotation.invalid', 'label.forged'], 403],
    [['instance.missing'], 403],
    [['annotation.invalid', 'annotation.unknown', 'env.conflict', 'security.mtls'], 422],
  ])('of %j is %i', (rules, code) => {
    expect(denialCode(rules.map((rule) => saying(rule, 'x.')))).toBe(code)
  })
})

describe('warnings', () => {
  test('are the findings that warn, then the notes', () => {
    const findings = [
      saying('env.conflict', 'kept.', 'Remove it.'),
      saying('label.forged', 'no.'),
      saying('security.mtls', 'no.'),
    ]
    expect(warningsOf({ findings, notes: ['by the way.'] })).toEqual([
      '[env.conflict] kept. Remove it.',
      'by the way.',
    ])
  })

  test('leave the cure out where both do not fit into 120 characters', () => {
    const kept = 'x'.repeat(100)
    expect(warningsOf({ findings: [saying('env.conflict', kept, 'Remove it.')], notes: [] })).toEqual([
      `[env.conflict] ${kept}.`,
    ])
    expect(
      warningsOf({ findings: [saying('env.conflict', `${'x'.repeat(95)}.`, 'C.d.e.f.')], notes: [] }),
    ).toEqual([`[env.conflict] ${'x'.repeat(95)}. C.d.e.f.`])
  })

  test('name the policy, whatever else has to go', () => {
    const [warning = ''] = warningsOf({
      findings: [{ ...saying('security.mtls', `${'x'.repeat(200)}.`), policy: 'hardened', action: 'Warn' }],
      notes: [],
    })
    expect(warning).toMatch(/^\[security\.mtls\] x+\.\.\. \(policy hardened\)\.$/)
    expect(warning.length).toBe(120)
  })

  test('have at most 120 characters', () => {
    const [finding_, note] = warningsOf({
      findings: [saying('env.conflict', 'x'.repeat(500))],
      notes: ['n'.repeat(500)],
    })
    expect(finding_).toBe(`[env.conflict] ${'x'.repeat(102)}...`)
    expect(note).toBe(`${'n'.repeat(117)}...`)
  })

  test('are twenty at the most; the rest is counted', () => {
    const findings = Array.from({ length: 25 }, (_, index) => saying('env.conflict', `${index}.`))
    const warnings = warningsOf({ findings, notes: ['note'] })
    expect(warnings).toHaveLength(21)
    expect(warnings.at(-1)).toBe('and 6 more warnings')
  })

  test('fit together into the 4,096 characters that an API server keeps', () => {
    const findings = Array.from({ length: 100 }, () => saying('env.conflict', 'x'.repeat(500)))
    expect(warningsOf({ findings, notes: [] }).join('').length).toBeLessThanOrEqual(4096)
  })
})
