import { styleText } from 'node:util'
import type { Action } from '../core/rules.ts'
import { podDifference } from './pod-difference.ts'
import type { ReviewFinding, ReviewItem, ReviewResult } from './result.ts'
import { verdictOf, type Reviewed, type Verdict } from './review-manifest.ts'

type Style = Parameters<typeof styleText>[0]

export interface TextOptions {
  readonly colour: boolean
  /** also what is only recorded */
  readonly verbose: boolean
}

const ACTION_STYLE: Readonly<Record<Action, Style>> = { Deny: 'red', Warn: 'yellow', Audit: 'dim' }

/** The answer for a person: each object's verdict, what is wrong and how to mend it, and what would change. */
export function renderText(
  reviewed: readonly Reviewed[],
  result: ReviewResult,
  options: TextOptions,
): string {
  const paint = (style: Style, text: string): string =>
    options.colour ? styleText(style, text, { validateStream: false }) : text
  const blocks = reviewed
    .filter(({ item }) => item.matched || item.findings.length > 0 || item.warnings.length > 0)
    .map((one) => renderOne(one, options, paint))
  return [...blocks, renderSummary(result), ''].join('\n')
}

type Paint = (style: Style, text: string) => string

function renderOne(reviewed: Reviewed, options: TextOptions, paint: Paint): string {
  const { item, before, after } = reviewed
  const verdict = verdictOf(reviewed)
  const lines = [`${place(item)}  ${name(item)}: ${paint(VERDICT_STYLE[verdict], verdict)}`]
  const told = item.findings.filter(({ action }) => options.verbose || action !== 'Audit')
  for (const finding of told) lines.push(...renderFinding(finding, paint))
  for (const note of item.warnings.filter((warning) => !warning.startsWith('[')))
    lines.push(`  note: ${note}`)
  const audited = item.findings.length - told.length
  if (audited > 0) {
    const rules = [
      ...new Set(item.findings.filter(({ action }) => action === 'Audit').map(({ rule }) => rule)),
    ]
    lines.push(paint('dim', `  recorded only (--verbose tells more): ${rules.join(', ')}`))
  }
  if (before !== undefined && after !== undefined) {
    const difference = podDifference(before, after)
    if (difference !== '') lines.push(...difference.split('\n').map((line) => `  ${paintLine(line, paint)}`))
  }
  return `${lines.join('\n')}\n`
}

function renderFinding(
  { rule, action, policy, message, cure, source }: ReviewFinding,
  paint: Paint,
): string[] {
  const by = policy === 'built-in' ? '' : ` (${policy})`
  return [
    `  ${paint(ACTION_STYLE[action], `${action} [${rule}]`)}${by} ${message}`,
    `    ${paint('dim', `${source.file}:${source.line}`)} ${cure}`,
  ]
}

const VERDICT_STYLE: Readonly<Record<Verdict, Style>> = {
  refused: ['red', 'bold'],
  'does not ask': 'dim',
  'admitted unchanged': 'green',
  'admitted without injection': 'yellow',
  injected: 'green',
}

function place({ source }: ReviewItem): string {
  return `${source.file}:${source.line}`
}

function name({ object }: ReviewItem): string {
  return `${object.kind} ${object.namespace}/${object.name}`
}

function renderSummary({ items, summary }: ReviewResult): string {
  const { allowed, denied, warned, skipped } = summary
  const objects = items.length === 1 ? '1 object' : `${items.length} objects`
  return `${objects}: ${allowed} admitted, ${denied} refused, ${skipped} did not ask; ${warned} with warnings`
}

function paintLine(line: string, paint: Paint): string {
  if (line.startsWith('+')) return paint('green', line)
  if (line.startsWith('-')) return paint('red', line)
  return line.startsWith('@@') ? paint('cyan', line) : line
}
