import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { onTestFinished, vi } from 'vitest'
import { testCertificates } from '../admission/a-server.ts'
import { openSocket, type RawSocket } from '../admission/raw-socket.ts'
import { PATIENCE } from '../admission/patience.ts'

const MAIN = resolve(import.meta.dirname, '../../src/main.ts')

export interface Program {
  readonly stdout: () => string
  readonly stderr: () => string
  /** the lines of the log, parsed */
  readonly log: () => Record<string, unknown>[]
  readonly kill: (signal: 'SIGTERM' | 'SIGINT') => void
  /** nobody reads standard error any more */
  readonly breakStderr: () => void
  readonly exited: Promise<number | null>
}

/** Starts the program itself, `dapr-shared <args>`, and ends it with the test. */
export function runMain(args: readonly string[], env: Readonly<Record<string, string>> = {}): Program {
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  const exited = once(child, 'exit').then(([code]) => code as number | null)
  onTestFinished(() => void child.kill('SIGKILL'))
  return {
    stdout: () => stdout,
    stderr: () => stderr,
    log: () => jsonLines(stderr),
    kill: (signal) => void child.kill(signal),
    breakStderr: () => void child.stderr.destroy(),
    exited,
  }
}

function jsonLines(text: string): Record<string, unknown>[] {
  const whole = text.slice(0, text.lastIndexOf('\n') + 1)
  return whole
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Record<string, unknown>)
}

export interface Serving extends Program {
  readonly url: string
  readonly port: number
  readonly ca: string
  readonly certificateFiles: { readonly certFile: string; readonly keyFile: string }
  readonly open: () => Promise<RawSocket>
  readonly ops: (path: string) => Promise<{ status: number; text: string }>
}

/** `dapr-shared serve` on a folder of manifests, on free ports, as soon as it is ready. */
export function serve(state: string, ...args: readonly string[]): Promise<Serving> {
  return serveWith({}, state, ...args)
}

/** The same with environment variables. */
export async function serveWith(
  env: Readonly<Record<string, string>>,
  state: string,
  ...args: readonly string[]
): Promise<Serving> {
  const { ca, first } = await testCertificates()
  const folder = await temporaryFolder()
  const certificateFiles = { certFile: join(folder, 'tls.crt'), keyFile: join(folder, 'tls.key') }
  await writeFile(certificateFiles.certFile, first.certPem)
  await writeFile(certificateFiles.keyFile, first.keyPem)
  const { certFile, keyFile } = certificateFiles
  const flags = [
    '--state',
    state,
    '--port',
    '0',
    '--ops-port',
    '0',
    '--tls-cert',
    certFile,
    '--tls-key',
    keyFile,
  ]
  const program = runMain(['serve', ...flags, ...args], env)
  const line = await vi.waitFor(() => {
    const match = /listening on (https:\S+), probes and metrics on (http:\S+)/.exec(program.stdout())
    if (match === null) throw new Error(`no address: ${program.stdout()}${program.stderr()}`)
    return match
  }, PATIENCE)
  const [, url = '', opsUrl = ''] = line
  const port = Number(new URL(url).port)
  const ops = async (path: string) => {
    const answer = await fetch(`${opsUrl}${path}`)
    return { status: answer.status, text: await answer.text() }
  }
  await vi.waitUntil(async () => (await ops('/readyz')).status === 200, PATIENCE)
  return { ...program, url, port, ca, certificateFiles, ops, open: () => openSocket(port, { ca }) }
}

/** A folder that goes with the test. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'dapr-shared-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}
