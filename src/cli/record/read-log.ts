import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { basename, dirname, relative, resolve } from 'node:path'
import { logLines } from '../../record/log-lines.ts'
import { LONGEST_LINE, readDecision, SKIPPED, type Skipped } from '../../record/read-decision.ts'
import { collectDecisions } from '../../record/suite-of-decisions.ts'
import { readFiles, UnreadableInput } from '../../state/read-files.ts'
import { CommandError, type Io } from '../io.ts'

export interface LogRequest {
  /** a path, or `-` */
  readonly log: string
  /** lines of these alone; none for all */
  readonly namespaces: readonly string[]
  /** the recorded cluster, as paths */
  readonly state: readonly string[]
  /** where the suite will stand; none for standard output */
  readonly output: string | undefined
}

export interface LogSuite {
  readonly text: string
  readonly tests: number
  /** sentences about the lines that make no test */
  readonly notes: readonly string[]
}

/**
 * Makes a suite of the decisions of a log, line by line.
 *
 * @throws UnreadableInput, ManifestError for a log or a state that cannot be read; CommandError for a state that no suite can name
 */
export async function suiteOfLog({ log, namespaces, state, output }: LogRequest, io: Io): Promise<LogSuite> {
  if (state.includes('-'))
    throw new CommandError('--state: a suite names files, and standard input (-) is none.')
  await readFiles(state, io)
  const decisions = collectDecisions()
  const skipped = new Map<Skipped, number>()
  let elsewhere = 0
  for await (const line of logLines(bytesOf(log, io), LONGEST_LINE)) {
    if (line.trim() === '') continue
    const read = readDecision(line)
    if (typeof read === 'string') skipped.set(read, (skipped.get(read) ?? 0) + 1)
    else if (namespaces.length > 0 && !namespaces.includes(read.namespace)) elsewhere += 1
    else decisions.add(read)
  }
  const folder = output === undefined ? io.cwd : dirname(resolve(io.cwd, output))
  const stateFiles = state.map((path) => relative(folder, resolve(io.cwd, path)).replaceAll('\\', '/') || '.')
  const name = output === undefined ? 'recorded' : basename(output).split('.')[0] || 'recorded'
  return {
    text: decisions.suite({ name, stateFiles }),
    tests: decisions.tests,
    notes: tellSkipped(skipped, elsewhere),
  }
}

function tellSkipped(skipped: ReadonlyMap<Skipped, number>, elsewhere: number): string[] {
  const parts = [...skipped].map(([why, count]) => `${SKIPPED[why]} (${count})`)
  if (elsewhere > 0) parts.push(`about another namespace (${elsewhere})`)
  return parts.length === 0 ? [] : [`skipped lines: ${parts.join('; ')}`]
}

async function* bytesOf(log: string, io: Io): AsyncGenerator<Uint8Array> {
  if (log === '-') {
    yield* io.streamStdin?.() ?? [Buffer.from(await io.readStdin())]
    return
  }
  const file = resolve(io.cwd, log)
  const found = await stat(file).catch(() => undefined)
  if (found === undefined) throw new UnreadableInput(`--from-log ${log}: no such file (looked in ${io.cwd}).`)
  if (found.isDirectory())
    throw new UnreadableInput(`--from-log ${log}: a folder. Name the file of the log in it.`)
  try {
    yield* createReadStream(file)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : 'unreadable'
    throw new UnreadableInput(`--from-log ${log}: cannot be read (${reason}).`, { cause })
  }
}
