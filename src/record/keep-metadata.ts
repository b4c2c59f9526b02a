import { objectOr } from '../core/cluster-facts.ts'
import type { JsonObject } from '../core/pod.ts'
import { tellableAnnotation } from '../core/tellable-annotation.ts'
import {
  ALLOW_DELETE,
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

/** As wrong as what stood there: a single word would be the name of a container. */
const INSTEAD = `${REDACTED}, as it is no name`

function keepAnnotations(value: unknown): Record<string, string> {
  return Object.fromEntries(
    Object.entries(stringsOf(value)).flatMap(([key, text]) => {
      if (READ.has(key)) return [[key, tellableAnnotation(key, text) ?? INSTEAD]]
      // a misspelt key is a finding; what it holds decides nothing
      return key.startsWith(ANNOTATION_PREFIX) ? [[key, REDACTED]] : []
    }),
  )
}
