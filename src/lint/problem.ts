import { fieldOf, type Manifest, type Path, type Source } from '../state/manifest.ts'
import { CHECKS, type CheckId, type LintSeverity } from './checks.ts'

/** What one check has against one object. */
export interface Problem {
  readonly check: CheckId
  readonly manifest: Manifest
  /** the field that is to blame; empty for the object as a whole */
  readonly path: Path
  /** what is wrong: a sentence */
  readonly message: string
  /** how to mend it: a sentence */
  readonly cure: string
}

/** A problem as it is printed. */
export interface LintFinding {
  readonly check: CheckId
  readonly severity: LintSeverity
  readonly source: Source
  readonly object: {
    readonly apiVersion: string
    readonly kind: string
    readonly namespace: string
    readonly name: string
  }
  /** `spec.overrides[0].rule`; empty for the object as a whole */
  readonly field: string
  readonly message: string
  readonly cure: string
}

export function asFinding(
  { check, manifest, path, message, cure }: Problem,
  namespaceOf: (manifest: Manifest) => string,
): LintFinding {
  const { source, apiVersion, kind, name } = manifest
  return {
    check,
    severity: CHECKS[check],
    source: { ...source, line: manifest.lineOf(path) },
    object: { apiVersion, kind, namespace: namespaceOf(manifest), name },
    field: fieldOf(path),
    message,
    cure,
  }
}

/** By file and line, as an editor shows them. */
export function inOrder(a: LintFinding, b: LintFinding): number {
  if (a.source.file !== b.source.file) return a.source.file < b.source.file ? -1 : 1
  if (a.source.line !== b.source.line) return a.source.line - b.source.line
  return a.check === b.check ? 0 : a.check < b.check ? -1 : 1
}
