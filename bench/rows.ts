import type { Fleet, Governed } from './fleet.ts'
import type { ReviewKind } from './reviews.ts'

/** One line of the table: which program, knowing what, is asked which reviews. */
export interface Row {
  readonly name: string
  /**
   * Where the program knows the fleet from. `state`: a folder of manifests; `cluster`: an API server that it lists and
   * watches. `floor` is no program of ours: the bare server, which also parses the body, as any webhook must.
   */
  readonly from: 'state' | 'cluster' | 'floor'
  readonly fleet: Fleet
  readonly kind: ReviewKind
  readonly isQuick?: true
  /** the row of the same without policies, of which this one should keep most requests */
  readonly beside?: string
  /** megabytes, where this row may have others than most */
  readonly mostMb?: number
}

const ONE: Fleet = { instances: 1, namespaces: 1 }
const SPREAD: Fleet = { instances: 10_000, namespaces: 100 }
const TOGETHER: Fleet = { instances: 10_000, namespaces: 1 }

const TEN: Governed = { matching: 10, demands: 'kept' }
const FULL: Fleet = {
  instances: 1000,
  namespaces: 100,
  pods: 50_000,
  governed: { matching: 50, demands: 'kept' },
}

export const FLEETS = [
  ['1 instance', ONE],
  ['10,000 in 100 namespaces', SPREAD],
  ['10,000 in 1 namespace', TOGETHER],
] as const satisfies [string, Fleet][]

export const ROWS: readonly Row[] = [
  { name: 'floor: bare server with JSON.parse', from: 'floor', fleet: ONE, kind: 'injected', isQuick: true },
  { name: 'state, 1 instance: injected', from: 'state', fleet: ONE, kind: 'injected', isQuick: true },
  { name: 'state, 1 instance: validated', from: 'state', fleet: ONE, kind: 'validated' },
  { name: 'state, 1 instance: dry run', from: 'state', fleet: ONE, kind: 'dry run' },
  { name: 'state, 1 instance: refused', from: 'state', fleet: ONE, kind: 'missing' },
  { name: 'state, 1 instance: 1 MB pod', from: 'state', fleet: ONE, kind: 'large' },
  { name: 'cluster, 1 instance: injected', from: 'cluster', fleet: ONE, kind: 'injected', isQuick: true },
  {
    name: 'cluster, 10,000 in 100 namespaces: injected',
    from: 'cluster',
    fleet: SPREAD,
    kind: 'injected',
    isQuick: true,
  },
  { name: 'cluster, 10,000 in 1 namespace: injected', from: 'cluster', fleet: TOGETHER, kind: 'injected' },
  { name: 'cluster, 10,000 in 1 namespace: refused', from: 'cluster', fleet: TOGETHER, kind: 'missing' },
  {
    name: 'state, 1 instance, 10 policies: injected',
    from: 'state',
    fleet: { ...ONE, governed: TEN },
    kind: 'injected',
    isQuick: true,
    beside: 'state, 1 instance: injected',
  },
  {
    name: 'cluster, 1 instance, 10 policies: injected',
    from: 'cluster',
    fleet: { ...ONE, governed: TEN },
    kind: 'injected',
    isQuick: true,
    beside: 'cluster, 1 instance: injected',
  },
  {
    name: 'cluster, 1 instance, 10 policies, one to record: injected',
    from: 'cluster',
    fleet: { ...ONE, governed: { ...TEN, demands: 'recorded' } },
    kind: 'injected',
  },
  {
    name: 'cluster, 1 instance, 10 policies: refused',
    from: 'cluster',
    fleet: { ...ONE, governed: { matching: 10, demands: 'broken' } },
    kind: 'injected',
  },
  {
    name: 'cluster, 1,000 instances, 50 policies, 50,000 pods: injected',
    from: 'cluster',
    fleet: FULL,
    kind: 'injected',
    isQuick: true,
    mostMb: 200,
  },
]
