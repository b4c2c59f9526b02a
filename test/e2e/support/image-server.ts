import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { Agent, request } from 'undici'
import { waitUntil } from '../../cluster/wait-until.ts'
import type { Image } from './image-root.ts'
import { dataOf, innermost, startConfined, type Confinement } from './image-run.ts'

export interface RunningImage {
  readonly opsPort: string
  /** bytes that its processes may write to */
  readonly mostData: number
  ask(path: string): Promise<{ readonly status: number; readonly body: string }>
  review(stage: string, review: unknown): Promise<{ readonly status: number; readonly body: string }>
  /** Sends SIGTERM to the program itself, as a kubelet does. @returns the exit code */
  stop(): Promise<number | null>
}

/** Runs a command of the image to its end. */
export async function runInImage(
  own: Confinement,
  command: readonly string[],
): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }> {
  const child = startConfined(own, command)
  if (child.stdout === null || child.stderr === null) throw new Error('no output')
  const ended = once(child, 'close')
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)])
  await ended
  return { code: child.exitCode, stdout, stderr }
}

/**
 * Starts ENTRYPOINT and CMD as they are written, on free ports, with `limit` bytes of memory; resolves when it listens.
 * V8 counts what it reserves against the limit of the kernel (RLIMIT_DATA), so that of a Node that does nothing comes on top.
 */
export async function startImage(
  image: Image,
  own: Confinement,
  { limit, caPem }: { readonly limit: number; readonly caPem: string },
): Promise<RunningImage> {
  const mostData = (await idleData(own)) + limit
  const env = { ...own.env, DAPR_SHARED_PORT: '0', DAPR_SHARED_OPS_PORT: '0' }
  const child = startConfined({ ...own, env, mostData }, [...image.entrypoint, ...image.cmd])
  if (child.stdout === null || child.stderr === null) throw new Error('no output')
  const lines: string[] = []
  for (const stream of [child.stdout, child.stderr])
    createInterface(stream).on('line', (line) => void lines.push(line))
  const hopeless = async (): Promise<string | undefined> =>
    child.exitCode === null ? undefined : `it has ended: ${lines.join('\n')}`
  const [port = '', opsPort = ''] = await waitUntil(
    'the image listens',
    async () => /listening on \S+:(\d+), probes and metrics on \S+:(\d+)/.exec(lines.join('\n'))?.slice(1),
    { hopeless },
  )
  const agent = new Agent({ connect: { ca: caPem }, allowH2: false })
  return {
    opsPort,
    mostData,
    ask: (path) => send(`http://127.0.0.1:${opsPort}${path}`, agent),
    review: (stage, review) => send(`https://127.0.0.1:${port}/${stage}`, agent, review),
    async stop() {
      if (child.exitCode === null) {
        const ended = once(child, 'exit')
        process.kill(innermost(child.pid ?? 0), 'SIGTERM')
        await ended
      }
      return child.exitCode
    },
  }
}

/** What a Node that only waits has reserved. */
async function idleData(own: Confinement): Promise<number> {
  const child = startConfined(own, ['node', '-e', 'console.log("up"); setInterval(() => {}, 1000)'])
  if (child.stdout === null) throw new Error('no output')
  await once(child.stdout, 'data')
  const bytes = dataOf(innermost(child.pid ?? 0))
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
  return bytes
}

async function send(
  url: string,
  dispatcher: Agent,
  body?: unknown,
): Promise<{ status: number; body: string }> {
  const asked =
    body === undefined
      ? { method: 'GET' as const }
      : {
          method: 'POST' as const,
          body: JSON.stringify(body),
          headers: { 'content-type': 'application/json' },
        }
  const answer = await request(url, { dispatcher, ...asked })
  return { status: answer.statusCode, body: await answer.body.text() }
}
