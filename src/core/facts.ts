import type { Labels } from './policy.ts'
import type { Action, RuleId } from './rules.ts'

/** An object that made the pod, or made what made it. */
export interface Owner {
  /** `Deployment`; `Rollout.argoproj.io` outside of core, apps and batch */
  readonly kind: string
  readonly name: string
}

/** A fact, or why it cannot be had although everybody answered. */
export type Fact<T> =
  { readonly known: true; readonly value: T } | { readonly known: false; readonly why: string }

/** Who uses an instance now. Finished and terminating pods do not count. */
export interface Consumers {
  readonly pods: number
  /** pods by workload; a key is that of {@link Facts.workload} */
  readonly workloads: ReadonlyMap<string, number>
}

/**
 * What is known beyond the pod and the inventory. `undefined` is "not asked yet": the decision then says what it needs,
 * is given it, and is made again. It is never "no".
 */
export interface Facts {
  /** the labels of the pod's namespace */
  readonly namespaceLabels: () => Labels | undefined
  /** the verified owners of the pod, from the one that made it to the topmost; empty for a pod that nothing owns */
  readonly owners: () => Fact<readonly Owner[]> | undefined
  /** whether the pod's ServiceAccount has the verb `use` on this instance */
  readonly mayUse: (namespace: string, appId: string) => Fact<boolean> | undefined
  readonly consumers: (namespace: string, appId: string) => Fact<Consumers> | undefined
  /** the key under which the pod's own workload is counted among {@link Consumers} */
  readonly workload: () => string
}

/** A fact that a decision needs and was not given. */
export type FactQuery =
  | { readonly kind: 'namespace' }
  | { readonly kind: 'owners' }
  | { readonly kind: 'access'; readonly namespace: string; readonly appId: string }
  | { readonly kind: 'consumers' }

/** A fact that stays unknown and that a policy with `failurePolicy: Ignore` did not insist on. */
export interface UnknownFact {
  readonly policy: string
  readonly rule: RuleId | undefined
  /** what the rule would have done */
  readonly action: Action
  readonly why: string
}

/** Reads facts for one decision, and keeps what it could not read. */
export interface FactReader {
  readonly namespaceLabels: () => Labels | undefined
  readonly owners: () => Fact<readonly Owner[]> | undefined
  readonly mayUse: (namespace: string, appId: string) => Fact<boolean> | undefined
  readonly consumers: (namespace: string, appId: string) => Fact<Consumers> | undefined
  readonly workload: () => string
  readonly missing: readonly FactQuery[]
  readonly unknown: UnknownFact[]
}

/** Every policy may ask for the same fact, which costs more than the policy does: it is read once. */
export function readFacts(facts: Facts): FactReader {
  const missing: FactQuery[] = []
  const need = <T>(value: T | undefined, query: FactQuery): T | undefined => {
    if (value === undefined && !missing.some((one) => sameQuery(one, query))) missing.push(query)
    return value
  }
  return {
    namespaceLabels: once(() => need(facts.namespaceLabels(), { kind: 'namespace' })),
    owners: once(() => need(facts.owners(), { kind: 'owners' })),
    mayUse: onceOf((namespace, appId) =>
      need(facts.mayUse(namespace, appId), { kind: 'access', namespace, appId }),
    ),
    consumers: onceOf((namespace, appId) => need(facts.consumers(namespace, appId), { kind: 'consumers' })),
    workload: once(facts.workload),
    missing,
    unknown: [],
  }
}

function once<T>(read: () => T): () => T {
  let known: { readonly value: T } | undefined
  return () => (known ??= { value: read() }).value
}

/** A decision asks about one instance, so the last one is remembered. */
function onceOf<T>(read: (namespace: string, appId: string) => T): (namespace: string, appId: string) => T {
  let known: { readonly namespace: string; readonly appId: string; readonly value: T } | undefined
  return (namespace, appId) => {
    if (known?.namespace !== namespace || known.appId !== appId) {
      known = { namespace, appId, value: read(namespace, appId) }
    }
    return known.value
  }
}

function sameQuery(a: FactQuery, b: FactQuery): boolean {
  if (a.kind === 'access' && b.kind === 'access') return a.namespace === b.namespace && a.appId === b.appId
  return a.kind === b.kind
}
