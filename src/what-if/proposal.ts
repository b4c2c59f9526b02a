import { few } from '../core/few.ts'
import { objectOr } from '../core/cluster-facts.ts'
import { quote } from '../core/quote.ts'
import { isResourceKind, KINDS, RESOURCE_KINDS, type ResourceKind } from '../policy/kinds.ts'
import { describe, groupOf, ManifestError, type Manifest } from '../state/manifest.ts'
import type { StateStore } from '../state/state-store.ts'

/** What is about to change. */
export interface Proposal {
  /** as `kubectl apply` would put them there */
  readonly manifests: readonly Manifest[]
  /** policies, grants and exceptions that are not among the manifests go */
  readonly prune: boolean
  readonly removals: readonly Removal[]
}

/** One resource that goes. */
export interface Removal {
  readonly kind: ResourceKind
  /** empty for what belongs to no namespace */
  readonly namespace: string
  readonly name: string
}

/** What a proposal does to one object, for people. */
export interface Effect {
  readonly kind: string
  readonly namespace: string
  readonly name: string
  /** `labels`: of a Namespace that is there, nothing else of which matters */
  readonly effect: 'new' | 'replaced' | 'removed' | 'labels'
}

/** @throws ManifestError for an object that governs nothing */
export function refuseOtherKinds(manifests: readonly Manifest[]): void {
  const odd = manifests.find((manifest) => !isProposable(manifest))
  if (odd === undefined) return
  throw new ManifestError(
    odd.source,
    `${describe(odd)} cannot be proposed: wanted ${RESOURCE_KINDS.join(', ')} or Namespace, got ${odd.apiVersion} ${odd.kind}. Name the files of these with -p, and workloads with -f.`,
  )
}

function isProposable({ apiVersion, kind }: Manifest): boolean {
  const group = groupOf(apiVersion)
  return (group === 'shared.dapr.io' && isResourceKind(kind)) || (apiVersion === 'v1' && kind === 'Namespace')
}

/**
 * Reads `Kind/[namespace/]name`, where the kind may be its short name.
 *
 * @returns nothing where the text is none
 */
export function readRemoval(text: string, defaultNamespace: string): Removal | undefined {
  const [written = '', ...place] = text.split('/')
  const kind = RESOURCE_KINDS.find((one) =>
    [one, KINDS[one].shortName, KINDS[one].plural].some(
      (name) => name.toLowerCase() === written.toLowerCase(),
    ),
  )
  if (kind === undefined || place.length < 1 || place.length > 2 || place.includes('')) return undefined
  const isOfCluster = KINDS[kind].scope === 'Cluster'
  if (isOfCluster && place.length === 2) return undefined
  const name = place.at(-1) ?? ''
  return {
    kind,
    name,
    namespace: isOfCluster ? '' : place.length === 2 ? (place[0] ?? '') : defaultNamespace,
  }
}

/** A resource that cannot be removed, as it is not there. */
export class NothingToRemove extends Error {
  override readonly name = 'NothingToRemove'
}

/**
 * Makes a state what it would be after the proposal.
 *
 * @param isThere whether a namespace is there, as far as is known
 * @returns what happens to each object, by kind and name
 * @throws ManifestError for what the API server would refuse, NothingToRemove
 */
export function propose(
  store: StateStore,
  proposal: Proposal,
  { defaultNamespace, isThere }: { defaultNamespace: string; isThere: (namespace: string) => boolean },
): Effect[] {
  const governing = readGoverning(store)
  const proposed = proposal.manifests.map((manifest) => placed(manifest, defaultNamespace))
  const effects = proposed.map(({ kind, namespace, name }): Effect => {
    const one = { kind, namespace, name }
    if (kind === 'Namespace') return { ...one, effect: isThere(name) ? 'labels' : 'new' }
    return { ...one, effect: governing.has(keyOf(one)) ? 'replaced' : 'new' }
  })
  const ages = new Map(store.policies.current().policies.map(({ name, createdAt }) => [name, createdAt]))
  store.add(
    proposed.map((manifest) => withItsLabels(withItsAge(manifest, ages), store.namespaces)),
    defaultNamespace,
  )

  const stays = new Set(effects.map(keyOf))
  const pruned = proposal.prune
    ? [...governing.values()].filter((one) => one.kind !== 'DaprSharedInstance' && !stays.has(keyOf(one)))
    : []
  const gone = new Map(
    [...pruned, ...proposal.removals.map((one) => found(one, governing))].map((one) => [keyOf(one), one]),
  )
  for (const one of gone.values()) remove(store, one)
  return [...effects.filter((one) => !gone.has(keyOf(one))), ...[...gone.values()].map(asRemoved)].toSorted(
    byName,
  )
}

function asRemoved(removal: Removal): Effect {
  return { ...removal, effect: 'removed' }
}

/** Where an object goes: what belongs to no namespace has none, whatever stands in its file. */
function placed(manifest: Manifest, defaultNamespace: string): Manifest {
  const { kind, namespace } = manifest
  const isOfCluster = kind === 'Namespace' || kind === 'DaprSharedPolicy'
  return { ...manifest, namespace: isOfCluster ? '' : namespace || defaultNamespace }
}

/**
 * What is applied over a resource keeps its age, which decides between defaults of one priority; what is new has none yet,
 * also where it was exported from another cluster.
 */
function withItsAge(manifest: Manifest, ages: ReadonlyMap<string, string>): Manifest {
  if (manifest.kind !== 'DaprSharedPolicy') return manifest
  const { creationTimestamp: _, ...metadata } = objectOr(manifest.object['metadata'])
  const createdAt = ages.get(manifest.name) ?? ''
  const aged = createdAt === '' ? metadata : { ...metadata, creationTimestamp: createdAt }
  return { ...manifest, object: { ...manifest.object, metadata: aged } }
}

/** A Namespace that is applied keeps the labels that its file does not name. */
function withItsLabels(manifest: Manifest, namespaces: StateStore['namespaces']): Manifest {
  if (manifest.kind !== 'Namespace') return manifest
  const metadata = objectOr(manifest.object['metadata'])
  const labels = { ...namespaces.get(manifest.name)?.labels, ...objectOr(metadata['labels']) }
  return { ...manifest, object: { ...manifest.object, metadata: { ...metadata, labels } } }
}

/** Everything that governs now, and external instances. */
function readGoverning(store: StateStore): Map<string, Removal> {
  const { policies, grants, exceptions } = store.policies.current()
  const inNamespaces = (
    kind: ResourceKind,
    lists: ReadonlyMap<string, readonly { readonly name: string }[]>,
  ): Removal[] =>
    [...lists].flatMap(([namespace, list]) => list.map(({ name }) => ({ kind, namespace, name })))
  const all: Removal[] = [
    ...policies.map(({ name }): Removal => ({ kind: 'DaprSharedPolicy', namespace: '', name })),
    ...inNamespaces('DaprSharedGrant', grants),
    ...inNamespaces('DaprSharedException', exceptions),
    ...externalsOf(store),
  ]
  return new Map(all.map((one) => [keyOf(one), one]))
}

const EXTERNAL = 'DaprSharedInstance/'

function externalsOf(store: StateStore): Removal[] {
  return [...store.inventory.current()].flatMap(([namespace, { entries, unusable }]) => {
    const used = [...entries.values()].flatMap((entry) =>
      entry.kind === 'instance'
        ? entry.instance.workload
        : entry.kind === 'ambiguous'
          ? entry.workloads
          : entry.workload,
    )
    const broken = unusable.map(({ kind, name }) => `${kind}/${name}`)
    return [...used, ...broken]
      .filter((workload) => workload.startsWith(EXTERNAL))
      .map((workload): Removal => ({
        kind: 'DaprSharedInstance',
        namespace,
        name: workload.slice(EXTERNAL.length),
      }))
  })
}

function found(removal: Removal, governing: ReadonlyMap<string, Removal>): Removal {
  if (governing.has(keyOf(removal))) return removal
  const { kind, namespace } = removal
  const others = [...governing.values()].filter((one) => one.kind === kind).map(placeOf)
  const there = others.length === 0 ? `there is no ${kind}` : `there is ${few(others, MOST_LISTED)}`
  const where = namespace === '' ? '' : ' in the namespaces that were read'
  throw new NothingToRemove(
    `--remove ${kind}/${placeOf(removal)}: wanted a ${kind} that is there, got ${quote(removal.name)}; ${there}${where}.`,
  )
}

const MOST_LISTED = 10

function remove(store: StateStore, { kind, namespace, name }: Removal): void {
  switch (kind) {
    case 'DaprSharedPolicy':
      store.policies.setPolicy(name, undefined)
      return
    case 'DaprSharedGrant':
      store.policies.setGrant(namespace, name, undefined)
      return
    case 'DaprSharedException':
      store.policies.setException(namespace, name, undefined)
      return
    case 'DaprSharedInstance':
      store.inventory.setExternal(namespace, name, undefined)
      return
  }
}

function keyOf({ kind, namespace, name }: Pick<Effect, 'kind' | 'namespace' | 'name'>): string {
  return `${kind}/${namespace}/${name}`
}

function placeOf({ namespace, name }: Pick<Effect, 'namespace' | 'name'>): string {
  return namespace === '' ? name : `${namespace}/${name}`
}

function byName(a: Effect, b: Effect): number {
  return keyOf(a) < keyOf(b) ? -1 : 1
}
