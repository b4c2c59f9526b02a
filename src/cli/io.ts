import { constants } from 'node:buffer'
import type { ExitCode } from '../report/report.ts'
import { decodeText } from '../state/decode-text.ts'

/** Everything a command may touch of the world around it. */
export interface Io {
  readonly out: (text: string) => void
  readonly err: (text: string) => void
  /** resolves when what was written to `out` is on its way: a reader may be slower than we are */
  readonly drained?: (() => Promise<void>) | undefined
  readonly readStdin: () => Promise<string>
  /** standard input for what need not be in memory whole; none where it is a text already */
  readonly streamStdin?: (() => AsyncIterable<Uint8Array>) | undefined
  readonly env: NodeJS.ProcessEnv
  /** where relative paths start */
  readonly cwd: string
  /** standard output is a terminal that wants colour */
  readonly colour: boolean
  /** shows how far long work is, over what it showed before; an empty text takes it away. None where nobody watches. */
  readonly progress?: ((line: string) => void) | undefined
}

/** A command that cannot go on: what is wrong and how to mend it. Ends the program with `exitCode`. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
  readonly exitCode: ExitCode

  constructor(message: string, exitCode: ExitCode = 2) {
    super(message)
    this.exitCode = exitCode
  }
}

/** The process as a command sees it. `npm run dapr-shared` starts in the project: paths are meant from where npm was called. */
export function processIo(): Io {
  const { env } = process
  // whoever reads us may have seen enough (`| head`): that changes nothing about the answer
  process.stdout.on('error', endUnwritten)
  // there is nowhere left to say it, and a server goes on
  process.stderr.on('error', () => undefined)
  const calledByNpm = env['npm_lifecycle_event'] === 'dapr-shared' && env['INIT_CWD'] !== undefined
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    drained: () => drained(process.stdout),
    readStdin,
    streamStdin: () => process.stdin,
    env,
    cwd: calledByNpm ? (env['INIT_CWD'] ?? process.cwd()) : process.cwd(),
    colour: process.stdout.isTTY && !env['NO_COLOR'],
    progress: process.stderr.isTTY ? showProgress : undefined,
  }
}

const CLEAR_LINE = '\r\u001B[K'

function showProgress(line: string): void {
  process.stderr.write(`${CLEAR_LINE}${line}`)
}

/** @throws CommandError for more than one text can hold: it says so before the rest has come; ManifestError as {@link decodeText} */
async function readStdin(): Promise<string> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > constants.MAX_STRING_LENGTH) {
      throw new CommandError('standard input (-) has more than 512 MiB: give it in several files.')
    }
    chunks.push(chunk)
  }
  return decodeText(Buffer.concat(chunks), '<stdin>')
}

/** A reader that has gone takes no more, and is not waited for. */
function drained(stream: NodeJS.WriteStream): Promise<void> {
  if (!stream.writableNeedDrain || stream.destroyed) return Promise.resolve()
  return new Promise((resolve) => {
    const events = ['drain', 'close', 'error']
    const done = (): void => {
      for (const event of events) stream.off(event, done)
      resolve()
    }
    for (const event of events) stream.on(event, done)
  })
}

function endUnwritten(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') return
  process.stderr.write(`the answer cannot be written (${error.code ?? error.message}).\n`)
  process.exit(2)
}
