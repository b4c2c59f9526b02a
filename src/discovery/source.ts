import type { NamespaceFacts } from '../core/cluster-facts.ts'
import type { Inventory, NamespaceInventory } from '../core/inventory.ts'
import type { PolicySet } from '../core/policy.ts'
import type { FactSource, FactSubject } from '../facts/fact-source.ts'
import type { PolicyCounts } from '../policy/policy-store.ts'
import type { InstanceChange } from './instance-change.ts'

/** Where instances are known from: a cluster that is watched, or a folder of manifests. */
export interface InventorySource extends AsyncDisposable {
  /** the latest inventory; none until everything was read once, which is never "no instances" */
  current(): Inventory | undefined
  namespaces(): ReadonlyMap<string, NamespaceFacts>
  /** the policies, grants and exceptions of the same moment */
  policies(): PolicySet
  /** how many policies there are, and how many of them cannot be read */
  policyCounts(): PolicyCounts
  readonly facts: FactSource
  /** is told which pods are admitted to use an instance, `<namespace>/<appId>`: facts may count them before a watch does */
  readonly admitted?: ((subject: FactSubject, instance: string) => void) | undefined
  /** a namespace as it would be after a change of something that instances are made of */
  preview(namespace: string, change: InstanceChange): NamespaceInventory
  /**
   * Reads one namespace anew, where that is possible.
   *
   * @throws LookUpRefused where the limits allow no more; any other error means that the cluster did not answer
   */
  readonly lookUp: ((namespace: string, signal: AbortSignal) => Promise<NamespaceInventory>) | undefined
  /** for probes and metrics, by resource */
  health(): readonly ResourceHealth[]
}

export interface ResourceHealth {
  readonly resource: string
  readonly synced: boolean
  /** milliseconds since the epoch of the last sign of life, 0 before the first */
  readonly lastContactAt: number
  readonly relists: number
  readonly restarts: number
  readonly lastError: string | undefined
}

/** A live look-up that the limits refuse: the caller should ask again, not take it for an answer. */
export class LookUpRefused extends Error {
  override readonly name = 'LookUpRefused'
}
