import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, delimiter, resolve } from 'node:path'
import { KubeConfig } from '@kubernetes/client-node'
import { parse } from 'yaml'
import { readFields } from './read-fields.ts'

/** There is no usable way to an API server. `message`: what, where, and how to mend it. */
export class KubeConfigError extends Error {
  override readonly name = 'KubeConfigError'
}

export interface KubeConfigChoice {
  /** a kubeconfig file */
  readonly kubeconfig?: string | undefined
  /** the name of a context in it */
  readonly context?: string | undefined
}

type Environment = Readonly<Record<string, string | undefined>>

/**
 * Reads where the API server is and who we are. Looked for in this order: the file that was named; the files of
 * KUBECONFIG; the service account, when run in a pod; `~/.kube/config`. That is controller-runtime's order: KUBECONFIG is
 * somebody's wish and goes before the pod that a program happens to run in, as on a CI runner. A context can only be
 * chosen from files.
 */
export function loadKubeConfig({ kubeconfig, context }: KubeConfigChoice, env: Environment): KubeConfig {
  const config = findKubeConfig(kubeconfig, context !== undefined, env)
  if (context !== undefined) config.setCurrentContext(context)
  return check(config)
}

function findKubeConfig(named: string | undefined, wantsContext: boolean, env: Environment): KubeConfig {
  if (named !== undefined) return readFiles([named])

  const listed = (env['KUBECONFIG'] ?? '').split(delimiter).filter((file) => file !== '')
  if (listed.length > 0) {
    // kubectl, too, takes what there is of the list.
    const present = listed.filter((file) => existsSync(file))
    if (present.length > 0) return readFiles(present)
    throw new KubeConfigError(
      `KUBECONFIG names ${listed.join(', ')}, which does not exist: correct it, or unset it`,
    )
  }

  const inPod = env['KUBERNETES_SERVICE_HOST'] !== undefined && env['KUBERNETES_SERVICE_PORT'] !== undefined
  if (inPod && !wantsContext) return readServiceAccount()

  const usual = env['HOME'] === undefined ? undefined : join(env['HOME'], '.kube', 'config')
  if (usual !== undefined && existsSync(usual)) return readFiles([usual])
  throw new KubeConfigError(
    `no Kubernetes cluster is configured: KUBECONFIG is not set, ${usual ?? '~/.kube/config'} does not exist, and this is not a pod ` +
      '(KUBERNETES_SERVICE_HOST is not set). Give --kubeconfig a file',
  )
}

function readServiceAccount(): KubeConfig {
  const config = new KubeConfig()
  config.loadFromCluster()
  const authProvider: unknown = config.getCurrentUser()?.authProvider
  const tokenFile = String(readFields(readFields(authProvider)['config'])['tokenFile'])
  for (const file of [tokenFile, config.getCurrentCluster()?.caFile ?? ''])
    if (!existsSync(file))
      throw new KubeConfigError(
        `this is a pod (KUBERNETES_SERVICE_HOST is set), but ${file} does not exist: the pod needs a service account with ` +
          'automountServiceAccountToken: true',
      )
  return config
}

/** Reads files and lays them over each other as kubectl does: for each name, and for the current context, the first wins. */
function readFiles(files: readonly string[]): KubeConfig {
  const parts = files.map(readFile)
  const merged = new KubeConfig()
  merged.loadFromOptions({
    clusters: firstOfEachName(parts.flatMap((part) => part.getClusters())),
    users: firstOfEachName(parts.flatMap((part) => part.getUsers())),
    contexts: firstOfEachName(parts.flatMap((part) => part.getContexts())),
    currentContext: parts.map((part) => part.getCurrentContext()).find((name) => name),
  })
  return merged
}

function firstOfEachName<Named extends { name: string }>(all: Named[]): Named[] {
  return all.filter(({ name }, index) => all.findIndex((other) => other.name === name) === index)
}

function readFile(file: string): KubeConfig {
  try {
    const text = readFileSync(file, 'utf8')
    const config = new KubeConfig()
    config.loadFromString(text)
    config.makePathsAbsolute(dirname(resolve(file)))
    applyTokenFiles(config, text, dirname(resolve(file)))
    return config
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new KubeConfigError(`the kubeconfig ${file} cannot be used: ${why}`, { cause: error })
  }
}

/** client-node reads `token-file`, once; what kubectl writes is `tokenFile`, to be read again as it changes. */
function applyTokenFiles(config: KubeConfig, text: string, folder: string): void {
  const { users } = readFields(parse(text))
  if (!Array.isArray(users)) return
  for (const item of users as unknown[]) {
    const { name, user } = readFields(item)
    const { tokenFile } = readFields(user)
    const owner = config.getUsers().find((candidate) => candidate.name === name)
    if (typeof tokenFile !== 'string' || owner === undefined) continue
    Object.assign(owner, {
      token: undefined,
      authProvider: { name: 'tokenFile', config: { tokenFile: resolve(folder, tokenFile) } },
    })
  }
}

/** A config whose current context leads to a cluster, a user, and an address that can be asked. */
function check(config: KubeConfig): KubeConfig {
  const name = config.getCurrentContext()
  const known = config.getContexts().map((context) => context.name)
  const context = config.getContexts().find((candidate) => candidate.name === name)
  const choices = known.length > 0 ? `it has ${known.join(', ')}` : 'it has none at all'
  if (!name)
    throw new KubeConfigError(`the kubeconfig has no current context (${choices}): choose one with --context`)
  if (!context) throw new KubeConfigError(`the kubeconfig has no context ${name}; ${choices}`)

  const cluster = config.getCurrentCluster()
  if (!cluster)
    throw new KubeConfigError(
      `context ${name} names the cluster ${context.cluster}, which the kubeconfig lacks`,
    )
  if (context.user && !config.getCurrentUser())
    throw new KubeConfigError(`context ${name} names the user ${context.user}, which the kubeconfig lacks`)
  if (!context.user) {
    // client-node ignores the CA of the cluster, too, when there is no user at all.
    Object.assign(context, { user: 'anonymous' })
    if (!config.getUser('anonymous')) config.addUser({ name: 'anonymous' })
  }

  const url = URL.parse(cluster.server)
  if (!url || !/^https?:$/.test(url.protocol))
    throw new KubeConfigError(
      `cluster ${cluster.name} has the server ${cluster.server}, which is not an http(s) address`,
    )
  if (url.protocol === 'http:' && !cluster.skipTLSVerify) {
    if (!isLoopback(url.hostname))
      throw new KubeConfigError(
        `cluster ${cluster.name} would be asked without TLS at ${cluster.server}, and credentials sent readable: use https`,
      )
    // `kubectl proxy` and test servers. client-node refuses http without this; it has no other effect there.
    Object.assign(cluster, { skipTLSVerify: true })
  }
  return config
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname)
}
