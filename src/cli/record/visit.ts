import type { JsonObject } from '../../core/pod.ts'
import type { InventoryStore } from '../../discovery/inventory-store.ts'
import { textOf } from '../../discovery/loose.ts'
import { metadataOf } from '../../facts/owner-reference.ts'
import type { Recording } from '../../record/recording.ts'
import type { NamedWorkload } from '../../record/workload-kinds.ts'
import type { RecordReader } from './reader.ts'

/** What is to be recorded of a cluster. */
export interface RecordRequest {
  /** empty for all of them */
  readonly namespaces: readonly string[]
  readonly workloads: readonly NamedWorkload[]
  /** every workload whose pods ask for an instance */
  readonly optedIn: boolean
  /** pods that use an instance, also where no policy counts them */
  readonly consumers: boolean
  /** what cannot be read is told, and the rest recorded */
  readonly partial: boolean
  readonly clusterDomain: string
}

/** What is known and found while a cluster is recorded. */
export interface Visit {
  readonly request: RecordRequest
  readonly reader: RecordReader
  readonly recording: Recording
  /** of what was read, to tell which Services instances deliver to */
  readonly inventory: InventoryStore
  readonly chosen: Map<string, JsonObject>
  /** namespaces that were read, or '' for all */
  readonly places: Set<string>
}

export function placesOf({ namespaces }: RecordRequest): readonly string[] {
  return namespaces.length === 0 ? [''] : namespaces
}

export function isRead({ places }: Visit, namespace: string): boolean {
  return places.has('') || places.has(namespace)
}

/** Pods that run, or are to run. */
export const RUNNING = { fieldSelector: 'status.phase!=Succeeded,status.phase!=Failed' }

export function pathIn(root: string, plural: string, namespace: string): string {
  return `${root}${namespace === '' ? '' : `/namespaces/${namespace}`}/${plural}`
}

export function namespaceOf(object: JsonObject): string {
  return textOf(metadataOf(object)['namespace']) ?? ''
}

export function nameOf(object: JsonObject): string {
  return textOf(metadataOf(object)['name']) ?? ''
}
