import type { JsonObject } from '../core/pod.ts'
import type { ResourceKind } from '../policy/kinds.ts'
import type { Probe } from './dry-run.ts'
import type { AnsweredRight } from './rights.ts'

/** Something that was asked of a cluster: its answer, or why there is none. */
export type Fact<T> =
  | { readonly known: true; readonly value: T }
  | {
      readonly known: false
      readonly why: string
      /** the verb and resource that the caller may not, as `list nodes`; empty where it is not for want of a right */
      readonly right: string
    }

/** One object by its name; undefined where the cluster has none. */
export type Named = Fact<JsonObject | undefined>
export type Listed = Fact<readonly JsonObject[]>

/** The public part of the Secret with the serving certificate; its key is not kept. */
export interface CertificateTexts {
  /** PEM, leaf first; empty where the Secret has none yet */
  readonly certPem: string
}

/** All that the checks look at, as the cluster told it. Objects are loose JSON. */
export interface ClusterFacts {
  /** the address of the API server */
  readonly server: string
  /** the namespace of the service */
  readonly namespace: string
  /** of `/version`: `1.36.3` with whatever a distribution adds */
  readonly version: Fact<string>
  /** `group/resource` of the kinds that we need of the API server */
  readonly resources: Fact<ReadonlySet<string>>

  readonly ownNamespace: Named
  readonly deployment: Named
  readonly disruptionBudget: Named
  readonly service: Named
  readonly endpointSlices: Listed
  readonly lease: Named
  /** what the server that runs says of itself, by the API server's proxy; undefined where it cannot be reached so */
  readonly runningVersion: Fact<string | undefined>

  readonly mutating: Named
  readonly validating: Named
  /** of everybody */
  readonly mutatingConfigurations: Listed
  readonly admissionPolicies: ReadonlyMap<string, Named>
  readonly admissionBindings: ReadonlyMap<string, Named>
  readonly certificate: Fact<CertificateTexts | undefined>

  readonly rights: readonly AnsweredRight[]
  readonly definitions: ReadonlyMap<ResourceKind, Named>
  readonly policies: Listed
  readonly grants: Listed
  readonly exceptions: Listed
  readonly externalInstances: Listed

  readonly namespaces: Listed
  readonly daemonSets: Listed
  readonly deployments: Listed
  readonly statefulSets: Listed
  readonly services: Listed
  readonly nodes: Listed

  /** none where it was not wanted */
  readonly dryRun: { readonly injection: Probe; readonly plain: Probe } | undefined
}

/** What the checks are held against besides the cluster. */
export interface CheckOptions {
  /** of this program */
  readonly version: string
  /** milliseconds since the epoch */
  readonly now: number
  /** a certificate that ends within so many days is told */
  readonly expiryDays: number
  readonly clusterDomain: string
  /** the CustomResourceDefinitions of this version */
  readonly definitions: readonly object[]
}

/** The values of several facts, or the first that is not known. */
export function allOf<Facts extends readonly Fact<unknown>[]>(
  ...facts: Facts
): Fact<{ [Index in keyof Facts]: Facts[Index] extends Fact<infer T> ? T : never }> {
  const missing = facts.find((fact) => !fact.known)
  if (missing !== undefined && !missing.known) return missing
  const values = facts.map((fact) => (fact.known ? fact.value : undefined))
  return { known: true, value: values as { [I in keyof Facts]: Facts[I] extends Fact<infer T> ? T : never } }
}
