import { countOf } from '../core/count-of.ts'
import { placeOf } from '../report/place.ts'
import type { ExitCode } from '../report/report.ts'
import { visibleLine } from '../report/visible.ts'
import { EXIT } from '../review/result.ts'
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

/** 1 where something is at least as grave as `failOn`, 4 where there was nothing to judge, else 0. */
export function lintExitCode(
  { findings, objects }: LintAnswer,
  { failOn, allowEmpty }: { readonly failOn: LintSeverity; readonly allowEmpty: boolean },
): ExitCode {
  if (findings.some(({ severity }) => isAtLeast(severity, failOn))) return EXIT.denied
  return objects.length > 0 || allowEmpty ? EXIT.fine : EXIT.nothing
}

/** The answer for a person: one line for what is wrong, in the form that editors jump to, and one for its cure. */
export function renderLintText({ items, summary }: LintResult): string {
  const lines = items.flatMap((one) => [
    visibleLine(`${placeOf(one.source)}: ${one.severity} [${one.check}] ${nameOf(one)}: ${one.message}`),
    `    ${visibleLine(one.cure)}`,
  ])
  const { judged, errors, warnings, infos } = summary
  const counts = `${countOf(errors, 'error')}, ${countOf(warnings, 'warning')}, ${countOf(infos, 'info')}; ${countOf(judged, 'object')} looked at`
  return [...lines, `${lines.length > 0 ? '\n' : ''}${counts}`, ''].join('\n')
}

function nameOf({ object: { kind, namespace, name } }: LintFinding): string {
  return `${kind} ${namespace === '' ? '' : `${namespace}/`}${name}`
}
