import { objectOr } from '../core/cluster-facts.ts'
import { isDnsLabel, isDnsSubdomain } from '../core/dns-names.ts'
import type { JsonObject } from '../core/pod.ts'
import { objectsOf, textOf } from '../discovery/loose.ts'

/** What an object says of its controller: a claim, until somebody has looked. */
export interface OwnerReference {
  /** empty for core */
  readonly group: string
  readonly version: string
  readonly kind: string
  readonly name: string
  /** empty in a manifest that was never in a cluster */
  readonly uid: string
}

const KIND_PATTERN = /^[A-Za-z][A-Za-z0-9]{0,62}$/
const UID_PATTERN = /^[-A-Za-z0-9]{1,128}$/

/** The groups whose kinds are written without it (docs/policy-reference.md). */
const PLAIN_GROUPS: ReadonlySet<string> = new Set(['', 'apps', 'batch'])

/**
 * The one owner with `controller: true`; the others only tie an object's life to theirs. None where it is not written as
 * Kubernetes would have it: its parts become part of a path of the API.
 */
export function controllerOf(metadata: JsonObject): OwnerReference | undefined {
  const owner = objectsOf(metadata['ownerReferences']).find(({ controller }) => controller === true)
  return owner === undefined ? undefined : readReference(owner)
}

function readReference(owner: JsonObject): OwnerReference | undefined {
  const [apiVersion, kind, name] = ['apiVersion', 'kind', 'name'].map((key) => textOf(owner[key]))
  const uid = textOf(owner['uid'] ?? '')
  if (apiVersion === undefined || kind === undefined || name === undefined || uid === undefined)
    return undefined
  const slash = apiVersion.indexOf('/')
  const group = slash < 0 ? '' : apiVersion.slice(0, slash)
  const version = apiVersion.slice(slash + 1)
  const isSafe =
    (slash < 0 || isDnsSubdomain(group)) &&
    isDnsLabel(version) &&
    KIND_PATTERN.test(kind) &&
    isDnsSubdomain(name) &&
    (uid === '' || UID_PATTERN.test(uid))
  return isSafe ? { group, version, kind, name, uid } : undefined
}

/** `Deployment`; `Rollout.argoproj.io` outside of core, apps and batch. */
export function writtenKind({ group, kind }: Pick<OwnerReference, 'group' | 'kind'>): string {
  return PLAIN_GROUPS.has(group) ? kind : `${kind}.${group}`
}

/** The metadata of a loose object. */
export function metadataOf(object: unknown): JsonObject {
  return objectOr(objectOr(object)['metadata'])
}
