import { objectOr } from '../../core/cluster-facts.ts'
import { countOf } from '../../core/count-of.ts'
import type { JsonObject } from '../../core/pod.ts'
import { printable } from '../../core/quote.ts'
import { ApiError } from '../../kube/call-errors.ts'
import type { KubeClient } from '../../kube/kube-client.ts'
import { metadataOnly } from '../../kube/metadata-client.ts'
import { listIfInstalled, listInPages } from '../../kube/page-list.ts'
import type { Unread } from '../../state/incomplete.ts'
import { CommandError, type Io } from '../io.ts'

/** How long one question may take; a list is as many as it has pages. */
export const ASK_MS = 30_000
const PAGE_SIZE = 500

export interface ListOptions {
  /** its definition need not be installed */
  readonly mayBeAbsent?: boolean
  readonly metadataOnly?: boolean
  readonly query?: Readonly<Record<string, string>>
  readonly part?: Part
}

/** Asks a cluster, and decides what becomes of a question that gets no answer. */
export interface RecordReader {
  readonly client: KubeClient
  /** what was not told, in sentences */
  readonly unread: readonly Unread[]
  /** page by page: `take` keeps what is wanted of each object */
  list(what: string, path: string, take: (item: JsonObject) => void, options?: ListOptions): Promise<void>
  get(what: string, path: string, part?: Part): Promise<JsonObject | 'absent' | 'unread'>
  attempt<T>(what: string, ask: () => Promise<T>, part?: Part): Promise<T | 'unread'>
}

/** What answers rest on: those that need it are unknown where it was not told. */
export interface Part {
  readonly kind: string
  /** empty for all */
  readonly namespace: string
}

/**
 * @param partial go on without what is not told; else it is a CommandError 3, as half a recording that looks like a whole
 *   one gives wrong answers
 */
export function makeReader(client: KubeClient, partial: boolean, progress: Io['progress']): RecordReader {
  const unread: Unread[] = []
  const thin = metadataOnly(client)
  let seen = 0
  const attempt: RecordReader['attempt'] = async (what, ask, part) => {
    try {
      return await ask()
    } catch (error) {
      const reason = error instanceof Error ? printable(error.message) : 'no answer'
      const sentence = `${client.server} did not tell ${what} (${reason})`
      if (!partial) {
        const cure = isRefusal(error) ? 'Ask for the right to read it' : 'Try again'
        throw new CommandError(
          `${sentence}: nothing was recorded. ${cure}, or record the rest with --partial.`,
          3,
        )
      }
      const { kind, namespace } = part ?? {}
      unread.push({ ...(kind && { kind }), ...(namespace && { namespace }), why: sentence })
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
      const list = async (): Promise<unknown> =>
        options.mayBeAbsent ? listIfInstalled(ask, read, PAGE_SIZE) : listInPages(ask, read, PAGE_SIZE)
      await attempt(`${what} of ${placeOf(path)}`, list, options.part)
    },
    async get(what, path, part) {
      const ask = async (): Promise<JsonObject | 'absent'> => {
        try {
          return objectOr(await client.get(path, { signal: AbortSignal.timeout(ASK_MS) }))
        } catch (error) {
          if (error instanceof ApiError && error.status === 404) return 'absent'
          throw error
        }
      }
      return attempt(what, ask, part)
    },
  }
}

function isRefusal(error: unknown): boolean {
  return error instanceof ApiError && (error.status === 401 || error.status === 403)
}

function placeOf(path: string): string {
  const [, namespace] = /\/namespaces\/([^/]+)\//.exec(path) ?? []
  return namespace === undefined ? 'all namespaces' : `namespace ${namespace}`
}
