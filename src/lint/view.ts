import type { Inventory } from '../core/inventory.ts'
import type { Pod } from '../core/pod.ts'
import type { Labels, Policy } from '../core/policy.ts'
import type { ExceptionSpec } from '../policy/schema/exception.ts'
import type { GrantSpec } from '../policy/schema/grant.ts'
import type { PolicySpec } from '../policy/schema/policy.ts'
import type { Manifest } from '../state/manifest.ts'

/** A resource that can be read, as its author wrote it. */
export interface Written<Spec> {
  readonly manifest: Manifest
  readonly name: string
  /** empty for one without namespace */
  readonly namespace: string
  readonly spec: Spec
}

export interface WrittenPolicy extends Written<PolicySpec> {
  readonly compiled: Policy
}

/** A pod that asks, or the template of one. */
export interface AskingPod {
  readonly pod: Pod
  readonly namespace: string
  /** of its workload at the top, as a policy writes it; none where that is not known */
  readonly kind: string | undefined
}

/** All that the checks look at: what is linted, and what it is held against. */
export interface View {
  readonly policies: readonly WrittenPolicy[]
  readonly grants: readonly Written<GrantSpec>[]
  readonly exceptions: readonly Written<ExceptionSpec>[]
  /** labels by name; where none is given, nothing is told of namespaces */
  readonly namespaces: ReadonlyMap<string, Labels>
  readonly pods: readonly AskingPod[]
  readonly inventory: Inventory
  /** where the object of an instance stands */
  readonly find: (kind: string, namespace: string, name: string) => Manifest | undefined
  /** milliseconds since the epoch */
  readonly now: number
}

/** Parts of a policy, as they are written. */
export type RulesSpec = NonNullable<PolicySpec['rules']>
export type MatchSpec = NonNullable<PolicySpec['match']>
export type SelectorSpec = NonNullable<MatchSpec['namespaceSelector']>
