import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import type { ApiRequest } from '../../cluster/api-request.ts'

const Index = z.object({ paths: z.record(z.string(), z.object({ serverRelativeURL: z.string() })) })
const Kinds = z.array(z.object({ group: z.string(), version: z.string(), kind: z.string() }))
const Api = z.object({
  components: z
    .object({ schemas: z.record(z.string(), z.record(z.string(), z.unknown())).optional() })
    .optional(),
})

/**
 * Writes the kinds that an API server has as JSON Schemas into `folder`, one file each, named as `schemaLocation` says: from
 * its own OpenAPI, but that a field which a kind does not have is an error.
 */
export async function writeSchemas(request: ApiRequest, folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true })
  const { paths } = Index.parse((await request('GET', '/openapi/v3')).body)
  for (const { serverRelativeURL } of Object.values(paths)) {
    const schemas = Api.parse((await request('GET', serverRelativeURL)).body).components?.schemas ?? {}
    const definitions = closed(schemas)
    for (const [name, schema] of Object.entries(schemas)) {
      const kinds = Kinds.safeParse(schema['x-kubernetes-group-version-kind']).data ?? []
      for (const { group, version, kind } of kinds) {
        const file = `${kind}_${group || version}_${version}.json`.toLowerCase()
        const whole = { $ref: `#/definitions/${name}`, definitions }
        writeFileSync(join(folder, file), JSON.stringify(whole))
      }
    }
  }
}

/** As kubeconform finds the files that {@link writeSchemas} wrote; its `Group` of a core kind is the version. */
export function schemaLocation(folder: string): string {
  return join(folder, '{{ .ResourceKind }}_{{ .Group }}_{{ .ResourceAPIVersion }}.json')
}

/** OpenAPI leaves objects open for versions to come; here, a field that is not there is a typing mistake. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed)
  if (typeof schema !== 'object' || schema === null) return schema
  const entries = Object.entries(schema).map(([key, value]) => [
    key,
    // a field may be called so, too
    key === '$ref' && typeof value === 'string'
      ? value.replace('#/components/schemas/', '#/definitions/')
      : closed(value),
  ])
  const copy = Object.fromEntries(entries) as Record<string, unknown>
  const isOpen = 'additionalProperties' in copy || copy['x-kubernetes-preserve-unknown-fields'] === true
  return copy['type'] === 'object' && 'properties' in copy && !isOpen
    ? { ...copy, additionalProperties: false }
    : copy
}
