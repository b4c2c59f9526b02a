import type { Privilege } from './privileges.ts'
import type { Record } from './record.ts'
import type { World } from './world.ts'

export type FaultId = `F${number}`

/** One fault of the list, made on a real control plane, and what is required of the service meanwhile and afterwards. */
export interface Fault {
  readonly id: FaultId
  readonly title: string
  /** whether it belongs to the short form, which every change must pass */
  readonly short: boolean
  /** what it takes beyond an ordinary user; where that is missing, its stand-in is run and named */
  readonly needs?: Privilege
  /** why it cannot be run; such a fault is named in the report, never left out */
  readonly notRun?: string
  /** whether the cluster that all share is of no use to others afterwards */
  readonly spoils?: boolean
  /** whether it ends the shared server and starts another */
  readonly newServer?: boolean
  /** Makes the fault and records what was seen. What it throws is a failure of its own. */
  readonly run: (world: World, record: Record) => Promise<void>
}
