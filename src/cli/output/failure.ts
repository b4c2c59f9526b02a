import type { ExitCode, Trouble } from '../../report/report.ts'
import { visibleLine } from '../../report/visible.ts'
import { EXIT } from '../../review/result.ts'
import { ManifestError } from '../../state/manifest.ts'
import { CommandError } from '../io.ts'
import { UnwritableReport } from './output.ts'

/** Why a command came to no answer. */
export interface Failure extends Trouble {
  /** the whole of it, for a person */
  readonly told: string
  readonly exitCode: ExitCode
  /** the answer was given, and only one of the places that it was to be written to is not there */
  readonly isAnswered: boolean
}

/** Expected trouble in the words that it came with; what nobody expects with its stack. */
export function failureOf(error: unknown): Failure {
  if (error instanceof CommandError) {
    return failure(error.message, error.exitCode, error instanceof UnwritableReport)
  }
  if (error instanceof ManifestError) {
    const { problem, place } = error
    const source = { file: place.file, document: 1, line: place.line }
    const told = `${visibleLine(place.file)}:${place.line}: ${problem}`
    return { ...failure(told, EXIT.unusable), message: problem, source }
  }
  if (error instanceof Error && error.name === 'FactUnavailable') {
    return failure(`a needed fact is unknown: ${error.message}.`, EXIT.incomplete)
  }
  // the errors of reading input and configuration are written for people
  if (error instanceof Error && EXPECTED.has(error.name)) return failure(error.message, EXIT.unusable)
  const [message, stack] =
    error instanceof Error ? [error.message, error.stack ?? error.message] : [String(error), String(error)]
  return {
    ...failure(`dapr-shared failed unexpectedly: ${message}`, EXIT.unusable),
    told: `dapr-shared failed unexpectedly: ${stack}`,
  }
}

function failure(message: string, exitCode: ExitCode, isAnswered = false): Failure {
  return { told: message, message, exitCode, isAnswered }
}

const EXPECTED: ReadonlySet<string> = new Set([
  'UnreadableInput',
  'CertificateError',
  'KubeConfigError',
  'ListenError',
])
