import { describe, expect, test } from 'vitest'
import type { ReviewFinding } from '../../src/review/result.ts'
import type { Reviewed } from '../../src/review/review-manifest.ts'
import type { ExitCode } from '../../src/report/report.ts'
import { answerWhatIf } from '../../src/what-if/answer-what-if.ts'
import { compare } from '../../src/what-if/compare.ts'
import type { Gate, ToldComparison, WhatIf } from '../../src/what-if/result.ts'
import { reportChange, reportUnchanged } from '../../src/what-if/what-if-report.ts'

const source = { file: 'f.yaml', document: 1, line: 3 }
const finding = (action: ReviewFinding['action'], more: Partial<ReviewFinding> = {}): ReviewFinding => ({
  rule: 'strategy.not-allowed',
  action,
  severity: 'High',
  policy: 'prod',
  message: 'it is not allowed.',
  cure: 'Use another.',
  field: '',
  exception: '',
  source,
  ...more,
})
const side = (findings: readonly ReviewFinding[], warnings: readonly string[] = []): Reviewed => ({
  presumed: [],
  item: {
    source,
    object: { apiVersion: 'v1', kind: 'Pod', namespace: 'shop', name: 'app' },
    allowed: findings.every(({ action }) => action !== 'Deny'),
    matched: true,
    findings,
    warnings,
    patch: [],
    env: {},
  },
  instance: '',
  before: undefined,
  after: undefined,
  unknown: [],
})
const reportOf = (parts: Partial<WhatIf>, gate: Gate, exitCode: ExitCode) =>
  answerWhatIf(
    { effects: [], governed: new Map(), changes: [], unchanged: [], notAsked: 0, missing: [], ...parts },
    { gate, exitCode },
  ).report()
const report = (today: Reviewed, proposed: Reviewed, gate: Gate) =>
  reportChange(compare(today, proposed, () => false) as ToldComparison, gate)

describe('in a report', () => {
  test('what fails the run fails, with its finding as an error', () => {
    const entry = report(side([finding('Audit')]), side([finding('Deny')]), 'refused')
    expect(entry).toMatchObject({
      name: 'Pod shop/app',
      group: 'f.yaml',
      outcome: 'failed',
      summary: 'newly refused',
    })
    expect(entry.problems).toMatchObject([
      { rule: 'strategy.not-allowed', level: 'error', message: 'Audit -> Deny: it is not allowed.', source },
    ])
  })

  test('what does not fail the run is no error, however grave', () => {
    const entry = report(side([finding('Deny')]), side([finding('Deny', { policy: 'other' })]), 'refused')
    expect(entry).toMatchObject({ outcome: 'passed', summary: 'refused otherwise' })
    expect(entry.problems.map(({ level }) => level)).toEqual(['warning'])
  })

  test('what becomes allowed fails the gate that forbids it, and tells what is gone', () => {
    const both = (gate: Gate) => report(side([finding('Deny')]), side([]), gate)
    expect(both('refused')).toMatchObject({ outcome: 'passed', problems: [{ level: 'note' }] })
    expect(both('allowed')).toMatchObject({
      outcome: 'failed',
      problems: [{ level: 'error', message: 'no longer Deny: it is not allowed.' }],
    })
  })

  test('a failure without a finding says why all the same', () => {
    const entry = report(side([], ['a note']), side([], ['another note']), 'changed')
    expect(entry.outcome).toBe('failed')
    expect(entry.problems).toMatchObject([
      {
        rule: 'what-if.changed',
        level: 'error',
        message: 'the pod is admitted with other warnings than today.',
      },
    ])
  })

  test('what nobody can tell is an error of its own kind, never a pass', () => {
    const unknown = {
      policy: 'prod',
      rule: 'identity.not-bound',
      action: 'Deny',
      why: 'nobody answered',
    } as const
    const entry = report(side([]), { ...side([]), unknown: [unknown] }, 'refused')
    expect(entry).toMatchObject({ outcome: 'error', summary: 'unknown: nobody answered', problems: [] })
  })

  test('what is unknown and only warns is an error where any change counts, and a note where none may refuse', () => {
    const unknown = {
      policy: 'prod',
      rule: 'identity.not-bound',
      action: 'Warn',
      why: 'nobody answered',
    } as const
    const compared = compare(side([]), { ...side([]), unknown: [unknown] }, () => false)
    const unchanged = { source, object: compared.object, allowed: true, unknown: compared.unknown }
    expect(reportUnchanged(unchanged, 'changed')).toMatchObject({
      outcome: 'error',
      summary: 'unknown whether it changes: nobody answered',
    })
    expect(reportUnchanged(unchanged, 'refused')).toMatchObject({ outcome: 'passed' })
    expect(reportOf({ unchanged: [unchanged] }, 'refused', 0).notes).toEqual([
      'unknown: identity.not-bound of policy prod for Pod shop/app: nobody answered.',
    ])
    expect(reportOf({ unchanged: [unchanged] }, 'changed', 3).notes).toEqual([])
  })

  test('a list that was not read to its end keeps the run from passing', () => {
    expect(reportOf({ missing: ['the cluster did not list jobs'] }, 'refused', 3)).toMatchObject({
      exitCode: 3,
      troubles: [{ message: 'incomplete: the cluster did not list jobs' }],
    })
  })
})
