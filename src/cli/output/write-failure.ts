import { rm } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import type { Answer } from '../../report/answer.ts'
import { FORMATS, type Format } from '../../report/formats.ts'
import { toGithub } from '../../report/github.ts'
import type { Report } from '../../report/report.ts'
import type { Failure } from './failure.ts'
import { fromWorkspace } from './from-workspace.ts'
import { CommandError, type Io } from '../io.ts'
import { readReports, writeAnswer, type OutputOptions, type WantedReport } from './output.ts'
import { isReadByRunner } from './workflow-log.ts'

/** Where a failure is told besides standard error. */
export interface FailurePlaces {
  readonly io: Io
  /** standard error as the runner of GitHub Actions reads it */
  readonly annotate: (text: string) => void
}

/**
 * Tells in the asked formats that a command came to no answer: a file of an earlier run must not be taken for the answer of this
 * one. Formats that have a document of the answer itself have none: their files are removed.
 */
export async function writeFailure(
  failure: Failure,
  command: Command,
  { io, annotate }: FailurePlaces,
): Promise<void> {
  if (failure.isAnswered || !hasReports(command)) return
  const options = command.opts<OutputOptions>()
  const report = reportOf(failure, command.name())
  const answer: Answer = { text: () => '', document: () => ({}), report: () => report }
  const output = isDocument(options.output) ? 'text' : options.output
  const reports = wantedReports(options)
  try {
    for (const { path } of reports.filter(({ format }) => isDocument(format)))
      await rm(resolve(io.cwd, path), { force: true })
    await writeAnswer(answer, { output, reports: reports.filter(({ format }) => !isDocument(format)) }, io)
    if (output !== 'github' && isReadByRunner(io)) annotate(annotationOf(fromWorkspace(answer, io).report()))
  } catch (error) {
    io.err(`${error instanceof Error ? error.message : String(error)}\n`)
  }
}

function hasReports(command: Command): boolean {
  return command.options.some(({ long }) => long === '--report')
}

/** What was asked for may be the very thing that is wrong. */
function wantedReports(options: OutputOptions): readonly WantedReport[] {
  try {
    return readReports(options, FORMATS)
  } catch (error) {
    if (error instanceof CommandError) return []
    throw error
  }
}

const DOCUMENTS: ReadonlySet<Format> = new Set(['text', 'json', 'yaml', 'patch'])

function isDocument(format: Format): boolean {
  return DOCUMENTS.has(format)
}

function reportOf({ message, source, exitCode }: Failure, command: string): Report {
  return { command, exitCode, entries: [], notes: [], troubles: [{ message, source }] }
}

function annotationOf(report: Report): string {
  const [annotation = ''] = toGithub(report).split('\n')
  return `${annotation}\n`
}
