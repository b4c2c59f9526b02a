import { ACTION_STYLE } from '../report/of-action.ts'
import { paintDifference, painter, type Paint } from '../report/paint.ts'
import { placeOf } from '../report/place.ts'
import { visibleLine } from '../report/visible.ts'
import { nameOfUnanswered, type Unanswered } from './answer-each.ts'
import type { ReviewedAll } from './gate.ts'
import { podDifference } from './pod-difference.ts'
import type { ReviewFinding, ReviewResult } from './result.ts'
import { verdictOf, type Reviewed } from './review-manifest.ts'
import { VERDICT_STYLE } from './verdict-style.ts'

export interface TextOptions {
  readonly colour: boolean
  /** also what is only recorded */
  readonly verbose: boolean
}

/** The answer for a person, piece by piece: each object's verdict, what is wrong and how to mend it, and what would change. */
export function* reviewText(
  { reviewed, unanswered }: ReviewedAll,
  result: ReviewResult,
  options: TextOptions,
): Generator<string> {
  const paint = painter(options.colour)
  for (const one of reviewed) {
    const { matched, findings, warnings } = one.item
    if (matched || findings.length + warnings.length > 0) yield `${renderOne(one, options, paint)}\n`
  }
  for (const one of unanswered) yield `${renderUnanswered(one, paint)}\n`
  yield `${renderSummary(result, unanswered.length)}\n`
}

function renderOne(reviewed: Reviewed, options: TextOptions, paint: Paint): string {
  const { item, before, after } = reviewed
  const { kind, namespace, name } = item.object
  const verdict = verdictOf(reviewed)
  const head = visibleLine(`${placeOf(item.source)}  ${kind} ${namespace}/${name}`)
  const lines = [`${head}: ${paint(VERDICT_STYLE[verdict], verdict)}`]
  const told = item.findings.filter(({ action }) => options.verbose || action !== 'Audit')
  for (const finding of told) lines.push(...renderFinding(finding, paint))
  for (const note of item.warnings.filter((warning) => !warning.startsWith('[')))
    lines.push(`  note: ${visibleLine(note)}`)
  const audited = item.findings.length - told.length
  if (audited > 0) {
    const rules = [
      ...new Set(item.findings.filter(({ action }) => action === 'Audit').map(({ rule }) => rule)),
    ]
    lines.push(paint('dim', `  recorded only (--verbose tells more): ${rules.join(', ')}`))
  }
  if (before !== undefined && after !== undefined) {
    const difference = podDifference(before, after)
    if (difference !== '')
      lines.push(...difference.split('\n').map((line) => `  ${paintDifference(line, paint)}`))
  }
  return `${lines.join('\n')}\n`
}

function renderFinding(
  { rule, action, policy, message, cure, source }: ReviewFinding,
  paint: Paint,
): string[] {
  const by = policy === 'built-in' ? '' : ` (${policy})`
  return [
    `  ${paint(ACTION_STYLE[action], `${action} [${rule}]`)}${visibleLine(`${by} ${message}`)}`,
    `    ${paint('dim', visibleLine(placeOf(source)))} ${visibleLine(cure)}`,
  ]
}

function renderUnanswered(one: Unanswered, paint: Paint): string {
  const head = visibleLine(`${placeOf(one.source)}  ${nameOfUnanswered(one)}`)
  return `${head}: ${paint(['magenta', 'bold'], 'unknown')}\n  ${visibleLine(one.why)}\n`
}

function renderSummary({ items, summary }: ReviewResult, unknown: number): string {
  const { allowed, denied, warned, skipped } = summary
  const count = items.length + unknown
  const objects = count === 1 ? '1 object' : `${count} objects`
  const besides = unknown === 0 ? '' : `, ${unknown} unknown`
  return `${objects}: ${allowed} admitted, ${denied} refused, ${skipped} did not ask${besides}; ${warned} with warnings`
}
