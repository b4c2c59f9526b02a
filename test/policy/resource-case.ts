import { parse } from 'yaml'
import { isObject, type JsonObject } from '../../src/core/pod.ts'

/** A resource that is judged twice: by our reader, and by an API server with the CRDs alone. */
export interface ResourceCase {
  readonly name: string
  readonly object: JsonObject
}

export interface InvalidCase extends ResourceCase {
  /** where the fault is, as both name it: `spec.overrides[0].rule` */
  readonly at: string
  /** a part of our message */
  readonly says: string
}

export const NAMESPACE = 'e2e-crds'

type Parts = Readonly<Record<string, unknown>>

export function policy(spec: string | Parts, metadata: Parts = { name: 'prod' }): JsonObject {
  return resource('DaprSharedPolicy', spec, metadata)
}

export function grant(spec: string | Parts): JsonObject {
  return resource('DaprSharedGrant', spec, { name: 'orders', namespace: NAMESPACE })
}

export function exception(spec: string | Parts): JsonObject {
  return resource('DaprSharedException', spec, { name: 'cart', namespace: NAMESPACE })
}

export function instance(spec: string | Parts, name = 'orders'): JsonObject {
  return resource('DaprSharedInstance', spec, { name, namespace: NAMESPACE })
}

/** `spec` may be YAML, in which a case is shortest to read. */
function resource(kind: string, spec: string | Parts, metadata: Parts): JsonObject {
  const parsed: unknown = typeof spec === 'string' ? parse(spec) : spec
  return {
    apiVersion: 'shared.dapr.io/v1alpha1',
    kind,
    metadata,
    ...(parsed !== undefined && { spec: parsed }),
  }
}

/** `['spec', 'overrides', 0, 'rule']` → `spec.overrides[0].rule`, as the API server writes it. */
export function pathText(path: readonly (string | number)[]): string {
  return path
    .map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`))
    .join('')
    .slice(1)
}

/** The object with one part of its spec replaced; what stands for a whole is written once. */
export function withSpec(object: JsonObject, changes: Parts): JsonObject {
  const { spec } = object
  return { ...object, spec: { ...(isObject(spec) ? spec : {}), ...changes } }
}
