import { isAtLeast, type LintSeverity } from './checks.ts'
import type { LintAnswer } from './lint.ts'
import type { LintFinding } from './problem.ts'

/** What `lint -o json` prints. */
export interface LintResult {
  readonly apiVersion: 'shared.dapr.io/v1alpha1'
  readonly kind: 'LintResult'
  readonly items: readonly LintFinding[]
  readonly summary: {
    /** objects that were judged */
    readonly judged: number
    readonly errors: number
    readonly warnings: number
    readonly infos: number
  }
}

export function makeLintResult({ findings, objects }: LintAnswer): LintResult {
  const having = (wanted: LintSeverity): number =>
    findings.filter(({ severity }) => severity === wanted).length
  return {
    apiVersion: 'shared.dapr.io/v1alpha1',
    kind: 'LintResult',
    items: findings,
    summary: {
      judged: objects.length,
      errors: having('Error'),
      warnings: having('Warning'),
      infos: having('Info'),
    },
  }
}

/** Whether something is at least as grave as `failOn`. */
export function fails(findings: readonly LintFinding[], failOn: LintSeverity): boolean {
  return findings.some(({ severity }) => isAtLeast(severity, failOn))
}

/** The answer for a person: one line for what is wrong, in the form that editors jump to, and one for its cure. */
export function renderLintText({ items, summary }: LintResult): string {
  const lines = items.flatMap((one) => [
    `${placeOf(one)}: ${one.severity} [${one.check}] ${nameOf(one)}: ${one.message}`,
    `    ${one.cure}`,
  ])
  const { judged, errors, warnings, infos } = summary
  const counts = `${count(errors, 'error')}, ${count(warnings, 'warning')}, ${count(infos, 'info')}; ${count(judged, 'object')} looked at`
  return [...lines, `${lines.length > 0 ? '\n' : ''}${counts}`, ''].join('\n')
}

/** What a cluster gave stands in no line. */
function placeOf({ source: { file, line } }: LintFinding): string {
  return line === 0 ? file : `${file}:${line}`
}

function nameOf({ object: { kind, namespace, name } }: LintFinding): string {
  return `${kind} ${namespace === '' ? '' : `${namespace}/`}${name}`
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}
