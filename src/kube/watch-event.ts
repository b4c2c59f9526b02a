import { readStatus, UnreadableAnswer } from './call-errors.ts'
import { type ObjectMeta, readMeta } from './object-meta.ts'
import { readFields } from './read-fields.ts'

/** One line of a watch that can be acted upon. */
export type WatchEvent =
  | { readonly type: 'BOOKMARK'; readonly resourceVersion: string }
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: unknown; readonly meta: ObjectMeta }

/**
 * Decodes a line. An ERROR event is thrown as the `ApiError` it carries; whatever is not an event of the API (no JSON,
 * half a JSON, an unknown type, an object without name or version) as `UnreadableAnswer`. Nothing is ever skipped:
 * a line that we do not understand may be the one that mattered.
 */
export function decodeWatchLine(line: string): WatchEvent {
  const { type, object } = readFields(parse(line))
  switch (type) {
    case 'ADDED':
    case 'MODIFIED':
    case 'DELETED':
      return { type, object, meta: readMeta(object) }
    case 'BOOKMARK':
      return { type, resourceVersion: readBookmark(object) }
    case 'ERROR':
      throw readStatus(object)
    default:
      throw new UnreadableAnswer(
        `an event of the watch has the unknown type ${JSON.stringify(type)?.slice(0, 40)}`,
      )
  }
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    // Without the cause: V8 quotes the text, which may be that of a Secret.
    throw new UnreadableAnswer('a line of the watch is not JSON')
  }
}

function readBookmark(object: unknown): string {
  const { resourceVersion } = readFields(readFields(object)['metadata'])
  if (typeof resourceVersion !== 'string' || resourceVersion === '')
    throw new UnreadableAnswer('a bookmark of the watch has no resourceVersion')
  return resourceVersion
}
