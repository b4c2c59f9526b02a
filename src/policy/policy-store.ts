import type { Exception, Grant, Policy, PolicySet } from '../core/policy.ts'
import { NO_POLICIES } from '../core/policy.ts'
import type { JsonObject } from '../core/pod.ts'
import { compileException, compileGrant, compilePolicy, type Compiled } from './compile.ts'

export interface PolicyCounts {
  readonly accepted: number
  readonly invalid: number
}

/** The resources that govern, each compiled once when it changes, and the set made of them. */
export interface PolicyStore {
  setPolicy(name: string, object: JsonObject | undefined): void
  setGrant(namespace: string, name: string, object: JsonObject | undefined): void
  setException(namespace: string, name: string, object: JsonObject | undefined): void
  /** the set with every change so far; the same object until something changes */
  current(): PolicySet
  counts(): PolicyCounts
}

export function makePolicyStore(): PolicyStore {
  const policies = new Map<string, Compiled<Policy>>()
  const grants = new Map<string, Map<string, Grant>>()
  const exceptions = new Map<string, Map<string, Exception>>()
  let set: PolicySet | undefined = NO_POLICIES

  return {
    setPolicy(name, object) {
      set = undefined
      if (object === undefined) policies.delete(name)
      else {
        policies.set(name, compilePolicy(object))
      }
    },
    setGrant(namespace, name, object) {
      set = undefined
      put(grants, namespace, name, object && compileGrant(object))
    },
    setException(namespace, name, object) {
      set = undefined
      put(exceptions, namespace, name, object && compileException(object))
    },
    current() {
      set ??= {
        policies: [...policies.values()].flatMap(({ value }) => value ?? []).toSorted(byName),
        grants: listed(grants),
        exceptions: listed(exceptions),
      }
      return set
    },
    counts() {
      const invalid = [...policies.values()].filter(({ problems }) => problems.length > 0).length
      return { accepted: policies.size - invalid, invalid }
    },
  }
}

function put<T>(
  map: Map<string, Map<string, T>>,
  namespace: string,
  name: string,
  compiled: Compiled<T> | undefined,
): void {
  const there = map.get(namespace) ?? new Map<string, T>()
  if (compiled?.value === undefined) there.delete(name)
  else there.set(name, compiled.value)
  if (there.size === 0) map.delete(namespace)
  else map.set(namespace, there)
}

function listed<T extends { readonly name: string }>(
  map: ReadonlyMap<string, ReadonlyMap<string, T>>,
): ReadonlyMap<string, readonly T[]> {
  return new Map([...map].map(([namespace, own]) => [namespace, [...own.values()].toSorted(byName)]))
}

function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : 1
}
