import { styleText } from 'node:util'
import type { Action } from '../core/rules.ts'
import { podDifference } from '../review/pod-difference.ts'
import type { ReviewFinding } from '../review/result.ts'
import { CHANGES, type ToldChange } from './compare.ts'
import { summarize, type Counts, type ToldComparison, type WhatIf, type WhatIfSummary } from './result.ts'
import { CHANGE_WORDS, nameOf, proposalWords } from './words.ts'

type Style = Parameters<typeof styleText>[0]
type Paint = (style: Style, text: string) => string

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
  const paint: Paint = (style, text) => (colour ? styleText(style, text, { validateStream: false }) : text)
  const summary = summarize(whatIf)
  const byChange = Map.groupBy(whatIf.changes, ({ change }) => change)
  return (
    [
      `Proposed: ${proposalWords(whatIf.effects)}\n`,
      ...CHANGES.flatMap((change) => section(change, byChange.get(change) ?? [], paint)),
      ...(whatIf.changes.length === 0 ? [] : [table(summary)]),
      `${closing(summary, whatIf)}\n`,
    ].join('\n') + doubt(whatIf)
  )
}

/** A new policy without any effect is more often one that matches nothing than one that everybody obeys. */
function doubt({ effects, changes, unchanged }: WhatIf): string {
  const isNew = effects.some(({ kind, effect }) => kind === 'DaprSharedPolicy' && effect === 'new')
  return isNew && changes.length === 0 && unchanged.length > 0
    ? 'If the new policy should govern some of them, see whether it matches any: dapr-shared lint tells.\n'
    : ''
}

function section(change: ToldChange, comparisons: readonly ToldComparison[], paint: Paint): string[] {
  if (comparisons.length === 0) return []
  const blocks = comparisons.map((one) => block(one, paint).join('\n'))
  return [`${paint(STYLES[change], CHANGE_WORDS[change])}\n${blocks.join('\n')}\n`]
}

function block(comparison: ToldComparison, paint: Paint): string[] {
  const { source, findings, unknown } = comparison
  const place = source.line > 0 ? ` (${source.file}:${source.line})` : ''
  const isLow = comparison.change === 'recordedChanged' || comparison.change === 'unknown'
  return [
    `  ${nameOf(comparison)}${place}`,
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
  if (proposed?.item.allowed !== false) return findings.removed
  return findings.removed.filter(({ action }) => action !== 'Audit')
}

const ACTION_STYLE: Readonly<Record<Action, Style>> = { Deny: 'red', Warn: 'yellow', Audit: 'dim' }

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
  return text === '' ? [] : text.split('\n').map((line) => `    ${paintLine(line, paint)}`)
}

function paintLine(line: string, paint: Paint): string {
  if (line.startsWith('+')) return paint('green', line)
  if (line.startsWith('-')) return paint('red', line)
  return line.startsWith('@@') ? paint('cyan', line) : line
}

/** A row for each namespace in which something changes, with the columns that say something. */
function table({ byNamespace }: WhatIfSummary): string {
  const changing = byNamespace.filter(({ objects, unchanged }) => objects > unchanged)
  const columns = CHANGES.filter((change) => changing.some((row) => row[change] > 0))
  const cells = (counts: Counts): string[] =>
    [counts.objects, ...columns.map((change) => counts[change]), counts.unchanged].map(String)
  const rows = [
    ['NAMESPACE', 'WORKLOADS', ...columns.map((change) => CHANGE_WORDS[change].toUpperCase()), 'UNCHANGED'],
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
  const { objects, unchanged, skipped, refused } = summary
  const changes = CHANGES.filter((change) => summary[change] > 0).map(
    (change) => `${summary[change]} ${CHANGE_WORDS[change]}`,
  )
  const ofWhat = objects === 1 ? '1 workload asks' : `${objects} workloads ask`
  const same = objects === 0 ? 'nothing was compared' : 'nothing changes'
  const what = changes.length === 0 ? same : [...changes, `${unchanged} unchanged`].join(', ')
  const both = `refused: ${refused.today} today, ${refused.proposed} as proposed`
  const besides = skipped === 0 ? '' : `; ${skipped} ${skipped === 1 ? 'does' : 'do'} not ask`
  const incomplete = missing.length === 0 ? '' : ' (incomplete: not everything could be read)'
  return `${ofWhat}: ${what}; ${both}${besides}${incomplete}`
}
