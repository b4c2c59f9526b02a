import { setTimeout as sleep } from 'node:timers/promises'
import type { KubeClient } from '../../../src/kube/kube-client.ts'
import type { MemoryApi } from '../memory-api.ts'

/** A way to an API server whose watches stand still when a test says so: what has happened comes with the thaw. */
export function laggingClient(api: MemoryApi, differences: Partial<KubeClient> = {}) {
  const present = { isFrozen: false }
  const client: KubeClient = {
    server: api.server,
    get: api.get,
    send: api.send,
    post: api.post,
    async watch(path, options) {
      const lines = await api.watch(path, options)
      return (async function* () {
        for await (const line of lines) {
          while (present.isFrozen && options?.signal?.aborted !== true) await sleep(5)
          yield line
        }
      })()
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
    ...differences,
  }
  return { client, freeze: () => void (present.isFrozen = true), thaw: () => void (present.isFrozen = false) }
}
