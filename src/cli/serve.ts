import type { Command } from 'commander'
import type { App } from '../app.ts'
import { envName } from '../config/env-name.ts'
import { SERVE_FLAGS } from '../config/serve-flags.ts'
import { readServeSettings, type ServeSettings } from '../config/serve-settings.ts'
import type { Logger } from '../telemetry/logger.ts'
import { CommandError, type Io } from './io.ts'
import type { AddCommand } from './add-command.ts'
import { collect } from './world/world-options.ts'

const EXAMPLES = `
Every flag has an environment variable: --ops-port is ${envName('ops-port')}.

Examples:
  dapr-shared serve --state deploy/examples/shop   a folder of manifests is the cluster
  dapr-shared serve --cluster                      the cluster of the kubeconfig, or the one this pod runs in
  dapr-shared serve --cluster --tls-cert tls.crt --tls-key tls.key --log-level debug`

const UNEXPECTED = ['uncaughtException', 'unhandledRejection'] as const
const BROKEN_MS = 5000

export const addServe: AddCommand = (program, io, finish) => {
  const command: Command = program
    .command('serve')
    .summary('the webhook')
    .description(
      'Serves the webhook over TLS: /mutate and /validate for pods, /workloads and /protect; probes and metrics on a port of their own. Instances, policies, grants and exceptions are taken up as they change.',
    )
    .option(
      '--state <PATH>',
      'file or folder of manifests that stands for the cluster, watched for changes; may repeat',
      collect,
    )
    .option('--cluster', 'watch the cluster of the kubeconfig, or the one this pod runs in')
  for (const { name, value, help } of SERVE_FLAGS) command.option(`--${name} <${value}>`, help)
  command.addHelpText('after', EXAMPLES).action(async () => finish(await serve(command, io)))
}

async function serve(command: Command, io: Io): Promise<number> {
  const settings = readSettings(command, io)
  // fastify and pino are for who serves
  const [{ startApp }, { makeLogger }, { default: closeWithGrace }] = await Promise.all([
    import('../app.ts'),
    import('../telemetry/logger.ts'),
    import('close-with-grace'),
  ])
  const log = makeLogger(settings.logLevel)
  const app = await startApp(settings, { log, cwd: io.cwd, readStdin: io.readStdin })
  const delay = (settings.drainSeconds + 15) * 1000
  const stopped = Promise.withResolvers<number>()
  closeWithGrace({ delay, logger: false, skip: [...UNEXPECTED] }, async () => {
    await app.drain()
    await app[Symbol.asyncDispose]()
    log.info({}, 'stopped')
    stopped.resolve(0)
  })
  stopWhenBroken(app, log)

  // only now: who reads the line may send the signal
  io.out(`dapr-shared listening on ${app.url}, probes and metrics on ${app.opsUrl}\n`)
  if (settings.source.kind === 'state') io.err(whatToTry(settings.source.paths, io))
  return stopped.promise
}

/**
 * What threw where nobody catches it may have left anything behind: no answer of this process is to be trusted any more.
 * Reviews are handed over to other replicas from the first moment, what is under way may end, and the process ends with 1.
 * Errors that follow from the first change nothing of it.
 */
function stopWhenBroken(app: App, log: Logger): void {
  let isBroken = false
  const stop = async (err: unknown): Promise<void> => {
    log.fatal({ err }, 'unexpected: stopping')
    if (isBroken) return
    isBroken = true
    setTimeout(() => process.exit(1), BROKEN_MS)
    await app.drain('hurried')
    await app[Symbol.asyncDispose]()
    log.info({}, 'stopped')
    process.exit(1)
  }
  for (const event of UNEXPECTED) process.on(event, (err) => void stop(err))
}

/** The next command for somebody who has just started the server on a folder. */
function whatToTry(paths: readonly string[], { env }: Io): string {
  const program = env['npm_lifecycle_event'] === undefined ? 'dapr-shared' : 'npm run -s dapr-shared --'
  return `\nTry, in another terminal:\n  ${program} review ${paths.map((path) => `-f ${path}`).join(' ')}\n\n`
}

function readSettings(command: Command, io: Io): ServeSettings {
  const { state = [], cluster } = command.opts<{ state?: string[]; cluster?: true }>()
  const flags = Object.fromEntries(
    SERVE_FLAGS.map(({ name }) => [name, command.getOptionValue(camel(name)) as string | undefined]),
  )
  const { settings, problems, warnings } = readServeSettings(
    { flags, state, cluster: cluster ?? false },
    io.env,
  )
  for (const warning of warnings) io.err(`${warning}\n`)
  if (settings === undefined) throw new CommandError(problems.join('\n'))
  return settings
}

function camel(flag: string): string {
  return flag.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())
}
