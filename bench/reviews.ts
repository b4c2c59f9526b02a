import { readFileSync } from 'node:fs'
import jsonPatch from 'fast-json-patch'
import { decideReview, type Stage } from '../src/admission/decide-review.ts'
import { needsFacts, type Decision } from '../src/core/decision.ts'
import type { Facts } from '../src/core/facts.ts'
import { NO_POLICIES } from '../src/core/policy.ts'
import { decodeReview, type Review } from '../src/admission/review.ts'
import type { Settings } from '../src/core/settings.ts'
import type { Inventory } from '../src/core/inventory.ts'
import { toJsonPatch } from '../src/core/json-patch.ts'
import { DEFAULT_SKIPPED_CONTAINERS, SYSTEM_NAMESPACES } from '../src/core/vocabulary.ts'
import { makeInventoryStore } from '../src/discovery/inventory-store.ts'
import { recognizeService } from '../src/discovery/recognize-service.ts'
import { recognizeWorkload } from '../src/discovery/recognize.ts'
import { RECORDED } from './consumers.ts'
import { appIdOf, daemonSetOf, namespaceOf, serviceOf, type Fleet } from './fleet.ts'

/** What is asked of the server. */
export type ReviewKind = 'injected' | 'validated' | 'dry run' | 'missing' | 'large'

/** So many reviews that differ take turns: one alone would stay in every cache. */
const DIFFERENT = 500
const LARGE_BYTES = 1_000_000

export const SETTINGS: Settings = {
  skippedContainers: new Set(DEFAULT_SKIPPED_CONTAINERS),
  excludedNamespaces: new Set(SYSTEM_NAMESPACES),
}

interface RecordedReview {
  request: {
    uid: string
    namespace: string
    dryRun: boolean
    object: {
      metadata: { namespace: string; annotations: Record<string, string> }
      spec: { containers: { env: object[] }[] }
    }
  }
}

/** The bodies of one kind for a fleet, as compact JSON. */
export function reviewBodies(kind: ReviewKind, fleet: Fleet): string[] {
  const recorded = JSON.parse(readFileSync(RECORDED, 'utf8')) as RecordedReview
  const count = kind === 'large' ? 1 : DIFFERENT
  const inventory = kind === 'validated' ? inventoryOf(fleet) : new Map()
  return Array.from({ length: count }, (_, turn) => {
    const review = structuredClone(recorded)
    vary(review, kind, turn, fleet)
    if (kind === 'validated') inject(review, inventory)
    return JSON.stringify(review)
  })
}

/** The inventory that discovery makes of a fleet. */
export function inventoryOf(fleet: Fleet): Inventory {
  return storeOf(fleet).current()
}

export function storeOf(fleet: Fleet): ReturnType<typeof makeInventoryStore> {
  const store = makeInventoryStore('cluster.local')
  for (let index = 0; index < fleet.instances; index++) {
    const namespace = namespaceOf(index, fleet)
    const key = `DaemonSet/${appIdOf(index)}`
    store.setWorkload(namespace, key, recognizeWorkload('DaemonSet', daemonSetOf(index, fleet)))
    store.setService(namespace, `${appIdOf(index)}-dapr`, recognizeService(serviceOf(index, fleet)))
  }
  return store
}

function vary({ request }: RecordedReview, kind: ReviewKind, turn: number, fleet: Fleet): void {
  // spread over the whole fleet, not its first objects
  const index = Math.floor((turn * fleet.instances) / DIFFERENT)
  const instanceNamespace = namespaceOf(index, fleet)
  const foreign = kind === 'injected' && turn % 5 === 0 && hasNeighbours(fleet)
  const namespace = foreign ? neighbourOf(index, fleet) : instanceNamespace
  request.uid = `00000000-0000-4000-9000-${String(turn).padStart(12, '0')}`
  request.namespace = namespace
  request.object.metadata.namespace = namespace
  request.object.metadata.annotations = {
    'dapr.io/shared': kind === 'missing' ? `${appIdOf(index)}x` : appIdOf(index),
    ...(foreign
      ? { 'dapr.io/shared-namespace': instanceNamespace, 'dapr.io/shared-token-secret': 'orders-token/token' }
      : {}),
  }
  request.dryRun = kind === 'dry run'
  if (kind === 'large') fill(request.object.spec.containers[0]?.env ?? [])
}

/** Where policies govern, every fifth pod uses an instance of the next namespace, by its grant. */
function hasNeighbours({ governed, namespaces }: Fleet): boolean {
  return governed !== undefined && governed.demands !== 'broken' && namespaces > 1
}

/** The namespace to which {@link grantOf} gives the instances of this one. */
function neighbourOf(index: number, { namespaces }: Fleet): string {
  return `team-${((index % namespaces) + 1) % namespaces}`
}

/** A pod as large as pods get: thousands of variables, long values. */
function fill(env: object[]): void {
  for (let size = 0; size < LARGE_BYTES; size += 500) {
    env.push({ name: `VARIABLE_${size}`, value: 'lorem ipsum '.repeat(38) })
  }
}

/** The pod as it comes to the validating webhook: with everything that the mutating one wrote. */
function inject(review: RecordedReview, inventory: Inventory): void {
  const decoded = decodeReview(review)
  if (decoded.subject.kind !== 'create') throw new Error('the recorded review creates a pod')
  const { edits } = decideAlone('mutate', decoded, inventory)
  jsonPatch.applyPatch(review.request.object, [...toJsonPatch(decoded.subject.pod, edits)])
}

const NO_FACTS: Facts = {
  namespaceLabels: () => ({}),
  owners: () => ({ known: true, value: [] }),
  mayUse: () => ({ known: true, value: true }),
  consumers: () => ({ known: true, value: { pods: 0, workloads: new Map() } }),
  workload: () => '',
}

/** The decision in a cluster without policies, where nothing has to be asked. */
export function decideAlone(stage: Stage, review: Review, inventory: Inventory): Decision {
  const known = { inventory, policies: NO_POLICIES, settings: SETTINGS, now: 0 }
  const answer = decideReview(stage, review, known, () => NO_FACTS)
  if (needsFacts(answer)) throw new Error('facts are needed where no policy asks')
  return answer
}
