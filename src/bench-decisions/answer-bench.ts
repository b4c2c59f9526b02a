import { countOf } from '../core/count-of.ts'
import type { Answer } from '../report/answer.ts'
import type { ExitCode, ReportEntry } from '../report/report.ts'
import { EXIT } from '../review/result.ts'
import type { BenchClass, BenchResult, Growth, PolicyCost } from './bench-result.ts'

export interface BenchAnswer {
  readonly result: BenchResult
  /** what grew beyond what is allowed, where there is a saved result */
  readonly grown: readonly Growth[]
  /** asked for where something grew; empty else */
  readonly costs: readonly PolicyCost[]
  readonly notes: readonly string[]
  readonly maxRatio: number
  /** the saved result's file; empty where there is none */
  readonly comparedWith: string
  /** answers that the saved result does not have */
  readonly fresh: readonly string[]
  readonly exitCode: ExitCode
}

/** What a run came to, beside its result. */
export interface BenchOutcome {
  readonly result: BenchResult
  readonly grown: readonly Growth[]
  readonly fresh: readonly string[]
  /** what would refuse an object is unknown, or whether it is admitted at all: the answer that was timed may be another */
  readonly isIncomplete: boolean
}

/** 1 where something grew, 3 where not everything is known, 4 where nothing was measured, or compared, else 0. */
export function exitCodeOfBench(
  { result, grown, fresh, isIncomplete }: BenchOutcome,
  { allowEmpty }: { readonly allowEmpty: boolean },
): ExitCode {
  if (grown.length > 0) return EXIT.denied
  if (isIncomplete) return EXIT.incomplete
  const isEmpty = result.classes.every((one) => fresh.includes(one.class))
  return isEmpty && !allowEmpty ? EXIT.nothing : EXIT.fine
}

/** What `bench` has to say. */
export function answerBench(answer: BenchAnswer): Answer {
  const { result, notes, exitCode } = answer
  return {
    text: () => renderBench(answer),
    document: () => result,
    report: () => ({
      command: 'bench',
      exitCode,
      entries: result.classes.map((one) => entryOf(one, answer)),
      // where not everything is known they say what is not
      ...(exitCode === EXIT.incomplete
        ? { notes: [], troubles: notes.map((message) => ({ message })) }
        : { notes }),
    }),
  }
}

const MOST_COSTS = 10

function renderBench(answer: BenchAnswer): string {
  const { result, grown, costs } = answer
  const rows = [
    ['answer', 'objects', 'p50', 'p99', 'without policies', 'ratio p50', 'ratio p99'],
    ...result.classes.map((one) => [
      one.class,
      String(one.objects),
      microseconds(one.microseconds.p50),
      microseconds(one.microseconds.p99),
      microseconds(one.withoutPolicies.p50),
      one.ratio.p50.toFixed(2),
      one.ratio.p99.toFixed(2),
    ]),
  ]
  return [
    ...(result.classes.length === 0 ? [] : [...table(rows), '']),
    `${countOf(result.objects, 'object')}, ${result.policies === 1 ? '1 policy' : `${result.policies} policies`}`,
    ...grown.map((one) => `slower: ${sentence(one, answer)}`),
    ...(costs.length === 0 ? [] : ['', 'what leaving a policy out saves of a decision:']),
    ...costs
      .slice(0, MOST_COSTS)
      .map(({ policy, saves }) => `  ${`${(saves * 100).toFixed(1)}%`.padStart(6)}  ${policy}`),
    ...(costs.length > MOST_COSTS ? [`  and ${countOf(costs.length - MOST_COSTS, 'other')}`] : []),
    '',
  ].join('\n')
}

function sentence({ class: name, before, now, factor }: Growth, { maxRatio }: BenchAnswer): string {
  return `"${name}" costs ${now.toFixed(2)} times what it does without policies, and was ${before.toFixed(2)}: ${factor.toFixed(2)} times that, of at most ${maxRatio}.`
}

function entryOf(one: BenchClass, answer: BenchAnswer): ReportEntry {
  const source = { file: answer.comparedWith || 'bench', document: 1, line: 0 }
  const grown = answer.grown.find((growth) => growth.class === one.class)
  const [dearest] = answer.costs
  return {
    group: source.file,
    name: one.class,
    source,
    outcome: grown !== undefined ? 'failed' : answer.fresh.includes(one.class) ? 'skipped' : 'passed',
    summary: `p50 ${microseconds(one.microseconds.p50)}, ${one.ratio.p50.toFixed(2)} times that without policies`,
    problems:
      grown === undefined
        ? []
        : [
            {
              rule: 'bench.slower',
              level: 'error',
              severity: 'Medium',
              policy: '',
              message: sentence(grown, answer),
              cure:
                dearest === undefined
                  ? 'See which policies are new.'
                  : `Policy ${dearest.policy} costs the most.`,
              field: '',
              source,
            },
          ],
  }
}

function microseconds(value: number): string {
  return `${value.toFixed(value < 10 ? 2 : 1)} µs`
}

function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows.map((row) =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  '),
  )
}
