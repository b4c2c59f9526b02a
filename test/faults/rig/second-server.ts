import { findFreePorts } from '../../cluster/free-ports.ts'
import {
  argsOnThisHost,
  launchServer,
  type LaunchedServer,
  type LaunchOptions,
} from '../../e2e/support/server-process.ts'
import type { Stage } from './stage.ts'

export interface SecondServerOptions extends Omit<LaunchOptions, 'args' | 'caPem'> {
  /** another way to the API server than the one of the stage's own server */
  readonly kubeconfig?: string
  /** further flags of `serve`, without dashes; each goes before the usual one */
  readonly flags?: Readonly<Record<string, string | number>>
}

/**
 * Another server beside that of the stage, with the same rights and the same certificate. The API server does not call
 * it: a scenario sends its reviews itself, as the API server would. Whoever asks for it stops it.
 */
export async function startSecondServer(
  { webhook }: Pick<Stage, 'webhook'>,
  { kubeconfig = webhook.kubeconfig, flags = {}, ...launch }: SecondServerOptions = {},
): Promise<LaunchedServer & AsyncDisposable> {
  const [port = 0] = await findFreePorts(1)
  const { certFile, keyFile, caPem } = webhook.rendered
  const args = argsOnThisHost({ kubeconfig, certFile, keyFile, port }, flags)
  const server = await launchServer({ ...launch, args, caPem })
  return { ...server, [Symbol.asyncDispose]: async () => void (await server.stop('SIGKILL')) }
}
