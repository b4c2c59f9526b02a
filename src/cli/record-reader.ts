import { objectOr } from '../core/cluster-facts.ts'
import { countOf } from '../core/count-of.ts'
import type { JsonObject } from '../core/pod.ts'
import { ApiError } from '../kube/call-errors.ts'
import type { KubeClient } from '../kube/kube-client.ts'
import { metadataOnly } from '../kube/metadata-client.ts'
import { listIfInstalled, listInPages } from '../kube/page-list.ts'
import { CommandError, type Io } from './io.ts'

/** How long one question may take; a list is as many as it has pages. */
export const ASK_MS = 30_000
const PAGE_SIZE = 500

export interface ListOptions {
  /** its definition need not be installed */
  readonly mayBeAbsent?: boolean
  readonly metadataOnly?: boolean
  readonly query?: Readonly<Record<string, string>>
}

/** Asks a cluster, and decides what becomes of a question that gets no answer. */
export interface RecordReader {
  readonly client: KubeClient
  /** what was not told, in sentences */
  readonly unread: readonly string[]
  /** page by page: `take` keeps what is wanted of each object */
  list(what: string, path: string, take: (item: JsonObject) => void, options?: ListOptions): Promise<void>
  get(what: string, path: string): Promise<JsonObject | 'absent' | 'unread'>
  attempt<T>(what: string, ask: () => Promise<T>): Promise<T | 'unread'>
}

/**
 * @param partial go on without what is not told; else it is a CommandError 3, as half a recording that looks like a whole
 *   one gives wrong answers
 */
export function makeReader(client: KubeClient, partial: boolean, progress: Io['progress']): RecordReader {
  const unread: string[] = []
  const thin = metadataOnly(client)
  let seen = 0
  const attempt: RecordReader['attempt'] = async (what, ask) => {
    try {
      return await ask()
    } catch (error) {
      const reason = error instanceof Error ? error.message : 'no answer'
      const sentence = `${client.server} did not tell ${what} (${reason})`
      if (!partial) {
        const cure = 'Ask for the right to read it, or record the rest with --partial.'
        throw new CommandError(`${sentence}: nothing was recorded. ${cure}`, 3)
      }
      unread.push(`${sentence}.`)
      return 'unread'
    }
  }
  return {
    client,
    unread,
    attempt,
    async list(what, path, take, options = {}) {
      const asked = options.metadataOnly ? thin : client
      const ask = (page: Readonly<Record<string, string>>): Promise<unknown> =>
        asked.get(path, { query: { ...options.query, ...page }, signal: AbortSignal.timeout(ASK_MS) })
      const read = (item: unknown): void => {
        seen += 1
        if (seen % PAGE_SIZE === 0) progress?.(`${countOf(seen, 'object')} read, now ${what}`)
        take(objectOr(item))
      }
      await attempt(`${what} of ${placeOf(path)}`, async () => {
        if (options.mayBeAbsent) await listIfInstalled(ask, read, PAGE_SIZE)
        else await listInPages(ask, read, PAGE_SIZE)
      })
    },
    get: (what, path) =>
      attempt(what, async () => {
        try {
          return objectOr(await client.get(path, { signal: AbortSignal.timeout(ASK_MS) }))
        } catch (error) {
          if (error instanceof ApiError && error.status === 404) return 'absent'
          throw error
        }
      }),
  }
}

function placeOf(path: string): string {
  const [, namespace] = /\/namespaces\/([^/]+)\//.exec(path) ?? []
  return namespace === undefined ? 'all namespaces' : `namespace ${namespace}`
}
