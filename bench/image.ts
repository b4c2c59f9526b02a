import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { openSync } from 'node:fs'
import { get } from 'node:http'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { memoryOf, startServer, type Child } from './children.ts'
import { readImageStart } from './image-flags.ts'
import { runJob, type Bench } from './measure.ts'
import { reviewBodies } from './reviews.ts'
import type { Row } from './rows.ts'
import { serveCommand } from './servers.ts'
import { formatTable, median, round } from './table.ts'

/** What the image's start is called to `--only`. */
export const IMAGE = 'image: start, idle, load with 10,000 instances'

const AIMS = { startMs: 500, idleMb: 120, loadMb: 160 }
const CONNECTIONS = 16
/** V8 gives back what it has freed a while after. */
const CALM_MS = 5000

export interface ImageFigures {
  /** milliseconds from the call of node to the line that it listens, and to 200 of /readyz on a cluster with 1 instance */
  readonly listenMs: readonly number[]
  readonly readyMs: readonly number[]
  /** megabytes (VmRSS) with 10,000 instances, at the most while they are read, and at the most under load */
  readonly idleMb: number
  readonly firstListMb: number
  readonly loadMb: number
  readonly perSecond: number
}

/** Starts the bundle with the flags and variables of the image, its compiled code beside it as in the image. */
export async function measureImage(bench: Bench, program: string, starts: number): Promise<ImageFigures> {
  const { flags, env } = readImageStart()
  const log = openSync(join(bench.dir, 'image.log'), 'a')
  const compiled = join(bench.dir, 'compiled')
  const all = { ...process.env, ...env, NODE_COMPILE_CACHE: compiled }
  const fill = new URL('../scripts/fill-compile-cache.ts', import.meta.url).pathname
  const { status } = spawnSync(process.execPath, [...flags, fill, program], {
    env: all,
    stdio: ['ignore', 'inherit', log],
  })
  if (status !== 0) throw new Error('nothing was compiled ahead: scripts/fill-compile-cache.ts failed')
  const open = (args: readonly string[]): Promise<Child> => startServer(args, log, undefined, all)

  const listenMs: number[] = []
  const readyMs: number[] = []
  await using small = new AsyncDisposableStack()
  const one = await serveCommand(bench, rowOf(1, 1), async (args) => small.use(await open(args)))
  for (let start = 0; start < starts; start++) {
    const began = performance.now()
    await using server = await open([...flags, program, ...one])
    listenMs.push(performance.now() - began)
    await untilReady(server)
    readyMs.push(performance.now() - began)
  }

  const row = rowOf(10_000, 100)
  await using large = new AsyncDisposableStack()
  const many = await serveCommand(bench, row, async (args) => large.use(await open(args)))
  const server = large.use(await open([...flags, program, ...many]))
  await untilReady(server)
  await pause(CALM_MS)
  const idleMb = memoryOf(server.pid, 'VmRSS')
  const firstListMb = memoryOf(server.pid, 'VmHWM')
  const { perSecond } = await runJob(bench.load, {
    pid: server.pid,
    port: server.port,
    path: '/mutate?timeout=5s',
    bodies: reviewBodies('injected', row.fleet),
    connections: CONNECTIONS,
    milliseconds: 20 * bench.roundMs,
  })
  return { listenMs, readyMs, idleMb, firstListMb, loadMb: memoryOf(server.pid, 'VmHWM'), perSecond }
}

export function imageTable({ listenMs, readyMs, ...memory }: ImageFigures): string {
  const verdict = (got: number, most: number): string => (got < most ? 'met' : 'NOT MET')
  const best = Math.min(...readyMs)
  return formatTable(
    [IMAGE, 'wanted', 'best', 'median', ''],
    [
      ['ms until it listens', '', round(Math.min(...listenMs)), round(median(listenMs)), ''],
      [
        'ms until it is ready, 1 instance',
        `below ${AIMS.startMs}`,
        round(best),
        round(median(readyMs)),
        verdict(best, AIMS.startMs),
      ],
      ['MB at the most while they are read', '', '', round(memory.firstListMb), ''],
      ['MB idle', `below ${AIMS.idleMb}`, '', round(memory.idleMb), verdict(memory.idleMb, AIMS.idleMb)],
      [
        `MB at the most, ${round(memory.perSecond)} req/s`,
        `below ${AIMS.loadMb}`,
        '',
        round(memory.loadMb),
        verdict(memory.loadMb, AIMS.loadMb),
      ],
    ],
  )
}

function rowOf(instances: number, namespaces: number): Row {
  return { name: IMAGE, from: 'cluster', fleet: { instances, namespaces }, kind: 'injected' }
}

async function untilReady({ opsPort }: Child): Promise<void> {
  for (;;) {
    const call = get({ host: '127.0.0.1', port: opsPort, path: '/readyz', agent: false })
    const [response] = (await once(call, 'response')) as [{ statusCode: number; resume: () => void }]
    response.resume()
    if (response.statusCode === 200) return
    await pause(2)
  }
}
