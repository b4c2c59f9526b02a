import type { Inventory } from '../../core/inventory.ts'
import type { Unread } from '../../state/incomplete.ts'
import type { Manifest } from '../../state/manifest.ts'
import { readFiles, type FileReading } from '../../state/read-files.ts'
import { makeStateStore, type StateStore } from '../../state/state-store.ts'
import { openCluster, readCluster, type AskedCluster } from '../cluster/ask-cluster.ts'
import { askedNamespaces } from './asked-namespaces.ts'
import { CommandError, type Io } from '../io.ts'
import type { ListedWorkloads } from '../cluster/list-workloads.ts'
import { readOnce } from './read-once.ts'
import { tellSkipped } from './tell-skipped.ts'
import { tellUnread } from './tell-unread.ts'
import type { WorldOptions } from './world-options.ts'

/** What a world is made of, while more may still be put on it. */
export interface Ground extends AsyncDisposable {
  /** as those of {@link World} */
  readonly manifests: readonly Manifest[]
  readonly store: StateStore
  readonly cluster: AskedCluster | undefined
  /** a sentence for each list of a cluster's workloads that could not be read to its end */
  readonly missing: readonly string[]
  /** what the recordings among the state do not have */
  readonly unread: readonly Unread[]
}

export interface GroundRequest {
  readonly files: readonly string[]
  /** without `-f` the objects are the workloads of the cluster that ask for an instance */
  readonly workloads?: true
  /** what is about to be applied, and so can be no part of what there is */
  readonly proposed?: readonly FileReading[]
  /** objects of `-f` are no state */
  readonly stateOnly?: true | undefined
  /** list all namespaces of a cluster, instead of those that the objects of `-f` are in */
  readonly allNamespaces?: true
}

/**
 * Reads files and state, or asks a cluster.
 *
 * @throws CommandError 2 where nothing says what instances there are, 3 where a cluster does not tell
 */
export async function readGround(options: WorldOptions, request: GroundRequest, io: Io): Promise<Ground> {
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
  const readings = [...state, ...given.filter(isNotIn(state))]
  tellSkipped(readings, options, io)
  const unread = tellUnread(manifestsOf(readings), io)

  const store = makeStateStore(clusterDomain)
  await using stack = new AsyncDisposableStack()
  const cluster = options.cluster
    ? stack.use(await openCluster(options, io, (name) => store.namespaces.get(name)))
    : undefined
  const { manifests, missing, everywhere } =
    cluster !== undefined && request.workloads && request.files.length === 0
      ? await scan(cluster, options, io)
      : {
          manifests: manifestsOf(request.files.length > 0 ? given : state),
          missing: request.files.length > 0 ? [] : workloadsAmong(unread),
        }
  const namespaces = everywhere
    ? ['']
    : request.allNamespaces
      ? [options.namespace ?? '']
      : askedNamespaces(manifests, options.namespace)
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
  return { manifests, store, cluster, missing, unread, [Symbol.asyncDispose]: () => open.disposeAsync() }
}

async function scan(
  cluster: AskedCluster,
  { namespace }: WorldOptions,
  io: Io,
): Promise<ListedWorkloads & { readonly everywhere: boolean }> {
  const { listWorkloads } = await import('../cluster/list-workloads.ts')
  return { ...(await listWorkloads(cluster, namespace ?? '', io)), everywhere: namespace === undefined }
}

/** A file cannot be what there is and what is proposed: it would be compared with itself, and nothing would change. */
function refuseProposed(readings: readonly FileReading[], { proposed = [] }: GroundRequest): void {
  const isOther = isNotIn(proposed)
  const twice = readings.find((reading) => !isOther(reading))
  const [first] = twice?.manifests ?? []
  if (first === undefined) return
  throw new CommandError(
    `${first.source.file} is proposed (-p), and is also part of what there is (--state or -f): nothing in it could change. Keep it out of one of the two.`,
  )
}

function isNotIn(readings: readonly FileReading[]): (reading: FileReading) => boolean {
  const ids = new Set(readings.map(({ id }) => id))
  return ({ id }) => !ids.has(id)
}

function manifestsOf(readings: readonly FileReading[]): Manifest[] {
  return readings.flatMap(({ manifests }) => manifests)
}

/** No answer about another object rests on workloads, but whoever looks at all of them has not seen these. */
function workloadsAmong(unread: readonly Unread[]): string[] {
  return unread.flatMap(({ kind, why }) => (kind === undefined ? [`${why}.`] : []))
}

function tellsOfInstances(inventory: Inventory): boolean {
  return [...inventory.values()].some(({ entries, unusable }) => entries.size + unusable.length > 0)
}
