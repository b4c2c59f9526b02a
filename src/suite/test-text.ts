import { coverageText } from './coverage-text.ts'
import { painter, type Paint, type Style } from '../report/paint.ts'
import { outcomesOf, problemsOf, summaryOf, type Tested, type TestProblem } from './test-result.ts'
import type { SuiteRun, TestOutcome, TestRun } from './run-suite.ts'
import { visibleRun } from './visible-run.ts'

export interface TextOptions {
  readonly colour: boolean
  /** every test, not only those that do not pass */
  readonly verbose: boolean
}

const LABEL: Readonly<Record<TestOutcome, readonly [text: string, style: Style]>> = {
  passed: ['ok   ', 'green'],
  failed: ['FAIL ', ['red', 'bold']],
  error: ['ERROR', ['red', 'bold']],
  skipped: ['skip ', 'dim'],
}

/** A run for a person: each suite, what did not pass and why, and a summary at the end, where the eye is. */
export function testText(told: Tested, { colour, verbose }: TextOptions): string {
  const paint = painter(colour)
  const tested = { ...told, suites: told.suites.map(visibleRun) }
  const lines = [
    ...tested.suites.flatMap((suite) => suiteLines(suite, verbose, paint)),
    ...tested.suites.flatMap((suite) => failures(suite, paint)),
    ...(tested.coverage === undefined ? [] : ['', ...coverageText(tested.coverage, paint)]),
    '',
    ...summaryLines(tested, paint),
  ]
  return `${lines.join('\n')}\n`
}

function suiteLines(suite: SuiteRun, verbose: boolean, paint: Paint): string[] {
  const { name, file, tests, milliseconds } = suite
  const counts = [
    tests.length === 1 ? '1 test' : `${tests.length} tests`,
    ...(['failed', 'error', 'skipped'] as const).flatMap((outcome) => {
      const count = tests.filter((test) => test.outcome === outcome).length
      return count === 0 ? [] : [`${count} ${outcome === 'error' ? 'with errors' : outcome}`]
    }),
  ]
  const head = `${label(worstOf(suite), paint)} ${file}${name === '' ? '' : paint('dim', ` (${name})`)}`
  const told = suite.problems.length > 0 ? '' : `: ${counts.join(', ')}`
  return [
    `${head}${told} ${paint('dim', duration(milliseconds))}`,
    ...(verbose ? tests.map((test) => testLine(test, paint)) : []),
  ]
}

function worstOf(suite: SuiteRun): TestOutcome {
  const outcomes = outcomesOf(suite)
  return (['error', 'failed', 'passed'] as const).find((one) => outcomes.includes(one)) ?? 'skipped'
}

function testLine({ name, outcome, milliseconds, decided }: TestRun, paint: Paint): string {
  const verdict = decided === undefined ? '' : `, ${decided.verdict}`
  const more = outcome === 'skipped' ? '' : paint('dim', ` (${duration(milliseconds)}${verdict})`)
  return `  ${label(outcome, paint)} ${name}${more}`
}

/** What did not pass, one after the other. */
function failures(suite: SuiteRun, paint: Paint): string[] {
  const [first] = suite.problems
  const own =
    first === undefined
      ? []
      : [
          '',
          `${label(worstOf(suite), paint)} ${paint('bold', suite.name === '' ? suite.file : suite.name)}`,
          ...suite.problems.flatMap(({ message, source }) =>
            problemLines({ field: '', message, lines: [], source }, paint),
          ),
        ]
  const bad = suite.tests.filter(({ outcome }) => outcome === 'failed' || outcome === 'error')
  const tests = [...Map.groupBy(bad, causeOf).values()].flatMap(([test, ...alike]) => {
    if (test === undefined) return []
    const more = alike.length === 1 ? '1 more test' : `${alike.length} more tests`
    return [
      '',
      `${label(test.outcome, paint)} ${paint('bold', `${suite.name} > ${test.name}`)} ${place(test.source, paint)} ${paint('dim', duration(test.milliseconds))}`,
      ...problemsOf(test).flatMap((problem) => problemLines(problem, paint)),
      ...(alike.length === 0 ? [] : [`  and ${more} of this suite, for the same reason`]),
    ]
  })
  return [...own, ...tests]
}

/** What keeps all tests of a suite from running, such as its state, is told once; what one test found, of that test. */
function causeOf(test: TestRun): unknown {
  return test.problems.length === 0 ? test : JSON.stringify(test.problems)
}

const LINE_STYLE: Readonly<Record<string, Style>> = { '-': 'red', '+': 'green' }

function problemLines({ field, message, lines, source }: TestProblem, paint: Paint): string[] {
  // a message about YAML shows the line, and points at it
  const [sentence = '', ...more] = message.split('\n')
  const what = field === '' ? sentence : `${paint('yellow', field)}: ${sentence}`
  const signed = lines.some((line) => line.startsWith('-'))
  return [
    `  ${what} ${place(source, paint)}`,
    ...more.map((line) => `    ${line}`.trimEnd()),
    ...(signed ? [`      ${paint('red', '- wanted')}  ${paint('green', '+ got')}`] : []),
    ...lines.map((line) => {
      const style = LINE_STYLE[line.charAt(0)]
      return `      ${style === undefined ? paint('dim', line) : paint(style, line)}`.trimEnd()
    }),
  ]
}

function place({ file, line }: { readonly file: string; readonly line: number }, paint: Paint): string {
  return paint('dim', `(${file}:${line})`)
}

function summaryLines(tested: Tested, paint: Paint): string[] {
  const { suites, tests, passed, failed, errors, skipped } = summaryOf(tested)
  const parts = [
    passed > 0 ? paint('green', `${passed} passed`) : '0 passed',
    ...(failed > 0 ? [paint('red', `${failed} failed`)] : []),
    ...(errors > 0 ? [paint('red', `${errors} with errors`)] : []),
    ...(skipped > 0 ? [paint('dim', `${skipped} skipped`)] : []),
  ]
  const bad = tested.suites.filter((suite) => ['error', 'failed'].includes(worstOf(suite))).length
  const ofSuites = suites === 1 ? '1 suite' : `${suites} suites`
  const ofTests = tests === 1 ? '1 test' : `${tests} tests`
  return [
    `${ofSuites}${bad > 0 ? paint('red', `, ${bad} not passed`) : ''}; ${ofTests}: ${parts.join(', ')} ${paint('dim', `(${duration(tested.milliseconds)})`)}`,
  ]
}

/** `0.4 ms`, `12 ms`, `1.24 s` */
function duration(milliseconds: number): string {
  if (milliseconds >= 1000) return `${(milliseconds / 1000).toFixed(2)} s`
  return `${milliseconds < 10 ? milliseconds.toFixed(1) : Math.round(milliseconds)} ms`
}

function label(outcome: TestOutcome, paint: Paint): string {
  const [text, style] = LABEL[outcome]
  return paint(style, text)
}
