import { ApiError, UnreadableAnswer } from './call-errors.ts'
import type { Query } from './kube-client.ts'
import { readFields } from './read-fields.ts'

interface Page {
  readonly items: readonly unknown[]
  readonly resourceVersion: string
  readonly next: string | undefined
}

export interface PagedList<Item> {
  readonly items: Item[]
  /** where a watch goes on from: all pages are of one snapshot and say the same */
  readonly resourceVersion: string
}

/**
 * Lists a resource page by page; `read` turns each object into what is kept of it, so that only one page is in memory
 * whole. No resourceVersion is asked for: then the answer is the newest there is, never one from before what we hold.
 * (https://kubernetes.io/docs/reference/using-api/api-concepts/#retrieving-large-results-sets-in-chunks)
 *
 * When the snapshot is compacted while we walk (410), the walk begins anew; and when that happens again, the list is
 * asked for in one piece, which cannot expire half-way.
 */
export async function listInPages<Item>(
  ask: (query: Query) => Promise<unknown>,
  read: (object: unknown) => Item,
  pageSize: number,
): Promise<PagedList<Item>> {
  for (const limit of [pageSize, pageSize]) {
    const list = await walk(ask, read, { limit: String(limit) })
    if (list !== 'expired') return list
  }
  const whole = await walk(ask, read, {})
  if (whole === 'expired')
    throw new UnreadableAnswer('a list without a limit came in pages, and its pages expired')
  return whole
}

/** Lists a kind that may not be installed: a cluster that does not know it has none of it. */
export async function listIfInstalled<Item>(...list: Parameters<typeof listInPages<Item>>): Promise<Item[]> {
  try {
    return (await listInPages(...list)).items
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return []
    throw error
  }
}

async function walk<Item>(
  ask: (query: Query) => Promise<unknown>,
  read: (object: unknown) => Item,
  query: Query,
): Promise<PagedList<Item> | 'expired'> {
  const items: Item[] = []
  let page = readPage(await ask(query))
  const { resourceVersion } = page
  for (;;) {
    for (const item of page.items) items.push(read(item))
    const { next } = page
    if (next === undefined) return { items, resourceVersion }
    try {
      page = readPage(await ask({ ...query, continue: next }))
    } catch (error) {
      if (error instanceof ApiError && error.status === 410) return 'expired'
      throw error
    }
    if (page.next === next)
      throw new UnreadableAnswer('a list goes round in circles: a page names itself as the next')
  }
}

function readPage(body: unknown): Page {
  const { kind, apiVersion, metadata, items } = readFields(body)
  const { resourceVersion, continue: next } = readFields(metadata)
  // An empty list may have null for its items: that is how Go writes an empty slice that was never made.
  const objects: unknown = items ?? []
  if (!Array.isArray(objects)) throw new UnreadableAnswer('a list has no items')
  if (typeof resourceVersion !== 'string' || resourceVersion === '')
    throw new UnreadableAnswer('a list has no metadata.resourceVersion')
  return {
    items: objects.map((object: unknown) => named(object, kind, apiVersion)),
    resourceVersion,
    next: typeof next === 'string' && next !== '' ? next : undefined,
  }
}

/** Gives an item the kind that only its list bears, so that it looks as it does in a watch. */
function named(object: unknown, listKind: unknown, apiVersion: unknown): unknown {
  if (typeof listKind !== 'string' || !listKind.endsWith('List')) return object
  return { apiVersion, kind: listKind.slice(0, -'List'.length), ...readFields(object) }
}
