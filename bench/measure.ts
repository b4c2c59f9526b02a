import { once } from 'node:events'
import { openSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { request } from 'node:https'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { CORES, memoryOf, startServer, type Child } from './children.ts'
import { readImageStart } from './image-flags.ts'
import type { Job, Outcome } from './load.ts'
import { reviewBodies } from './reviews.ts'
import type { Row } from './rows.ts'
import { bareServer, serveCommand, type Places } from './servers.ts'

/** What every row needs. */
export interface Bench extends Places {
  /** how to start the program under test, after `node` */
  readonly program: readonly string[]
  /** another build to compare with, instead of the bare server */
  readonly baseline: readonly string[] | undefined
  readonly load: Child
  readonly pairs: number
  readonly roundMs: number
}

/** A row's outcomes; `ours[n]` and `reference[n]` were measured right after each other. */
export interface Measured {
  readonly row: Row
  readonly ours: readonly Outcome[]
  readonly reference: readonly Outcome[]
  /** one request at a time */
  readonly alone: Outcome
  /** megabytes when it began to serve, and at the most */
  readonly readyMb: number
  readonly peakMb: number
}

/** A server under load, and where on it. */
interface Target extends Child {
  readonly path: string
}

const { flags: NODE_FLAGS, env: IMAGE_ENV } = readImageStart()
const CONNECTIONS = 10

/** The compiler is done with a server after some ten thousand requests, but not all rows get so far in time. */
const WARM_UP = { requests: 12_000, roundMs: 600, mostRounds: 6 }

/** As much as a verdict has, for a server that has none. */
const USUAL_ANSWER = 1300

/** Starts the program and its reference anew, and loads them in turn: A B A B. */
export async function measureRow(bench: Bench, row: Row): Promise<Measured> {
  await using children = new AsyncDisposableStack()
  const log = openSync(join(bench.dir, 'server.log'), 'a')
  const start = async (args: readonly string[], core?: number): Promise<Child> =>
    children.use(await startServer([...NODE_FLAGS, ...args], log, core, { ...process.env, ...IMAGE_ENV }))
  const startTarget = async (args: readonly string[], path: string): Promise<Target> => {
    const child = await start(args, CORES.server)
    await waitUntilReady(child.port, reviewBodies('injected', row.fleet))
    return { ...child, path }
  }

  const bodies = reviewBodies(row.kind, row.fleet)
  const path = `/${row.kind === 'validated' ? 'validate' : 'mutate'}?timeout=5s`
  const serve = row.from === 'floor' ? [] : await serveCommand(bench, row, start)
  const ours =
    row.from === 'floor'
      ? await startTarget(bareServer(bench), `/parse/${USUAL_ANSWER}`)
      : await startTarget([...bench.program, ...serve], path)
  const readyMb = memoryOf(ours.pid, 'VmRSS')
  const { text } = await post(ours.port, ours.path, bodies[0] ?? '')
  const reference =
    bench.baseline === undefined || row.from === 'floor'
      ? await startTarget(bareServer(bench), `/${Buffer.byteLength(text)}`)
      : await startTarget([...bench.baseline, ...serve], path)

  const send = ({ pid, port, path: to }: Target, milliseconds: number, connections = CONNECTIONS) =>
    runJob(bench.load, { pid, port, path: to, bodies, connections, milliseconds })
  for (const target of [ours, reference]) {
    let sent = 0
    for (let round = 0; round < WARM_UP.mostRounds && sent < WARM_UP.requests; round++) {
      sent += (await send(target, WARM_UP.roundMs)).requests
    }
  }
  const measured = { ours: [] as Outcome[], reference: [] as Outcome[] }
  for (let pair = 0; pair < bench.pairs; pair++) {
    measured.ours.push(await send(ours, bench.roundMs))
    measured.reference.push(await send(reference, bench.roundMs))
  }
  const alone = await send(ours, bench.roundMs, 1)
  return { row, ...measured, alone, readyMb, peakMb: memoryOf(ours.pid, 'VmHWM') }
}

const PATIENCE_MS = 60_000

/** Asks until there is an answer that rests on the fleet, as a server that has not read it yet has none. */
async function waitUntilReady(port: number, [body = '']: readonly string[]): Promise<void> {
  const until = performance.now() + PATIENCE_MS
  while (performance.now() < until) {
    const { status } = await post(port, '/mutate', body)
    if (status === 200) return
    await pause(20)
  }
  throw new Error(`the server was not ready after ${PATIENCE_MS} ms`)
}

async function post(port: number, path: string, body: string): Promise<{ status: number; text: string }> {
  const call = request({
    host: '127.0.0.1',
    port,
    path,
    method: 'POST',
    headers: { host: 'localhost', 'content-type': 'application/json' },
    // the certificate is the bench's own, made a moment ago
    rejectUnauthorized: false,
    agent: false,
  })
  call.end(body)
  const [response] = (await once(call, 'response')) as [IncomingMessage]
  const chunks: Buffer[] = []
  for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk)
  return { status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }
}

export async function runJob(load: Child, job: Job): Promise<Outcome> {
  load.process.send(job)
  const [outcome] = (await once(load.process, 'message')) as [Outcome]
  return outcome
}
