import { countOf } from '../core/count-of.ts'
import { painter, type Style } from '../report/paint.ts'
import type { ExitCode } from '../report/report.ts'
import { visibleLine } from '../report/visible.ts'
import { EXIT } from '../review/result.ts'
import { groupOf, GROUPS, type Group } from './catalogue.ts'
import type { Level, Line } from './line.ts'

/** What `check -o json` prints. */
export interface CheckResult {
  readonly apiVersion: 'shared.dapr.io/v1alpha1'
  readonly kind: 'CheckResult'
  /** the address of the API server */
  readonly server: string
  /** the namespace of the service */
  readonly namespace: string
  readonly items: readonly (Line & { readonly group: Group })[]
  readonly summary: Readonly<Record<Level, number>>
}

export function makeCheckResult(
  lines: readonly Line[],
  { server, namespace }: Pick<CheckResult, 'server' | 'namespace'>,
): CheckResult {
  const count = (wanted: Level): number => lines.filter(({ level }) => level === wanted).length
  return {
    apiVersion: 'shared.dapr.io/v1alpha1',
    kind: 'CheckResult',
    server,
    namespace,
    items: lines.map((line) => ({ ...line, group: groupOf(line.id) })),
    summary: { ok: count('ok'), warn: count('warn'), fail: count('fail'), unknown: count('unknown') },
  }
}

/** What makes the run fail. */
export const FAIL_ON = ['Fail', 'Warn'] as const

export interface CheckVerdict {
  readonly failOn: (typeof FAIL_ON)[number]
  /** what nobody tells is no reason to fail */
  readonly allowUnknown: boolean
}

/** 1 where something fails, 3 where something is unknown, else 0. */
export function checkExitCode({ summary }: CheckResult, { failOn, allowUnknown }: CheckVerdict): ExitCode {
  if (summary.fail > 0 || (failOn === 'Warn' && summary.warn > 0)) return EXIT.denied
  return summary.unknown > 0 && !allowUnknown ? EXIT.incomplete : EXIT.fine
}

const MARK: Readonly<Record<Level, { readonly sign: string; readonly style: Style }>> = {
  ok: { sign: '✓', style: 'green' },
  warn: { sign: '!', style: 'yellow' },
  fail: { sign: '✗', style: 'red' },
  unknown: { sign: '?', style: 'magenta' },
}

/** The answer for a person: a line for each check, and under what is wrong how to mend it. */
export function renderCheckText(
  { items, summary }: CheckResult,
  { colour }: { readonly colour: boolean },
): string {
  const paint = painter(colour)
  const groups = [...Map.groupBy(items, ({ group }) => group)].map(([group, lines]) =>
    [
      paint('bold', GROUPS[group]),
      ...lines.flatMap((line) => {
        const { sign, style } = MARK[line.level]
        return [
          `  ${paint(style, sign)} ${visibleLine(line.what)}`,
          ...below(line).map((text) => `      ${text}`),
        ]
      }),
      '',
    ].join('\n'),
  )
  const { ok, warn, fail, unknown } = summary
  const counts = `${ok} fine, ${countOf(warn, 'warning')}, ${fail} failed, ${unknown} unknown`
  return `${groups.join('\n')}\n${counts}\n`
}

function below({ level, wanted, got, cure, docs }: Line): string[] {
  if (level === 'ok') return []
  return [
    ...(wanted === '' ? [] : [`wanted: ${visibleLine(wanted)}`]),
    ...(got === '' ? [] : [`got:    ${visibleLine(got)}`]),
    `cure:   ${visibleLine(cure)}`,
    docs,
  ]
}
