import { appendFile, mkdir, stat, writeFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { Option, type Command } from 'commander'
import type { Answer } from '../../report/answer.ts'
import { REPORT_FORMATS, type Format } from '../../report/formats.ts'
import { jsonPieces } from '../../report/json-pieces.ts'
import { render } from '../../report/render.ts'
import type { Report } from '../../report/report.ts'
import { yamlPieces } from '../../report/yaml-pieces.ts'
import { visiblePainted } from '../../report/visible.ts'
import { withoutCommandsIn } from '../../report/workflow-commands.ts'
import { fromWorkspace } from './from-workspace.ts'
import { CommandError, type Io } from '../io.ts'
import { isReadByRunner } from './workflow-log.ts'
import { collect } from '../world/world-options.ts'

/** How a command answers, and where else it writes. */
export interface OutputOptions {
  readonly output: Format
  /** `FORMAT=PATH` */
  readonly report?: string[]
}

/** Adds `-o` and `--report` to a command that gives findings. */
export function addOutputOptions(command: Command, formats: readonly Format[] = REPORT_FORMATS): Command {
  return command
    .addOption(new Option('-o, --output <FORMAT>', 'how to answer').choices(formats).default('text'))
    .option(
      '--report <FORMAT=PATH>',
      'also write the answer to a file, in any of these formats; may repeat',
      collect,
    )
}

/** A report that is to be written beside the answer. */
export interface WantedReport {
  readonly format: Format
  readonly path: string
}

/**
 * Reads `--report`; to be called before the work, so that a misspelt format does not cost a run.
 *
 * @throws CommandError for what is no FORMAT=PATH, and for a path that is named twice
 */
export function readReports(
  { report = [] }: Pick<OutputOptions, 'report'>,
  formats: readonly Format[] = REPORT_FORMATS,
): WantedReport[] {
  const reports = report.map((one) => readReport(one, formats))
  const twice = reports.find(({ path }, index) =>
    reports.slice(0, index).some((earlier) => resolve(earlier.path) === resolve(path)),
  )
  if (twice !== undefined) {
    throw new CommandError(
      `--report: two reports are to be written to ${twice.path}, and the second would replace the first. Give each a path of its own.`,
    )
  }
  return reports
}

function readReport(one: string, formats: readonly Format[]): WantedReport {
  const [name = '', ...rest] = one.split('=')
  const path = rest.join('=')
  const format = formats.find((known) => known === name)
  if (format === undefined || path === '') {
    throw new CommandError(
      `--report: wanted FORMAT=PATH with one of ${formats.join(', ')}, got ${JSON.stringify(one)}.`,
    )
  }
  if (path === '-') {
    throw new CommandError(
      `--report ${one}: wanted the path of a file. For standard output say -o ${format}.`,
    )
  }
  return { format, path }
}

/** A person's terminal obeys no text of others, and neither does the runner of GitHub Actions, whatever the format. */
function guarded(text: string, output: Format, io: Io): string {
  const seen = output === 'text' ? visiblePainted(text) : text
  return isReadByRunner(io) && output !== 'github' ? withoutCommandsIn(output, seen) : seen
}

/** A report that cannot be written, though the answer is known. */
export class UnwritableReport extends CommandError {}

/**
 * Prints the answer on standard output, and writes the reports: the answer first, as nobody should lose it over a full disk. In a
 * job of GitHub Actions `-o github` adds to its summary, too.
 *
 * @throws UnwritableReport
 */
export async function writeAnswer(
  given: Answer,
  { output, reports }: { readonly output: Format; readonly reports: readonly WantedReport[] },
  io: Io,
): Promise<void> {
  const answer = fromWorkspace(given, io)
  for (const text of await piecesOf(output, answer, io)) {
    io.out(guarded(text, output, io))
    await io.drained?.()
  }
  for (const { format, path } of reports) {
    await writeReport(resolve(io.cwd, path), path, await render(format, answer, { colour: false }))
  }
  const summary = io.env['GITHUB_STEP_SUMMARY']
  if (output === 'github' && summary) await addToStepSummary(answer.report(), resolve(io.cwd, summary), io)
}

/** What may be long is written piece by piece: the whole of it as one text may be more than there can be. */
async function piecesOf(output: Format, answer: Answer, { colour }: Io): Promise<Iterable<string>> {
  if (output === 'json') return jsonPieces(answer.document())
  if (output === 'yaml') return yamlPieces(answer.document())
  if (output === 'text' && answer.textPieces !== undefined) return answer.textPieces({ colour })
  return [await render(output, answer, { colour })]
}

async function writeReport(absolute: string, shown: string, text: string): Promise<void> {
  try {
    await mkdir(dirname(absolute), { recursive: true })
    await writeFile(absolute, text)
  } catch (error) {
    throw new UnwritableReport(`--report ${shown}: cannot be written (${reasonOf(error)}).`)
  }
}

/** What steps before wrote counts against GitHub's limit, over which it would show none of it. */
async function addToStepSummary(report: Report, path: string, io: Io): Promise<void> {
  const { STEP_SUMMARY_BYTES, toMarkdown } = await import('../../report/markdown.ts')
  try {
    const taken = await sizeOf(path)
    const markdown = `${taken === 0 ? '' : '\n'}${toMarkdown(report, STEP_SUMMARY_BYTES - taken)}`
    if (taken + Buffer.byteLength(markdown) <= STEP_SUMMARY_BYTES) await appendFile(path, markdown)
    else io.err('the summary of this step is full (1 MiB): nothing was added to it.\n')
  } catch (error) {
    throw new UnwritableReport(`GITHUB_STEP_SUMMARY ${path}: cannot be written (${reasonOf(error)}).`)
  }
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return 0
    throw error
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
