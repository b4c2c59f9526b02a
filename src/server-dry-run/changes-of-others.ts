import { isObject, type JsonObject } from '../core/pod.ts'
import { isApiDefault } from './api-defaults.ts'
import { isOurAnnotation, isOurLabel, isOurVariable } from './compare-injection.ts'
import type { Change } from './result.ts'
import { isSameQuantity } from './same-quantity.ts'

/** Lists whose entries have a name of their own: an entry that moved has not changed. */
const KEYS: Readonly<Record<string, readonly string[]>> = {
  containers: ['name'],
  initContainers: ['name'],
  ephemeralContainers: ['name'],
  env: ['name'],
  volumes: ['name'],
  imagePullSecrets: ['name'],
  volumeMounts: ['mountPath'],
  volumeDevices: ['devicePath'],
  ports: ['containerPort', 'protocol'],
  tolerations: ['key', 'operator', 'effect', 'value'],
  hostAliases: ['ip'],
}

/** Of metadata only these are a pod's own. */
const METADATA = ['labels', 'annotations', 'finalizers']

/**
 * What somebody else made of a pod: what it lacks of the one before, has changed, or has more, but for what is ours and what
 * every API server fills in.
 *
 * @param before the pod as it would be without them
 */
export function changesOfOthers(before: JsonObject, after: JsonObject): Change[] {
  const changes: Change[] = []
  const metadata = (pod: JsonObject): JsonObject =>
    Object.fromEntries(
      Object.entries(isObject(pod['metadata']) ? pod['metadata'] : {}).filter(([key]) =>
        METADATA.includes(key),
      ),
    )
  walk(metadata(before), metadata(after), 'metadata', changes)
  walk(before['spec'], after['spec'], 'spec', changes)
  return changes
}

function walk(before: unknown, after: unknown, field: string, changes: Change[]): void {
  if (isOurs(field) || (isNothing(after) && (isNothing(before) || before === false || before === 0))) return
  if (isEntry(field) && (isNothing(before) || isNothing(after))) {
    if (!isNothing(before)) changes.push(tell(field, 'removed', before, undefined))
    else if (!isApiDefault(field, after)) changes.push(tell(field, 'added', undefined, after))
  } else if (hasParts(before ?? after) && hasParts(after ?? before)) {
    const [was, is] = [partsOf(withRequests(before, field), field), partsOf(after, field)]
    for (const key of new Set([...was.keys(), ...is.keys()])) {
      walk(was.get(key), is.get(key), `${field}${key}`, changes)
    }
  } else if (isNothing(before)) {
    if (!isApiDefault(field, after)) changes.push(tell(field, 'added', undefined, after))
  } else if (isNothing(after)) changes.push(tell(field, 'removed', before, undefined))
  else if (!isSame(before, after, field)) changes.push(tell(field, 'changed', before, after))
}

/** An entry of a list is told as a whole where it is new or gone. */
function isEntry(field: string): boolean {
  return field.endsWith(']') && !MAP_ENTRY.test(field)
}

const MAP = /\.(labels|annotations|nodeSelector|limits|requests)$/
const MAP_ENTRY = /\.(labels|annotations|nodeSelector|limits|requests)\["[^"]*"\]$/

/** What has limits alone requests as much: the API server writes that down. */
function withRequests(resources: unknown, field: string): unknown {
  if (!field.endsWith('.resources') || !isObject(resources) || !isObject(resources['limits']))
    return resources
  const { limits, requests } = resources
  return { ...resources, requests: { ...limits, ...(isObject(requests) ? requests : {}) } }
}

/** The parts of an object by `.key`, or `["key"]` where keys are a user's; of a list by `["name"]`. */
function partsOf(value: unknown, field: string): Map<string, unknown> {
  if (isObject(value)) {
    const isMap = MAP.test(field)
    return new Map(
      Object.entries(value).map(([key, part]) => [isMap ? `[${JSON.stringify(key)}]` : `.${key}`, part]),
    )
  }
  const keys = KEYS[field.slice(field.lastIndexOf('.') + 1)]
  const entries: readonly unknown[] = Array.isArray(value) ? value : []
  // of two entries with one name the last counts
  return new Map(
    entries.map((entry, index) => [`[${JSON.stringify(nameOf(entry, keys) ?? String(index))}]`, entry]),
  )
}

function nameOf(entry: unknown, keys: readonly string[] | undefined): string | undefined {
  if (keys === undefined || !isObject(entry)) return undefined
  return keys
    .flatMap((key) => {
      const part = entry[key] ?? (key === 'protocol' ? 'TCP' : undefined)
      return typeof part === 'string' || typeof part === 'number' ? [String(part)] : []
    })
    .filter((part) => part !== '')
    .join('/')
}

/** A list of plain values, as `command`, is one value. */
function hasParts(value: unknown): boolean {
  return isObject(value) || (Array.isArray(value) && value.every(isObject))
}

/** What an API server drops, or adds, without a change of meaning. */
function isNothing(value: unknown): boolean {
  if (value === undefined || value === null || value === '') return true
  if (typeof value !== 'object') return false
  return Object.values(value).every(isNothing)
}

function isSame(before: unknown, after: unknown, field: string): boolean {
  if (before === after || String(before) === String(after)) {
    return !Array.isArray(before) || JSON.stringify(before) === JSON.stringify(after)
  }
  return QUANTITY.test(field) && isSameQuantity(before, after)
}

const QUANTITY = /\.(limits|requests|overhead)[.[]|\.(sizeLimit|divisor)$/
const MARK = /^metadata\.(labels|annotations)\["(.*)"\]$/s
const VARIABLE = /\.env\["(.*?)"\]/s

function isOurs(field: string): boolean {
  const [, map, key = ''] = MARK.exec(field) ?? []
  if (map !== undefined) return map === 'labels' ? isOurLabel(key) : isOurAnnotation(key)
  const [, variable] = VARIABLE.exec(field) ?? []
  return variable !== undefined && isOurVariable(variable)
}

/** Values are shown where they are no secret by what they are. */
const SHOWN = /^metadata\.labels\[|\.image$/

function tell(field: string, change: Change['change'], before: unknown, after: unknown): Change {
  const shown = (value: unknown): string => (SHOWN.test(field) && typeof value === 'string' ? value : '')
  return { field, change, before: shown(before), after: shown(after) }
}
