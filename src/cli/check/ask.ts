import type { Fact, Listed, Named } from '../../check/facts.ts'
import { objectOr } from '../../core/cluster-facts.ts'
import type { JsonObject } from '../../core/pod.ts'
import { printable } from '../../core/quote.ts'
import { ApiError } from '../../kube/call-errors.ts'
import type { KubeClient } from '../../kube/kube-client.ts'
import { listInPages } from '../../kube/page-list.ts'

const ASK_MS = 15_000
const PAGE_SIZE = 500

/** Asks a cluster for facts: whatever keeps it from telling is an answer, too. */
export interface Asker {
  /** one object; `right` is what it takes, as `get leases` */
  readonly named: (path: string, right: string) => Promise<Named>
  /**
   * all objects of a path; a kind that is not installed has none
   *
   * @param keep what is kept of each; undefined for nothing
   */
  readonly listed: (
    path: string,
    right: string,
    keep?: (object: JsonObject) => JsonObject | undefined,
    query?: Readonly<Record<string, string>>,
  ) => Promise<Listed>
  readonly asked: <T>(right: string, ask: (signal: AbortSignal) => Promise<T>) => Promise<Fact<T>>
}

export function makeAsker(client: KubeClient): Asker {
  const asked: Asker['asked'] = async (right, ask) => {
    try {
      return { known: true, value: await ask(AbortSignal.timeout(ASK_MS)) }
    } catch (error) {
      return { known: false, why: reasonOf(error, client.server), right: isForbidden(error) ? right : '' }
    }
  }
  return {
    asked,
    named: (path, right) =>
      asked(right, (signal) => orAbsent(async () => objectOr(await client.get(path, { signal })))),
    listed: (path, right, keep = (object) => object, query = {}) =>
      asked(right, async (signal) => {
        const list = await orAbsent(() =>
          listInPages(
            (page) => client.get(path, { query: { ...query, ...page }, signal }),
            (object) => keep(objectOr(object)),
            PAGE_SIZE,
          ),
        )
        return (list?.items ?? []).filter((item) => item !== undefined)
      }),
  }
}

async function orAbsent<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask()
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return undefined
    throw error
  }
}

function isForbidden(error: unknown): boolean {
  return error instanceof ApiError && (error.status === 403 || error.status === 401)
}

function reasonOf(error: unknown, server: string): string {
  if (error instanceof Error && error.name === 'TimeoutError')
    return `${server} said nothing for ${ASK_MS / 1000} s`
  return error instanceof Error ? printable(error.message).replace(/\.$/, '') : 'no answer came'
}
