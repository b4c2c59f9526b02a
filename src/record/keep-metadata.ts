import { objectOr } from '../core/cluster-facts.ts'
import { isObject, type JsonObject } from '../core/pod.ts'
import {
  ALLOW_DELETE,
  ANNOTATION,
  ANNOTATION_PREFIX,
  DAPR_ANNOTATION,
  KNOWN_ANNOTATIONS,
  MIRROR_ANNOTATION,
} from '../core/vocabulary.ts'
import { objectsOf, stringsOf } from '../discovery/loose.ts'
import { REDACTED } from './keep-env.ts'
import { pick } from './pick.ts'

/**
 * Who an object is, how old it is, its labels, its controller, and of its annotations those that a decision reads: the
 * others may hold anything, `kubectl.kubernetes.io/last-applied-configuration` the whole object once more.
 */
export function keepMetadata(value: unknown): JsonObject {
  const metadata = objectOr(value)
  const labels = stringsOf(metadata['labels'])
  const annotations = keepAnnotations(metadata['annotations'])
  const controller = objectsOf(metadata['ownerReferences']).find((owner) => owner['controller'] === true)
  return {
    ...pick(metadata, ['name', 'generateName', 'namespace', 'uid', 'creationTimestamp', 'deletionTimestamp']),
    ...(Object.keys(labels).length === 0 ? {} : { labels }),
    ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
    ...(controller === undefined
      ? {}
      : { ownerReferences: [pick(controller, ['apiVersion', 'kind', 'name', 'uid', 'controller'])] }),
  }
}

const READ: ReadonlySet<string> = new Set([
  ...KNOWN_ANNOTATIONS,
  ...Object.values(DAPR_ANNOTATION),
  MIRROR_ANNOTATION,
  ALLOW_DELETE,
])

function keepAnnotations(value: unknown): Record<string, string> {
  return Object.fromEntries(
    Object.entries(stringsOf(value)).flatMap(([key, text]) => {
      if (READ.has(key)) return [[key, keepAnnotation(key, text)]]
      // a misspelt key is a finding; what it holds decides nothing
      return key.startsWith(ANNOTATION_PREFIX) ? [[key, REDACTED]] : []
    }),
  )
}

function keepAnnotation(key: string, text: string): string {
  if (key === ANNOTATION.status) return keepStatus(text)
  // who misunderstands `<secret>/<key>` may have written the token itself
  if (key === ANNOTATION.tokenSecret && !/^[-.a-z0-9]{1,253}\/[-._a-zA-Z0-9]{1,253}$/.test(text))
    return REDACTED
  return text
}

/** Our own status is of names. What somebody else wrote there is not kept beyond what we would have written. */
function keepStatus(text: string): string {
  try {
    const status: unknown = JSON.parse(text)
    if (!isObject(status)) return REDACTED
    const own = Object.entries(status).filter(([key]) => OF_STATUS.has(key))
    return JSON.stringify(Object.fromEntries(own))
  } catch {
    return REDACTED
  }
}

const OF_STATUS: ReadonlySet<string> = new Set(['instance', 'strategy', 'service', 'skipped', 'containers'])
