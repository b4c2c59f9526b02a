import type { ReviewFinding, ReviewItem } from '../review/result.ts'
import type { Path, Source } from '../state/manifest.ts'
import type { Difference, DifferenceLine } from './difference.ts'
import { expectedText } from './expected-text.ts'
import type { Expectation, ExpectedFinding } from './schema.ts'

/** Findings that are missing, and with `only` those that are too many. */
export function compareFindings(
  { findings = [], only }: Expectation,
  { findings: got }: ReviewItem,
  at: (field: string, ...below: Path) => Source,
): Difference[] {
  const missing = findings.flatMap((wanted, index): Difference[] => {
    if (got.some((finding) => fits(finding, wanted))) return []
    const source = at('findings', index)
    return [{ field: 'findings', message: `none is ${shown(wanted)}`, lines: nearest(wanted, got), source }]
  })
  if (only !== true) return missing
  const others = got
    .filter((finding) => !findings.some((wanted) => fits(finding, wanted)))
    .map((finding): Difference => {
      const message = `there is also ${finding.action} [${finding.rule}] of ${finding.policy}`
      return { field: 'only', message, lines: told(finding, '+'), source: at('only') }
    })
  return [...missing, ...others]
}

/** The findings that there were, for a reader who wonders. */
export function toldLines(findings: readonly ReviewFinding[]): DifferenceLine[] {
  return findings.length === 0
    ? [{ sign: ' ', text: 'There is no finding.' }]
    : findings.flatMap((finding) => told(finding, ' '))
}

/** The one that was meant, most likely: that of the rule, and what about it differs. */
function nearest(wanted: ExpectedFinding, got: readonly ReviewFinding[]): DifferenceLine[] {
  const same = got.filter(({ rule }) => rule === wanted.rule)
  if (same.length === 0) return toldLines(got)
  return same.flatMap((finding) => mismatches(finding, wanted))
}

/** Whether a finding is as it was expected. */
export function fits(finding: ReviewFinding, wanted: ExpectedFinding): boolean {
  return mismatches(finding, wanted).length === 0
}

function mismatches(finding: ReviewFinding, wanted: ExpectedFinding): DifferenceLine[] {
  const { message, ...exact } = wanted
  const lines = Object.entries(exact).flatMap(([field, value]): DifferenceLine[] => {
    const has = finding[field as keyof typeof exact]
    return has === value
      ? []
      : [
          { sign: '-', text: `${field}: ${value}` },
          { sign: '+', text: `${field}: ${has}` },
        ]
  })
  if (message === undefined) return lines
  const text = `${finding.message} ${finding.cure}`
  const wants = expectedText(message)
  if ('holds' in wants && wants.holds(text)) return lines
  return [...lines, { sign: '-', text: `message: ${message}` }, { sign: '+', text: `message: ${text}` }]
}

function told(
  { rule, action, policy, message, cure, source }: ReviewFinding,
  sign: DifferenceLine['sign'],
): DifferenceLine[] {
  const by = policy === 'built-in' ? '' : ` (${policy})`
  return [
    { sign, text: `${action} [${rule}]${by} ${message}` },
    { sign: ' ', text: `  ${source.file}:${source.line} ${cure}` },
  ]
}

function shown(wanted: ExpectedFinding): string {
  const parts = Object.entries(wanted).map(([field, value]) => `${field}: ${value}`)
  return `{${parts.join(', ')}}`
}
