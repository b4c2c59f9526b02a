import type { Severity } from '../core/rules.ts'
import type { Source } from '../state/manifest.ts'

/** What a command found, whatever it judged: the formats for other tools are written from this. */
export interface Report {
  /** `review`, `test`, `what-if`: what was run */
  readonly command: string
  /** what the process exits with, which no format may contradict */
  readonly exitCode: ExitCode
  readonly entries: readonly ReportEntry[]
  /** sentences about what was not judged and does not fail the run, which a reader must not miss */
  readonly notes: readonly string[]
  /** what keeps the run as a whole from passing, where no entry says so */
  readonly troubles?: readonly Trouble[] | undefined
  /** what is good to know besides, such as coverage */
  readonly sections?: readonly ReportSection[] | undefined
}

/** 0 fine, 1 something is refused or wrong, 2 unusable input, 3 a needed fact is unknown, 4 nothing was judged. */
export type ExitCode = 0 | 1 | 2 | 3 | 4

export interface Trouble {
  readonly message: string
  /** none where it stands in no file */
  readonly source?: Source | undefined
}

export interface ReportSection {
  readonly title: string
  readonly lines: readonly string[]
}

/** One judged thing: an object of the input, or a test of a suite. */
export interface ReportEntry {
  /** what it belongs to: its file, or its suite */
  readonly group: string
  /** `Deployment shop/order`, or the name of a test */
  readonly name: string
  readonly source: Source
  /** `failed`: it makes the exit code 1. `error`: it could not be judged, which makes it 2 or 3. */
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
  /** `error` fails the run, `warning` and `note` do not */
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
