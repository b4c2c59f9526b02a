import type * as z from 'zod'
import { objectOr } from '../core/cluster-facts.ts'
import type { JsonObject } from '../core/pod.ts'
import { quote } from '../core/quote.ts'
import { dropNulls } from './drop-nulls.ts'
import { API_VERSION, isResourceKind, RESOURCE_KINDS, type ResourceKind } from './kinds.ts'
import { RESOURCE_SCHEMAS } from './schema/resources.ts'
import { alternatives, tellIssue, type Problem } from './tell-issue.ts'

export type { Problem } from './tell-issue.ts'

/** A resource that the API server would store, as its author wrote it: defaults are not filled in. */
export type Resource = {
  [Kind in ResourceKind]: { readonly kind: Kind } & Readonly<
    Pick<z.infer<(typeof RESOURCE_SCHEMAS)[Kind]>, 'metadata' | 'spec'>
  >
}[ResourceKind]

/**
 * Judges an object of one of our kinds as an API server with our CRDs and strict field validation does, so that a file
 * and a cluster take and refuse the same. `status` is not looked at: it is ours, not the author's, and a cluster that a
 * newer version wrote to must stay readable.
 *
 * @returns the resource, or everything that is wrong with it
 */
export function readResource(object: JsonObject): Resource | readonly Problem[] {
  const { kind, apiVersion } = object
  if (!isResourceKind(kind))
    return [{ path: ['kind'], message: `wanted ${alternatives(RESOURCE_KINDS)}, got ${shown(kind)}` }]
  if (apiVersion !== API_VERSION)
    return [{ path: ['apiVersion'], message: `wanted ${API_VERSION}, got ${shown(apiVersion)}` }]

  const { status: _, ...written } = object
  const schema: z.ZodType = RESOURCE_SCHEMAS[kind]
  const judged = dropNulls(written, schema) as JsonObject
  const hidden = pathOfHiddenKey(judged, [])
  if (hidden !== undefined) return [{ path: hidden, message: 'no field and no label may be called so' }]
  const { success, error, data } = schema.safeParse(judged)
  if (!success) return error.issues.flatMap((issue) => tellIssue(issue, { object: judged, schema }))
  // the schema of this very kind took it
  const { metadata, spec } = data as Resource
  return { kind, metadata, spec } as Resource
}

/**
 * An object with as much of its metadata as a policy's author writes: what a newer API server adds there is not for us
 * to judge, and must not make a policy govern nothing.
 */
export function withoutServerFields(object: JsonObject): JsonObject {
  const { name, namespace } = objectOr(object['metadata'])
  return {
    ...object,
    metadata: {
      ...(name === undefined ? {} : { name }),
      ...(namespace === undefined ? {} : { namespace }),
    },
  }
}

export function isProblems(reading: Resource | readonly Problem[]): reading is readonly Problem[] {
  return Array.isArray(reading)
}

/** zod passes over this key in maps, so a selector would lose it without a word; Kubernetes allows it nowhere. */
function pathOfHiddenKey(value: unknown, path: readonly (string | number)[]): Problem['path'] | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  for (const [key, field] of Object.entries(value)) {
    const here = [...path, Array.isArray(value) ? Number(key) : key]
    const found = key === '__proto__' ? here : pathOfHiddenKey(field, here)
    if (found !== undefined) return found
  }
  return undefined
}

function shown(value: unknown): string {
  return typeof value === 'string' ? quote(value) : 'nothing'
}
