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
import { isState, makeStateStore } from '../state/state-store.ts'
import { ManifestError, type Manifest } from '../state/manifest.ts'
import { expandWorkload } from '../workloads/expand.ts'
import { readFiles, type FileReading } from '../state/read-files.ts'
import { openCluster, orIncomplete, readCluster } from './ask-cluster.ts'
import { CommandError, type Io } from './io.ts'
import type { WorldOptions } from './world-options.ts'

/** What a command looks at: the objects it was given, the instances that there are, and what governs their use. */
export interface World extends AsyncDisposable {
  /** the objects of `-f`, or else of `--state`, in order */
  readonly manifests: readonly Manifest[]
  readonly inventory: Inventory
  readonly policies: PolicySet
  readonly facts: FactSource
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
  const store = makeStateStore(clusterDomain)
  await using stack = new AsyncDisposableStack()
  const cluster = options.cluster
    ? stack.use(await openCluster(options, io, (name) => store.namespaces.get(name)))
    : undefined
  const namespaces = namespacesOf(manifests, request, options)
  if (cluster !== undefined) await readCluster(store, cluster, namespaces)
  store.add(manifestsOf(state), namespace)
  // what is about to be applied replaces what the state has of the same name
  if (!request.stateOnly) store.add(manifestsOf(given.filter(isNotIn(state))), namespace)
  const { inventory, policies, facts } = store.snapshot()
  if (!options.cluster && statePaths.length === 0 && !tellsOfInstances(inventory)) {
    throw new CommandError(
      'nothing says which instances there are: give --state PATH, or --cluster, or -f files that contain them.',
    )
  }
  const consumers =
    cluster === undefined || !request.consumers
      ? undefined
      : await countIn(cluster.client, namespaces[0] ?? '')
  const open = stack.move()
  return {
    manifests,
    inventory,
    policies,
    facts: cluster?.facts ?? facts,
    consumers,
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  }
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
  { inventory, policies, facts }: World,
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
