import { isDnsLabel } from '../../core/dns-names.ts'
import { quote } from '../../core/quote.ts'
import type { KubeClient } from '../../kube/kube-client.ts'
import { EXIT } from '../../review/result.ts'
import type { OfflineContext } from '../../server-dry-run/offline-answer.ts'
import { ManifestError, type Manifest } from '../../state/manifest.ts'
import { readFiles } from '../../state/read-files.ts'
import { makesPods } from '../../workloads/expand.ts'
import { openCluster } from '../cluster/ask-cluster.ts'
import { makeOwnerFinder, type OwnerFinder } from './find-owner.ts'
import { readGround } from '../world/ground.ts'
import { CommandError, type Io } from '../io.ts'
import { makeWebhookLookUp, type WebhookLookUp } from './look-at-webhook.ts'
import { settingsOf, type WorldOptions } from '../world/world-options.ts'
import { readOnce } from '../world/read-once.ts'
import { tellSkipped } from '../world/tell-skipped.ts'
import { contextOf } from '../world/world.ts'

export interface SourceOptions extends WorldOptions {
  readonly filename: string[]
  readonly stateOnly?: true
  /** also decide offline */
  readonly compare: boolean
}

/** With what the offline answer is made. */
export interface Offline {
  /** the cluster once the files are applied */
  readonly applied: OfflineContext
  /** the cluster as it is; none where the files do not count */
  readonly today: OfflineContext | undefined
}

/** What `server` asks about, and whom. */
export interface ServerSource extends AsyncDisposable {
  /** everything that was read */
  readonly manifests: readonly Manifest[]
  /** of that, what is a pod or makes pods */
  readonly pods: readonly Manifest[]
  readonly client: KubeClient
  readonly defaultNamespace: string
  /** none where nothing is compared */
  readonly offline: Offline | undefined
  readonly owners: OwnerFinder
  readonly webhook: WebhookLookUp
  readonly isWritten: (namespace: string, kind: string, name: string) => boolean
}

/**
 * Reads the files and opens the cluster.
 *
 * @throws ManifestError for a namespace that cannot be, CommandError 3 where the cluster does not tell of its instances
 */
export async function openServerSource(options: SourceOptions, io: Io): Promise<ServerSource> {
  const { filename, stateOnly, compare, namespace: defaultNamespace = 'default' } = options
  const settings = settingsOf(options)
  const parts = (
    manifests: readonly Manifest[],
    client: KubeClient,
  ): Omit<ServerSource, 'offline' | typeof Symbol.asyncDispose> => ({
    manifests,
    pods: manifests.filter(makesPods).map(refuseOddNamespace),
    client,
    defaultNamespace,
    owners: makeOwnerFinder(client),
    webhook: makeWebhookLookUp(client, settings),
    isWritten: namesIn(manifests, defaultNamespace),
  })
  if (!compare) {
    const readings = await readFiles(filename, { cwd: io.cwd, readStdin: readOnce(io.readStdin) })
    tellSkipped(readings, options, io)
    const cluster = await openCluster(options, io)
    return {
      ...parts(
        readings.flatMap(({ manifests }) => manifests),
        cluster.client,
      ),
      offline: undefined,
      [Symbol.asyncDispose]: () => cluster[Symbol.asyncDispose](),
    }
  }
  await using stack = new AsyncDisposableStack()
  const request = { files: filename, stateOnly: true } as const
  const ground = stack.use(await readGround({ ...options, cluster: true }, request, io).catch(sayHowWithout))
  const { manifests, store, cluster } = ground
  if (cluster === undefined) throw new CommandError('no cluster was opened.')
  const contextNow = (): OfflineContext => {
    const snapshot = store.snapshot()
    const facts = cluster.factsUnder((name) => snapshot.namespaces.get(name))
    return contextOf({ ...snapshot, facts }, settings, defaultNamespace)
  }
  const today = contextNow()
  if (!stateOnly) store.add(manifests, defaultNamespace)
  const open = stack.move()
  return {
    ...parts(manifests, cluster.client),
    offline: stateOnly ? { applied: today, today: undefined } : { applied: contextNow(), today },
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  }
}

/** Whoever may create pods need not be able to read what the offline answer takes. */
function sayHowWithout(error: unknown): never {
  if (!(error instanceof CommandError) || error.exitCode !== EXIT.incomplete) throw error
  throw new CommandError(`${error.message} --no-compare asks the API server alone.`, error.exitCode)
}

/** It becomes part of a path of the API. */
function refuseOddNamespace(manifest: Manifest): Manifest {
  const { namespace, source } = manifest
  if (namespace === '' || isDnsLabel(namespace)) return manifest
  throw new ManifestError(source, `a namespace that Kubernetes refuses: ${quote(namespace)}.`)
}

/** What the input has that a pod may need: a dry run can make none of it. */
function namesIn(manifests: readonly Manifest[], defaultNamespace: string): ServerSource['isWritten'] {
  const key = (namespace: string, kind: string, name: string): string =>
    kind === 'ServiceAccount' ? `${kind}/${namespace}/${name}` : `${kind}/${name}`
  const written = new Set(
    manifests.map(({ kind, name, namespace }) => key(namespace || defaultNamespace, kind, name)),
  )
  return (namespace, kind, name) => written.has(key(namespace, kind, name))
}
