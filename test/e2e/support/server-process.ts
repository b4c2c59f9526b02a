import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { Agent, request } from 'undici'
import { waitUntil } from '../../cluster/wait-until.ts'
import { PROGRAM } from './run-program.ts'

export interface ServerOptions {
  readonly kubeconfig: string
  readonly certFile: string
  readonly keyFile: string
  readonly caPem: string
  readonly port: number
  /** whether it serves the review API, to holders of a token */
  readonly reviewApi?: boolean
}

export interface HttpAnswer {
  readonly status: number
  readonly body: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
}

/** `dapr-shared serve --cluster`, a process of its own on this host. */
export interface ServerProcess {
  readonly pid: number
  /** Of probes or metrics: `/readyz`, `/metrics`. */
  ask(path: string): Promise<HttpAnswer>
  /** Sends a review past the API server, as `stage` `mutate` or `validate`. */
  review(stage: string, review: unknown): Promise<HttpAnswer>
  /** The parsed log so far. */
  readonly log: readonly LogLine[]
  hasEnded(): boolean
  /** @returns the exit code, null when a signal ended it */
  stop(signal?: NodeJS.Signals): Promise<number | null>
}

export interface LogLine {
  readonly level: string
  readonly msg: string
  readonly [field: string]: unknown
}

// Has the kernel end the server should the test process die before it could; only Linux has it.
const withUs = ['setpriv', '--pdeathsig', 'KILL', '--']
const launcher = spawnSync('setpriv', [...withUs.slice(1), 'true']).status === 0 ? withUs : []

/** Starts a server and resolves when it listens. It may not be ready: its cluster need not be there. */
export async function startServer({
  caPem,
  reviewApi = false,
  ...server
}: ServerOptions): Promise<ServerProcess> {
  return launchServer({ args: argsOnThisHost(server, { 'review-api': reviewApi ? 'token' : 'off' }), caPem })
}

/** @param others further flags, without dashes; each goes before the usual one */
export function argsOnThisHost(
  {
    kubeconfig,
    certFile,
    keyFile,
    port,
  }: Pick<ServerOptions, 'kubeconfig' | 'certFile' | 'keyFile' | 'port'>,
  others: Readonly<Record<string, string | number>>,
): string[] {
  const flags = {
    kubeconfig,
    'tls-cert': certFile,
    'tls-key': keyFile,
    host: '127.0.0.1',
    port,
    'ops-port': 0,
    'drain-seconds': 0,
    'log-level': 'debug',
    ...others,
  }
  return Object.entries(flags).map(([name, value]) => `--${name}=${value}`)
}

export interface LaunchOptions {
  /** of `serve --cluster` */
  readonly args: readonly string[]
  /** what the certificate is checked with by `review`; nothing where no review is sent past the API server */
  readonly caPem?: string | undefined
  /** a command before that of the program, such as `ip netns exec NAME` */
  readonly within?: readonly string[]
  readonly nodeFlags?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** path of `main.ts`, or of a bundle */
  readonly program?: string
}

/** A server and where it listens. */
export interface LaunchedServer extends ServerProcess {
  readonly url: string
  readonly opsUrl: string
  /** sends a signal and waits for nothing */
  signal(signal: NodeJS.Signals): void
}

/** Starts `serve --cluster` with the flags alone that are given, and resolves when it listens. */
export async function launchServer({
  args,
  caPem,
  within = [],
  nodeFlags = [],
  env = {},
  program = PROGRAM,
}: LaunchOptions): Promise<LaunchedServer> {
  const command = [...within, ...launcher, process.execPath, ...nodeFlags, program, 'serve', '--cluster']
  const child = spawn(command[0] ?? '', [...command.slice(1), ...args], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const hasEnded = (): boolean => child.exitCode !== null || child.signalCode !== null
  const log: LogLine[] = []
  const plain: string[] = []
  createInterface(child.stderr).on('line', (line) => {
    if (line.startsWith('{')) log.push(JSON.parse(line) as LogLine)
    else plain.push(line)
  })
  const output: string[] = []
  createInterface(child.stdout).on('line', (line) => output.push(line))

  const [url = '', opsUrl = ''] = await waitUntil(
    'the server listens',
    async () => /listening on (\S+), probes and metrics on (\S+)/.exec(output.join('\n'))?.slice(1),
    {
      // two of them start beside a control plane, perhaps on a machine that is busy
      timeout: 180_000,
      hopeless: async () => (hasEnded() ? `the server has ended: ${plain.join('\n')}` : undefined),
    },
  )
  const agent = new Agent({ connect: caPem === undefined ? {} : { ca: caPem }, allowH2: false })

  return {
    url,
    opsUrl,
    pid: child.pid ?? 0,
    ask: (path) => send('GET', `${opsUrl}${path}`),
    review: (stage, review) => send('POST', `${url}/${stage}`, review, agent),
    log,
    hasEnded,
    signal: (signal) => void child.kill(signal),
    async stop(signal = 'SIGTERM') {
      if (!hasEnded()) {
        const ended = once(child, 'exit')
        child.kill(signal)
        await ended
      }
      await agent.destroy()
      return child.exitCode
    },
  }
}

async function send(
  method: 'GET' | 'POST',
  url: string,
  body?: unknown,
  dispatcher?: Agent,
): Promise<HttpAnswer> {
  const response = await request(url, {
    method,
    ...(dispatcher === undefined ? {} : { dispatcher }),
    ...(body === undefined
      ? {}
      : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  })
  return { status: response.statusCode, headers: response.headers, body: await response.body.text() }
}
