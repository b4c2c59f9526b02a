import { describe, expect, test } from 'vitest'
import { toGithub } from '../../src/report/github.ts'
import { toJunit } from '../../src/report/junit.ts'
import { toMarkdown } from '../../src/report/markdown.ts'
import { toOpenReports } from '../../src/report/openreports.ts'
import type { Report } from '../../src/report/report.ts'
import { toSarif } from '../../src/report/sarif.ts'
import { toTap } from '../../src/report/tap.ts'
import { aProblem, anEntry, aReport, refused } from './a-report.ts'

/** Whatever fails a run fails it in every format; what does not, in none. */

const LOOKS_FAILED: Readonly<Record<string, (report: Report) => boolean>> = {
  junit: (report) => /<(failure|error) /.test(toJunit(report)),
  tap: (report) => /^not ok /m.test(toTap(report)),
  markdown: (report) => toMarkdown(report).startsWith('### ❌'),
  github: (report) => toGithub(report).includes('::error '),
  openreports: (report) => /"result": "(fail|error)"/.test(toOpenReports(report)),
}

const NOT_JUDGED = 'the list of Jobs'
const failing: readonly (readonly [string, Report])[] = [
  ['something refused', aReport([anEntry(), refused()])],
  ['something that failed without words', aReport([refused({ problems: [] })])],
  [
    'something that failed by what an exception excuses',
    aReport([refused({ problems: [aProblem({ exception: 'shop/a' })] })]),
  ],
  ['an unknown', aReport([anEntry({ outcome: 'error', summary: NOT_JUDGED })])],
  ['a trouble of the run', { ...aReport([anEntry()]), exitCode: 3, troubles: [{ message: NOT_JUDGED }] }],
  ['unusable input', { ...aReport([]), exitCode: 2, troubles: [{ message: 'broken' }] }],
  ['nothing that asks', aReport([anEntry({ outcome: 'skipped' })])],
  ['nothing at all', aReport([])],
]

describe.each(Object.entries(LOOKS_FAILED))('%s', (_, looksFailed) => {
  test.each(failing)('a run fails by %s', (_what, report) => {
    expect(report.exitCode).not.toBe(0)
    // an annotation of a problem has its own level: openreports and github tell of what is excused that it is
    expect(looksFailed(report)).toBe(true)
  })

  test('a run that passes does not look failed', () => {
    const warned = anEntry({ problems: [aProblem({ level: 'warning' })] })
    const report = {
      ...aReport([anEntry(), warned], ['a note']),
      sections: [{ title: 'coverage', lines: ['1 %'] }],
    }
    expect(looksFailed(report)).toBe(false)
  })
})

test('SARIF says the exit code, and that a run which did not come to its end was not successful', () => {
  const invocation = (report: Report): unknown =>
    (JSON.parse(toSarif(report)) as { runs: { invocations: unknown[] }[] }).runs[0]?.invocations[0]
  expect(invocation(aReport([refused()]))).toMatchObject({ executionSuccessful: true, exitCode: 1 })
  for (const [, report] of failing.slice(3)) {
    expect(invocation(report)).toMatchObject({
      executionSuccessful: false,
      exitCode: report.exitCode,
      toolExecutionNotifications: [{ level: 'error' }],
    })
  }
})

describe('coverage', () => {
  const report = { ...aReport([anEntry()]), sections: [{ title: 'coverage', lines: ['62 %', 'rule x'] }] }

  test('is a section of its own, and nothing that was not judged', () => {
    expect(toMarkdown(report)).toContain('\n#### Coverage\n\n- 62 %\n- rule x\n')
    expect(toMarkdown(report)).not.toContain('Not judged')
    expect(toGithub(report)).toContain('::notice title=coverage::62 %25%0Arule x\n')
    expect(toTap(report)).toContain('\n# coverage: 62 %\n# coverage: rule x\n')
    expect(toJunit(report)).toContain('<system-out>coverage: 62 %\ncoverage: rule x</system-out>')
    expect(toSarif(report)).toContain('"level": "note"')
  })
})
