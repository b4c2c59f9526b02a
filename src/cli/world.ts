import { objectOr } from '../core/cluster-facts.ts'
import { isDnsLabel } from '../core/dns-names.ts'
import type { Inventory } from '../core/inventory.ts'
import { quote } from '../core/quote.ts'
import { ANNOTATION } from '../core/vocabulary.ts'
import type { PolicySet } from '../core/policy.ts'
import type { FactSource } from '../facts/fact-source.ts'
import type { KubeClient } from '../kube/kube-client.ts'
import type { Settings } from '../core/settings.ts'
import { isReviewable, type ReviewContext } from '../review/review-manifest.ts'
import { isState, makeStateStore, type StateStore } from '../state/state-store.ts'
import { ManifestError, type Manifest } from '../state/manifest.ts'
import { expandWorkload } from '../workloads/expand.ts'
import { readFiles, type FileReading } from '../state/read-files.ts'
import { openCluster, orIncomplete, readCluster, type AskedCluster } from './ask-cluster.ts'
import { CommandError, type Io } from './io.ts'
import type { ListedWorkloads } from './list-workloads.ts'
import type { WorldOptions } from './world-options.ts'

/** What a command looks at: the objects it was given, the instances that there are, and what governs their use. */
export interface World extends AsyncDisposable {
  /** the objects of `-f`, or else of `--state`, in order */
  readonly manifests: readonly Manifest[]
  readonly inventory: Inventory
  readonly policies: PolicySet
  readonly facts: FactSource
  /** of the cluster that is asked; none without one */
  readonly client: KubeClient | undefined
  /** pods that a cluster says use an instance, by `<namespace>/<appId>`; none where no cluster was asked for them */
  readonly consumers: ReadonlyMap<string, number> | undefined
}

/** What a world is made of, while more may still be put on it. */
export interface Ground extends AsyncDisposable {
  /** as those of {@link World} */
  readonly manifests: readonly Manifest[]
  readonly store: StateStore
  readonly cluster: AskedCluster | undefined
  /** a sentence for each list of a cluster's workloads that could not be read to its end */
  readonly missing: readonly string[]
}

export interface WorldRequest {
  readonly files: readonly string[]
  /** without `-f` the objects are the workloads of the cluster that ask for an instance */
  readonly workloads?: true
  /** what is about to be applied, and so can be no part of what there is */
  readonly proposed?: readonly FileReading[]
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
  await using stack = new AsyncDisposableStack()
  const { manifests, store, cluster } = stack.use(await readGround(options, request, io))
  const { inventory, policies, facts } = store.snapshot()
  const consumers =
    cluster === undefined || !request.consumers
      ? undefined
      : await countIn(cluster.client, options.namespace ?? '')
  const open = stack.move()
  return {
    manifests,
    inventory,
    policies,
    facts: cluster?.facts ?? facts,
    client: cluster?.client,
    consumers,
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  }
}

/**
 * Reads what {@link readWorld} makes a world of.
 *
 * @throws as {@link readWorld}
 */
export async function readGround(options: WorldOptions, request: WorldRequest, io: Io): Promise<Ground> {
  const { clusterDomain, namespace = 'default', state: statePaths = [] } = options
  if (options.cluster && statePaths.length > 0) {
    throw new CommandError(
      '--state and --cluster together: instances come from manifests or from a cluster. Keep one of the two.',
    )
  }
  const places = { cwd: io.cwd, readStdin: readOnce(io.readStdin) }
  const given = await readFiles(request.files, places)
  const state = await readFiles(statePaths, places)
  refuseProposed([...state, ...given], request)
  tellSkipped([...state, ...given.filter(isNotIn(state))], options, io)

  const store = makeStateStore(clusterDomain)
  await using stack = new AsyncDisposableStack()
  const cluster = options.cluster
    ? stack.use(await openCluster(options, io, (name) => store.namespaces.get(name)))
    : undefined
  const { manifests, missing, everywhere } =
    cluster !== undefined && request.workloads && request.files.length === 0
      ? await scan(cluster, options, io)
      : { manifests: manifestsOf(request.files.length > 0 ? given : state), missing: [] }
  const namespaces = everywhere ? [''] : namespacesOf(manifests, request, options)
  if (cluster !== undefined) await readCluster(store, cluster, namespaces)
  store.add(manifestsOf(state), namespace)
  // what is about to be applied replaces what the state has of the same name
  if (!request.stateOnly) store.add(manifestsOf(given.filter(isNotIn(state))), namespace)
  if (!options.cluster && statePaths.length === 0 && !tellsOfInstances(store.inventory.current())) {
    throw new CommandError(
      'nothing says which instances there are: give --state PATH, or --cluster, or -f files that contain them.',
    )
  }
  const open = stack.move()
  return { manifests, store, cluster, missing, [Symbol.asyncDispose]: () => open.disposeAsync() }
}

async function scan(
  cluster: AskedCluster,
  { namespace }: WorldOptions,
  io: Io,
): Promise<ListedWorkloads & { readonly everywhere: boolean }> {
  const { listWorkloads } = await import('./list-workloads.ts')
  return { ...(await listWorkloads(cluster, namespace ?? '', io)), everywhere: namespace === undefined }
}

/** A file cannot be what there is and what is proposed: it would be compared with itself, and nothing would change. */
function refuseProposed(readings: readonly FileReading[], { proposed = [] }: WorldRequest): void {
  const twice = readings.find((reading) => !isNotIn(proposed)(reading))
  const [first] = twice?.manifests ?? []
  if (first === undefined) return
  throw new CommandError(
    `${first.source.file} is proposed (-p), and is also part of what there is (--state or -f): nothing in it could change. Keep it out of one of the two.`,
  )
}

const ASK_MS = 30_000

async function countIn(client: KubeClient, namespace: string): Promise<ReadonlyMap<string, number>> {
  const { countConsumers } = await import('../discovery/count-consumers.ts')
  return orIncomplete(
    `the consumers are unknown: ${client.server} did not list the pods with our label`,
    () => countConsumers(client, namespace, AbortSignal.timeout(ASK_MS)),
  )
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

/** Standard input for all options that may name it. */
export function readOnce(read: () => Promise<string>): () => Promise<string> {
  let isRead = false
  return () => {
    if (isRead) throw new CommandError('standard input (-) is named twice: it can be read once.')
    isRead = true
    return read()
  }
}

/** What is neither a pod nor tells of one is counted, so that nobody takes a review of nothing for a good one. */
export function tellSkipped(readings: readonly FileReading[], { strict }: WorldOptions, io: Io): void {
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
        .flatMap((manifest) => [
          reviewedNamespace(manifest) || (namespace ?? 'default'),
          ...askedNamespace(manifest),
        ]),
    ),
  ]
}

/** The namespace of the instance that a pod asks for, where that is another one. */
function askedNamespace(manifest: Manifest): string[] {
  const object =
    manifest.kind === 'AdmissionReview'
      ? objectOr(objectOr(manifest.object['request'])['object'])
      : expandWorkload(manifest, '').pod
  const asked = objectOr(objectOr(object['metadata'])['annotations'])[ANNOTATION.namespace]
  return typeof asked === 'string' && isDnsLabel(asked) ? [asked] : []
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

/** How long a command may ask a cluster. */
const COMMAND_MS = 10 * 60_000

/** What a command decides with: what it looked at, under the same settings as a server. */
export function contextOf(
  { inventory, policies, facts }: Pick<World, 'inventory' | 'policies' | 'facts'>,
  settings: Settings,
  defaultNamespace: string,
): ReviewContext {
  return {
    known: { inventory, policies, settings, now: Date.now() },
    facts,
    defaultNamespace,
    signal: AbortSignal.timeout(COMMAND_MS),
  }
}
