/** What decisions cost under a set of policies: what `bench -o json` prints and `--save` keeps. */
export interface BenchResult {
  readonly apiVersion: 'shared.dapr.io/v1alpha1'
  readonly kind: 'BenchResult'
  readonly policies: number
  readonly objects: number
  /** by the answer that the objects get under the policies, in order of names */
  readonly classes: readonly BenchClass[]
}

/** The cost of objects that get one and the same answer. */
export interface BenchClass {
  /** `injected`, `refused`, `does not ask`, … */
  readonly class: string
  readonly objects: number
  readonly samples: number
  /** under the policies */
  readonly microseconds: Percentiles
  /** the same objects without any policy, in the same run */
  readonly withoutPolicies: Percentiles
  /** the one by the other: what a machine is worth is left out of it */
  readonly ratio: Percentiles
}

export interface Percentiles {
  readonly p50: number
  readonly p99: number
}

/** What leaving one policy out saves. */
export interface PolicyCost {
  readonly policy: string
  /** of the cost of one decision under all policies: 0.2 is a fifth; what is below nothing is noise */
  readonly saves: number
}

/** A class whose cost grew beyond what is allowed, since the saved result. */
export interface Growth {
  readonly class: string
  readonly before: number
  readonly now: number
  /** `now` by `before` */
  readonly factor: number
}
