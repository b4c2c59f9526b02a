import { LEGACY_VARIABLES } from '../core/default-variables.ts'
import { objectOr } from '../core/cluster-facts.ts'
import type { JsonObject } from '../core/pod.ts'
import { ENV } from '../core/vocabulary.ts'
import { objectsOf, textOf } from '../discovery/loose.ts'
import { pick } from './pick.ts'

/** What stands where a value had to go. */
export const REDACTED = 'redacted'

/**
 * The variables of a container: names, order and references as they are, as patches count them; of the values only those
 * that a decision reads, and of these only what can be no secret.
 *
 * @param plain names of which the value is no secret
 */
export function keepEnv(env: unknown, plain: ReadonlySet<string> = NONE): JsonObject[] {
  return objectsOf(env).map((entry) => {
    const name = textOf(entry['name']) ?? ''
    const value = textOf(entry['value'])
    return {
      name,
      ...(value === undefined || value === ''
        ? {}
        : { value: plain.has(name) ? value : keepValue(name, value) }),
      ...(entry['valueFrom'] == null ? {} : { valueFrom: keepReference(entry['valueFrom']) }),
    }
  })
}

/** `envFrom` names ConfigMaps and Secrets; that there is one is a finding. */
export function keepEnvFrom(envFrom: unknown): JsonObject[] {
  return objectsOf(envFrom).map((entry) => ({
    ...pick(entry, ['prefix']),
    ...(entry['configMapRef'] == null ? {} : { configMapRef: keepName(entry['configMapRef']) }),
    ...(entry['secretRef'] == null ? {} : { secretRef: keepName(entry['secretRef']) }),
  }))
}

const NONE: ReadonlySet<string> = new Set()

function keepName(reference: unknown): JsonObject {
  return pick(objectOr(reference), ['name', 'optional'])
}

/** Where a value comes from is no value. A source of a newer Kubernetes is kept by its kind. */
function keepReference(valueFrom: unknown): JsonObject {
  return Object.fromEntries(
    Object.entries(objectOr(valueFrom)).map(([source, reference]) => [
      source,
      pick(objectOr(reference), ['name', 'key', 'optional', 'fieldPath', 'resource', 'containerName']),
    ]),
  )
}

const ENDPOINTS: ReadonlySet<string> = new Set([ENV.httpEndpoint, ENV.grpcEndpoint])
const HOSTS_AND_PORTS: ReadonlySet<string> = new Set(LEGACY_VARIABLES.map(({ name }) => name))

function keepValue(name: string, value: string): string {
  if (ENDPOINTS.has(name)) return keepEndpoint(value)
  return HOSTS_AND_PORTS.has(name) && /^[-.a-z0-9]{1,253}$/.test(value) ? value : REDACTED
}

/** Scheme, host and port, by which a decision tells whose endpoint it is; never a user, a path or a query. */
function keepEndpoint(value: string): string {
  const match = /^(https?:\/\/[^/:@?#\s]{1,253}(?::\d{1,5})?)(.*)$/s.exec(value)
  if (match === null) return /^https?:\/\//.test(value) ? `http://${REDACTED}.invalid` : REDACTED
  const [, endpoint = '', rest = ''] = match
  if (rest === '' || rest === '/') return `${endpoint}${rest}`
  // what stands before an @ is a user, not a host
  return rest.startsWith('/') || rest.startsWith('?') || rest.startsWith('#')
    ? `${endpoint}/${REDACTED}`
    : `http://${REDACTED}.invalid`
}
