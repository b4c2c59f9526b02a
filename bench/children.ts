import { spawn, spawnSync, type ChildProcess, type StdioOptions } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'

/** A process of the benchmark; disposing ends it. */
export interface Child extends AsyncDisposable {
  readonly process: ChildProcess
  readonly pid: number
  /** the port in the line with which it says that it listens; 0 for one that does not listen */
  readonly port: number
  /** that of probes and metrics; 0 for one without */
  readonly opsPort: number
}

/** Servers on one core, the load on another: neither takes from the other. */
export const CORES = { server: 0, load: 1 } as const

export const canPin = availableParallelism() > 1 && spawnSync('taskset', ['--version']).error === undefined

/** Starts a server and waits for the line that names its address. What it logs goes to a file, as to a container's log. */
export async function startServer(
  args: readonly string[],
  log: number,
  core?: number,
  env?: NodeJS.ProcessEnv,
): Promise<Child> {
  const child = startProcess(args, ['ignore', 'pipe', log], core, env)
  if (child.stdout === null) throw new Error('no standard output')
  const lines = createInterface({ input: child.stdout })
  const ended = once(child, 'exit').then(() => Promise.reject(new Error(`${args.join(' ')} ended`)))
  const [line] = (await Promise.race([once(lines, 'line'), ended])) as [string]
  ended.catch(() => undefined)
  const [port, opsPort] = [...line.matchAll(/:\/\/[^/\s]*:(\d+)/g)].map(([, digits]) => Number(digits))
  return handleOf(child, port ?? Number.NaN, opsPort)
}

/** Starts the process that makes the load, which takes its jobs as messages. */
export function startLoad(): Child {
  const file = fileURLToPath(new URL('load.ts', import.meta.url))
  return handleOf(startProcess([file], ['ignore', 'inherit', 'inherit', 'ipc'], CORES.load), 0)
}

function startProcess(
  args: readonly string[],
  stdio: StdioOptions,
  core: number | undefined,
  env?: NodeJS.ProcessEnv,
): ChildProcess {
  const command = [process.execPath, ...args]
  const [file = '', ...rest] =
    canPin && core !== undefined ? ['taskset', '-c', String(core), ...command] : command
  return spawn(file, rest, { stdio, ...(env === undefined ? {} : { env }) })
}

function handleOf(child: ChildProcess, port: number, opsPort = 0): Child {
  return {
    process: child,
    pid: child.pid ?? 0,
    port,
    opsPort,
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill()
      await once(child, 'exit')
    },
  }
}

/** Megabytes of memory that the process has in RAM now (`VmRSS`), or had at most (`VmHWM`). */
export function memoryOf(pid: number, field: 'VmRSS' | 'VmHWM'): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(new RegExp(`${field}:\\s+(\\d+)`).exec(status)?.[1]) / 1024
}
