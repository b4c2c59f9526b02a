/**
 * A process of its own that starts and stops the programs of one cluster: `node supervisor.ts DIR`.
 *
 * Why not the test process itself: an API server that a test file stops must be started again by
 * something that outlives that file's worker, and everything must end when the test process is
 * killed without a word. Our end of the pipe on stdin closes however the owner dies; then the
 * programs are killed and DIR is removed (unless TEST_CLUSTER_KEEP is set, to look at the logs).
 *
 * Served on DIR/control.sock:
 *   POST /start/NAME  body: argv as JSON, or nothing for the argv of last time  -> 200
 *   POST /stop/NAME?signal=SIGTERM   answers when the program has ended         -> 200
 *   GET  /status                                                               -> 200 {NAME: ProgramStatus}
 * and 400 with a sentence for what cannot be done. Logs go to DIR/NAME.log.
 */
import { spawn, spawnSync } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { constants } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { z } from 'zod'
import type { ProgramStatus } from './supervision.ts'

interface Supervised {
  argv: string[]
  child: ChildProcess
}

const dir = folderToSupervise()
const supervised = new Map<string, Supervised>()

// Has the kernel kill the programs should this very process be killed; only Linux has it.
const dieWithParent = ['setpriv', '--pdeathsig', 'KILL', '--']
const launcher = spawnSync('setpriv', [...dieWithParent.slice(1), 'true']).status === 0 ? dieWithParent : []

const server = createServer((request, response) => {
  answer(request).then(
    (body) => response.end(JSON.stringify(body)),
    (error: unknown) => response.writeHead(400).end(error instanceof Error ? error.message : String(error)),
  )
})
server.listen(join(dir, 'control.sock'))

process.stdin.resume().once('close', () => void end())
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => void end())

async function answer(request: IncomingMessage): Promise<unknown> {
  const url = new URL(request.url ?? '/', 'http://supervisor')
  const [, verb, name = ''] = url.pathname.split('/')
  if (verb === 'status')
    return Object.fromEntries([...supervised].map(([key, value]) => [key, status(value)]))
  if (verb === 'start') {
    const body = await text(request)
    return start(name, body === '' ? undefined : z.array(z.string()).parse(JSON.parse(body)))
  }
  if (verb === 'stop') return stop(name, signalNamed(url.searchParams.get('signal') ?? 'SIGTERM'))
  throw new Error(`no such request: ${url.pathname}`)
}

async function start(name: string, newArgv?: string[]): Promise<ProgramStatus> {
  const known = supervised.get(name)
  if (known && isRunning(known)) return status(known)
  const argv = newArgv ?? known?.argv
  if (argv === undefined) throw new Error(`${name} was never started, so its command line is not known`)

  const [command = '', ...args] = [...launcher, ...argv]
  const log = openSync(join(dir, `${name}.log`), 'a')
  const child = spawn(command, args, { cwd: dir, stdio: ['ignore', log, log] })
  closeSync(log)
  await once(child, 'spawn')
  const started = { argv, child }
  supervised.set(name, started)
  return status(started)
}

async function stop(name: string, signal: NodeJS.Signals): Promise<ProgramStatus> {
  const known = supervised.get(name)
  if (known === undefined) throw new Error(`${name} was never started`)
  if (isRunning(known)) {
    const ended = once(known.child, 'exit')
    known.child.kill(signal)
    await ended
  }
  return status(known)
}

function folderToSupervise(): string {
  const folder = process.argv[2]
  if (folder === undefined) throw new Error('usage: node supervisor.ts DIR')
  return folder
}

function signalNamed(name: string): NodeJS.Signals {
  if (!isSignal(name)) throw new Error(`no such signal: ${name}`)
  return name
}

function isSignal(name: string): name is NodeJS.Signals {
  return name in constants.signals
}

function isRunning({ child }: Supervised): boolean {
  return child.exitCode === null && child.signalCode === null
}

function status({ child }: Supervised): ProgramStatus {
  return { pid: child.pid ?? 0, exitCode: child.exitCode, signal: child.signalCode }
}

async function end(): Promise<void> {
  server.close()
  // Killed, not asked: the data is thrown away, and a polite API server takes its time.
  await Promise.all([...supervised.keys()].map(async (name) => stop(name, 'SIGKILL')))
  if (!process.env['TEST_CLUSTER_KEEP']) rmSync(dir, { recursive: true, force: true, maxRetries: 3 })
  process.exit(0)
}
