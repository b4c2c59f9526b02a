import { objectOr } from '../core/cluster-facts.ts'
import { isDnsLabel } from '../core/dns-names.ts'
import type { Inventory } from '../core/inventory.ts'
import { quote } from '../core/quote.ts'
import { makeInventoryStore, type InventoryStore } from '../discovery/inventory-store.ts'
import { isReviewable } from '../review/review-manifest.ts'
import { addToStore, isState } from '../state/build-snapshot.ts'
import { ManifestError, type Manifest } from '../state/manifest.ts'
import { readFiles, type FileReading } from '../state/read-files.ts'
import { CommandError, type Io } from './io.ts'
import type { WorldOptions } from './world-options.ts'

/** What a command looks at: the objects it was given, and the instances that there are. */
export interface World {
  /** the objects of `-f`, or else of `--state`, in order */
  readonly manifests: readonly Manifest[]
  readonly inventory: Inventory
  /** pods that a cluster says use an instance, by `<namespace>/<appId>`; none where no cluster was asked for them */
  readonly consumers: ReadonlyMap<string, number> | undefined
}

export interface WorldRequest {
  readonly files: readonly string[]
  /** objects of `-f` are no state */
  readonly stateOnly?: true | undefined
  /** list all namespaces of a cluster, instead of those that the objects of `-f` are in */
  readonly allNamespaces?: true
  /** also count the pods, of the namespace or of all, that use each instance */
  readonly consumers?: true
}

/**
 * Reads files and state, or asks a cluster.
 *
 * @throws CommandError 2 where nothing says what instances there are, 3 where a cluster does not tell
 */
export async function readWorld(options: WorldOptions, request: WorldRequest, io: Io): Promise<World> {
  const { clusterDomain, namespace = 'default', state: statePaths = [] } = options
  if (options.cluster && statePaths.length > 0) {
    throw new CommandError(
      '--state and --cluster together: instances come from manifests or from a cluster. Keep one of the two.',
    )
  }
  const places = { cwd: io.cwd, readStdin: once(io.readStdin) }
  const given = await readFiles(request.files, places)
  const state = await readFiles(statePaths, places)
  tellSkipped([...state, ...given.filter(isNotIn(state))], options, io)

  const manifests = manifestsOf(request.files.length > 0 ? given : state)
  const store = makeInventoryStore(clusterDomain)
  const consumers = options.cluster
    ? await askCluster(store, namespacesOf(manifests, request, options), options, request)
    : undefined
  addToStore(store, manifestsOf(state), namespace)
  // what is about to be applied replaces what the state has of the same name
  if (!request.stateOnly) addToStore(store, manifestsOf(given.filter(isNotIn(state))), namespace)
  const inventory = store.current()
  if (!options.cluster && statePaths.length === 0 && !tellsOfInstances(inventory)) {
    throw new CommandError(
      'nothing says which instances there are: give --state PATH, or --cluster, or -f files that contain them.',
    )
  }
  return { manifests, inventory, consumers }
}

function isNotIn(readings: readonly FileReading[]): (reading: FileReading) => boolean {
  const ids = new Set(readings.map(({ id }) => id))
  return ({ id }) => !ids.has(id)
}

function manifestsOf(readings: readonly FileReading[]): Manifest[] {
  return readings.flatMap(({ manifests }) => manifests)
}

function tellsOfInstances(inventory: Inventory): boolean {
  return [...inventory.values()].some(({ entries, unusable }) => entries.size + unusable.length > 0)
}

function once(read: () => Promise<string>): () => Promise<string> {
  let isRead = false
  return () => {
    if (isRead) throw new CommandError('standard input (-) is named twice: it can be read once.')
    isRead = true
    return read()
  }
}

/** What is neither a pod nor tells of one is counted, so that nobody takes a review of nothing for a good one. */
function tellSkipped(readings: readonly FileReading[], { strict }: WorldOptions, io: Io): void {
  const unknown = manifestsOf(readings).filter((manifest) => !isReviewable(manifest) && !isState(manifest))
  const [first] = unknown
  if (strict && first !== undefined) {
    throw new ManifestError(
      first.source,
      `${first.apiVersion} ${first.kind} is no kind that this command knows (--strict).`,
    )
  }
  const parts = [...Map.groupBy(unknown, ({ kind }) => kind)].map(
    ([kind, same]) => `${kind} (${same.length})`,
  )
  const empty = readings.reduce((sum, reading) => sum + reading.empty, 0)
  if (empty > 0) parts.push(`empty documents (${empty})`)
  if (parts.length > 0) io.err(`skipped: ${parts.join(', ')}\n`)
}

/** Asking namespace by namespace needs no rights beyond those of the application's own team. */
function namespacesOf(
  manifests: readonly Manifest[],
  { allNamespaces }: WorldRequest,
  { namespace }: WorldOptions,
): string[] {
  if (allNamespaces) return [namespace ?? '']
  return [
    ...new Set(
      manifests
        .filter(isReviewable)
        .map((manifest) => reviewedNamespace(manifest) || (namespace ?? 'default')),
    ),
  ]
}

/** @throws ManifestError for a namespace that cannot be: it becomes part of a path of the API */
function reviewedNamespace({ object, kind, namespace, source }: Manifest): string {
  const named = kind === 'AdmissionReview' ? objectOr(object['request'])['namespace'] : namespace
  if (named === undefined || named === '' || (typeof named === 'string' && isDnsLabel(named)))
    return named ?? ''
  throw new ManifestError(
    source,
    `a namespace that Kubernetes refuses: ${quote(typeof named === 'string' ? named : '')}.`,
  )
}

const ASK_MS = 30_000

async function askCluster(
  store: InventoryStore,
  namespaces: readonly string[],
  { kubeconfig, context }: WorldOptions,
  { consumers }: WorldRequest,
): Promise<ReadonlyMap<string, number> | undefined> {
  const [{ connect }, { listInto }, { countConsumers }] = await Promise.all([
    import('../kube/client.ts'),
    import('../discovery/read-namespace.ts'),
    import('../discovery/count-consumers.ts'),
  ])
  await using client = await connect({ kubeconfig, context })
  for (const namespace of namespaces) {
    await orIncomplete(
      `the instances of ${namespace === '' ? 'all namespaces' : `namespace ${namespace}`} are unknown: ${client.server} did not list its DaemonSets, Deployments and Services`,
      () => listInto(store, client, namespace, AbortSignal.timeout(ASK_MS)),
    )
  }
  if (!consumers) return undefined
  // awaited here: the client ends with this function
  return await orIncomplete(
    `the consumers are unknown: ${client.server} did not list the pods with our label`,
    () => countConsumers(client, namespaces[0] ?? '', AbortSignal.timeout(ASK_MS)),
  )
}

async function orIncomplete<T>(unknown: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (error) {
    throw new CommandError(`${unknown} (${error instanceof Error ? error.message : 'no answer'}).`, 3)
  }
}
