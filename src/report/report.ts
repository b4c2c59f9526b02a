import type { Severity } from '../core/rules.ts'
import type { Source } from '../state/manifest.ts'

/** What a command found, whatever it judged: the formats for other tools are written from this. */
export interface Report {
  /** `review`, `test`, `what-if`: what was run */
  readonly command: string
  readonly entries: readonly ReportEntry[]
  /** sentences about what was not judged, which a reader must not miss */
  readonly notes: readonly string[]
}

/** One judged thing: an object of the input, or a test of a suite. */
export interface ReportEntry {
  /** what it belongs to: its file, or its suite */
  readonly group: string
  /** `Deployment shop/order`, or the name of a test */
  readonly name: string
  readonly source: Source
  /** `error`: it could not be judged, which is never a pass */
  readonly outcome: 'passed' | 'failed' | 'skipped' | 'error'
  /** in one line: `injected`, `refused`, `did not ask` */
  readonly summary: string
  readonly problems: readonly ReportProblem[]
  readonly milliseconds?: number | undefined
  /** the object itself, where the entry is about one */
  readonly object?: ReportedObject | undefined
  /** more lines for a reader, such as a diff; plain text */
  readonly detail?: string | undefined
}

export interface ReportedObject {
  readonly apiVersion: string
  readonly kind: string
  readonly namespace: string
  readonly name: string
}

/** One thing that is wrong, or worth knowing. */
export interface ReportProblem {
  /** the id of a rule, of a check, or `test.failed` */
  readonly rule: string
  /** `error` fails the run at the default threshold, `warning` and `note` do not */
  readonly level: 'error' | 'warning' | 'note'
  readonly severity: Severity
  /** the policy whose action counts, `built-in`, or empty where policies have no say */
  readonly policy: string
  readonly message: string
  readonly cure: string
  /** lines that show it, such as `- wanted` and `+ got` */
  readonly lines?: readonly string[] | undefined
  /** a path into the object, empty where none is to blame */
  readonly field: string
  /** `<namespace>/<name>` of the exception that excuses it; empty or absent where none does */
  readonly exception?: string | undefined
  readonly source: Source
}
