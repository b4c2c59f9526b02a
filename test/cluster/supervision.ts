import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { request } from 'node:http'
import { Socket } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { z } from 'zod'
import { clusterPrograms } from './programs.ts'
import type { ClusterProgram } from './programs.ts'
import { waitUntil } from './wait-until.ts'

const programStatus = z.object({
  pid: z.number(),
  /** Null while it runs, as is `signal`; one of them is set when it has ended. */
  exitCode: z.number().nullable(),
  signal: z.string().nullable(),
})
const programStatuses = z.partialRecord(z.enum(clusterPrograms), programStatus)

export type ProgramStatus = z.infer<typeof programStatus>

/** Asks the supervisor of the cluster in `dir` (see supervisor.ts); works from any process. */
export interface Supervision {
  /** Without `argv`: as it was started last time. A program that runs is left as it is. */
  start(program: ClusterProgram, argv?: string[]): Promise<ProgramStatus>
  /** Resolves when the program has ended. */
  stop(program: ClusterProgram, signal?: NodeJS.Signals): Promise<ProgramStatus>
  status(): Promise<z.infer<typeof programStatuses>>
}

export function supervisionOf(dir: string): Supervision {
  const socketPath = join(dir, 'control.sock')
  const ask = async (method: string, path: string, body?: unknown): Promise<unknown> =>
    askOver(socketPath, method, path, body)
  return {
    start: async (program, argv) => programStatus.parse(await ask('POST', `/start/${program}`, argv)),
    stop: async (program, signal = 'SIGTERM') =>
      programStatus.parse(await ask('POST', `/stop/${program}?signal=${signal}`)),
    status: async () => programStatuses.parse(await ask('GET', '/status')),
  }
}

/**
 * Starts a supervisor for the existing folder `dir`. It ends, with all that it started, when `end`
 * is called and when this process ends in any way.
 */
export async function startSupervisor(dir: string): Promise<{ end: () => Promise<void> }> {
  const log = openSync(join(dir, 'supervisor.log'), 'a')
  const child = spawn(process.execPath, [join(import.meta.dirname, 'supervisor.ts'), dir], {
    // A group of its own: Ctrl-C is for the owner, whose end is then the supervisor's.
    detached: true,
    stdio: ['pipe', log, log],
    // Nothing of ours (NODE_OPTIONS, proxies, ETCD_*) may reach the programs.
    env: { PATH: process.env['PATH'], HOME: dir, TEST_CLUSTER_KEEP: process.env['TEST_CLUSTER_KEEP'] },
  })
  closeSync(log)
  child.unref()
  if (child.stdin instanceof Socket) child.stdin.unref()

  const hasEnded = (): boolean => child.exitCode !== null || child.signalCode !== null
  await waitUntil('the supervisor of the test cluster answers', async () => supervisionOf(dir).status(), {
    hopeless: async () =>
      hasEnded() ? `the supervisor has ended; see ${join(dir, 'supervisor.log')}` : undefined,
  })
  return {
    end: async () => {
      if (hasEnded()) return
      child.ref()
      const ended = once(child, 'exit')
      child.stdin?.end()
      await ended
    },
  }
}

async function askOver(socketPath: string, method: string, path: string, body: unknown): Promise<unknown> {
  const payload = body === undefined ? undefined : JSON.stringify(body)
  const headers = payload === undefined ? {} : { 'content-length': Buffer.byteLength(payload) }
  const { promise, resolve, reject } = Promise.withResolvers<[number, string]>()
  request({ socketPath, method, path, headers, agent: false }, (response) => {
    text(response).then((answer) => resolve([response.statusCode ?? 0, answer]), reject)
  })
    .once('error', reject)
    .end(payload)
  const [code, answer] = await promise
  if (code !== 200) throw new Error(`test cluster: ${answer}`)
  return JSON.parse(answer)
}
