import { ACTION_STYLE } from '../report/of-action.ts'
import { paintDifference, painter, type Paint, type Style } from '../report/paint.ts'
import { placeOf } from '../report/place.ts'
import { visibleLine } from '../report/visible.ts'
import { podDifference } from '../review/pod-difference.ts'
import type { ReviewFinding } from '../review/result.ts'
import { CHANGES, type ToldChange } from './compare.ts'
import {
  idleNotes,
  summarize,
  type Counts,
  type ToldComparison,
  type WhatIf,
  type WhatIfSummary,
} from './result.ts'
import { CHANGE_WORDS, nameOf, proposalWords } from './words.ts'

const STYLES: Readonly<Record<ToldChange, Style>> = {
  newlyRefused: ['red', 'bold'],
  newlyAllowed: ['green', 'bold'],
  refusedOtherwise: ['red'],
  patchChanged: ['yellow'],
  warningsChanged: ['yellow'],
  recordedChanged: ['dim'],
  unknown: ['magenta', 'bold'],
}

/** For a person: what is proposed, what changes by what happens, the counts by namespace, and all of it in one line. */
export function whatIfText(whatIf: WhatIf, { colour }: { readonly colour: boolean }): string {
  const paint = painter(colour)
  const summary = summarize(whatIf)
  const byChange = Map.groupBy(whatIf.changes, ({ change }) => change)
  return [
    `Proposed: ${proposalWords(whatIf.effects)}\n`,
    ...CHANGES.flatMap((change) => section(change, byChange.get(change) ?? [], paint)),
    ...(whatIf.changes.length === 0 ? [] : [table(summary)]),
    [closing(summary, whatIf), ...idleNotes(whatIf), ''].join('\n'),
  ].join('\n')
}

function section(change: ToldChange, comparisons: readonly ToldComparison[], paint: Paint): string[] {
  if (comparisons.length === 0) return []
  const blocks = comparisons.map((one) => block(one, paint).join('\n'))
  return [`${paint(STYLES[change], CHANGE_WORDS[change])}\n${blocks.join('\n')}\n`]
}

function block(comparison: ToldComparison, paint: Paint): string[] {
  const { source, findings, unknown } = comparison
  const place = source.line > 0 ? ` (${placeOf(source)})` : ''
  const isLow = comparison.change === 'recordedChanged' || comparison.change === 'unknown'
  return [
    `  ${visibleLine(`${nameOf(comparison)}${place}`)}`,
    ...findings.changed.flatMap(({ from, to }) =>
      tell(from.action === to.action ? `~ ${to.action}` : `${from.action} -> ${to.action}`, to, paint, {
        cure: !isLow,
      }),
    ),
    ...findings.added.flatMap((finding) => tell(`+ ${finding.action}`, finding, paint, { cure: !isLow })),
    ...gone(comparison).flatMap((finding) => tell(`- ${finding.action}`, finding, paint, { cure: false })),
    ...unknown.map(({ why }) => `    unknown: ${why}`),
    ...difference(comparison, paint),
  ]
}

/** What is only recorded is not looked at of a pod that is refused: that it is not said means nothing. */
function gone({ findings, proposed }: ToldComparison): readonly ReviewFinding[] {
  if (proposed?.allowed !== false) return findings.removed
  return findings.removed.filter(({ action }) => action !== 'Audit')
}

function tell(
  head: string,
  { rule, action, policy, message, cure, exception }: ReviewFinding,
  paint: Paint,
  shown: { readonly cure: boolean },
): string[] {
  const by = policy === 'built-in' ? '' : ` (${policy})`
  const excused = exception === '' ? '' : ` (excused by ${exception})`
  const style = head.startsWith('-') ? 'green' : ACTION_STYLE[action]
  const lines = [`    ${paint(style, `${head} [${rule}]`)}${by} ${message}${excused}`]
  return shown.cure ? [...lines, `      ${paint('dim', cure)}`] : lines
}

/** The pod as it is admitted today and as it would be: the patch would name the same by index. */
function difference({ change, today, proposed }: ToldComparison, paint: Paint): string[] {
  if (change !== 'patchChanged' || today?.after === undefined || proposed?.after === undefined) return []
  const text = podDifference(today.after, proposed.after, { before: 'admitted today', after: 'as proposed' })
  return text === '' ? [] : text.split('\n').map((line) => `    ${paintDifference(line, paint)}`)
}

/** A row for each namespace in which something changes, with the columns that say something. */
function table({ byNamespace }: WhatIfSummary): string {
  const changing = byNamespace.filter(({ objects, unchanged }) => objects > unchanged)
  const columns = CHANGES.filter((change) => changing.some((row) => row[change] > 0))
  const isUncertain = changing.some(({ uncertain }) => uncertain > 0)
  const cells = (counts: Counts): string[] =>
    [
      counts.objects,
      ...columns.map((change) => counts[change]),
      counts.unchanged,
      ...(isUncertain ? [counts.uncertain] : []),
    ].map(String)
  const rows = [
    [
      'NAMESPACE',
      'WORKLOADS',
      ...columns.map((change) => CHANGE_WORDS[change].toUpperCase()),
      'UNCHANGED',
      ...(isUncertain ? ['UNCERTAIN'] : []),
    ],
    ...changing.map((row) => [row.namespace, ...cells(row)]),
  ]
  const widths = (rows[0] ?? []).map((_, at) => Math.max(...rows.map((row) => (row[at] ?? '').length)))
  const lines = rows.map((row) =>
    row
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join('   ')
      .trimEnd(),
  )
  const others = byNamespace.length - changing.length
  const rest =
    others === 0
      ? []
      : [others === 1 ? 'and 1 namespace without change' : `and ${others} namespaces without change`]
  return `${[...lines, ...rest].join('\n')}\n`
}

function closing(summary: WhatIfSummary, { missing }: WhatIf): string {
  const { objects, unchanged, uncertain, skipped, refused } = summary
  const changes = CHANGES.filter((change) => summary[change] > 0).map(
    (change) => `${summary[change]} ${CHANGE_WORDS[change]}`,
  )
  const ofWhat = objects === 1 ? '1 workload asks' : `${objects} workloads ask`
  const same = objects === 0 ? 'nothing was compared' : 'nothing changes'
  const others = [`${unchanged} unchanged`, ...(uncertain === 0 ? [] : [`${uncertain} uncertain`])]
  const what = changes.length + uncertain === 0 ? same : [...changes, ...others].join(', ')
  const both = `refused: ${refused.today} today, ${refused.proposed} as proposed`
  const besides = skipped === 0 ? '' : `; ${skipped} ${skipped === 1 ? 'does' : 'do'} not ask`
  const incomplete = missing.length === 0 ? '' : ' (incomplete: not everything could be read)'
  return `${ofWhat}: ${what}; ${both}${besides}${incomplete}`
}
