import type { Answer } from '../report/answer.ts'
import type { ExitCode, ReportEntry, ReportProblem, ReportSection } from '../report/report.ts'
import { uncoveredPolicies, uncoveredRules } from './coverage.ts'
import type { CoverageResult } from './coverage-result.ts'
import type { MissedThreshold } from './coverage-threshold.ts'
import { makeTestResult, type Tested, type TestItem } from './test-result.ts'
import { testText } from './test-text.ts'

/** What `test` has to say of all suites. A missed threshold fails a report, as it fails the run. */
export function answerTests(
  tested: Tested,
  {
    verbose,
    missed,
    exitCode,
  }: {
    readonly verbose: boolean
    readonly missed: readonly MissedThreshold[]
    readonly exitCode: ExitCode
  },
): Answer {
  return {
    text: ({ colour }) => testText(tested, { colour, verbose }),
    document: () => makeTestResult(tested),
    report: () => ({
      command: 'test',
      exitCode,
      entries: [...entriesOf(tested), ...missed.map((one) => missedEntry(one, tested))],
      notes: [],
      sections: [
        ...(tested.notes.length === 0 ? [] : [{ title: 'note', lines: tested.notes }]),
        ...(tested.coverage === undefined ? [] : [coverageSection(tested.coverage)]),
      ],
    }),
  }
}

function entriesOf(tested: Tested): ReportEntry[] {
  const files = Map.groupBy(tested.suites, ({ name }) => name)
  // suites in two files may have one name: then the file tells them apart
  const groupOf = ({ suite, source: { file } }: TestItem): string => {
    if (suite === '') return file
    return (files.get(suite)?.length ?? 0) > 1 ? `${suite} (${file})` : suite
  }
  return makeTestResult(tested).items.map((item) => entryOf(item, groupOf(item)))
}

function entryOf(
  { name, source, outcome, milliseconds, problems, decision }: TestItem,
  group: string,
): ReportEntry {
  return {
    group,
    name: name === '' ? 'the suite itself' : name,
    source,
    outcome,
    summary: summaryOf(outcome, problems.length),
    problems: problems.map(problemOf),
    milliseconds,
    ...(decision === undefined ? {} : { object: decision.object }),
  }
}

function missedEntry({ sentence, lacks }: MissedThreshold, { suites }: Tested): ReportEntry {
  const source = { file: suites[0]?.file ?? '', document: 1, line: 1 }
  return {
    group: 'coverage',
    name: sentence,
    source,
    outcome: 'failed',
    summary: sentence,
    problems: [problemOf({ field: '', message: `${sentence}.`, lines: lacks, source })],
    detail: lacks.join('\n'),
  }
}

function summaryOf(outcome: TestItem['outcome'], problems: number): string {
  switch (outcome) {
    case 'passed':
    case 'skipped':
      return outcome
    case 'failed':
      return problems === 1 ? 'one thing is not as expected' : `${problems} things are not as expected`
    case 'error':
      return 'it could not be run'
  }
}

function problemOf({ field, message, lines, source }: TestItem['problems'][number]): ReportProblem {
  return {
    rule: 'test.failed',
    level: 'error',
    severity: 'High',
    policy: '',
    message: field === '' ? message : `${field}: ${message}`,
    cure: '',
    lines: lines.map((line) => line.trimEnd()),
    field: '',
    source,
  }
}

function coverageSection(coverage: CoverageResult): ReportSection {
  const { percent, rules, policies } = coverage
  return {
    title: 'coverage',
    lines: [
      `${percent} % (rules ${rules.percent} %, policies ${policies.percent} %).`,
      ...[...uncoveredRules(coverage), ...uncoveredPolicies(coverage)].map((line) => `${line}.`),
    ],
  }
}
