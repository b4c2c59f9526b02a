import { isDeepStrictEqual } from 'node:util'
import type { ApiResponse } from '../../cluster/api-request.ts'
import type { TestCluster } from '../../cluster/attach.ts'
import { injectedWith, injectionOf, knownInstance } from '../../e2e/support/expected.ts'
import { create } from '../../e2e/support/objects.ts'
import { aPod, storedPod } from '../../e2e/support/pods.ts'

/** What became of a pod that asked for an instance. */
export type Kind =
  | 'injected'
  | 'not injected'
  | 'refused by us'
  | 'failed call'
  /** the API server said no for a reason of its own */
  | 'API server'
  /** it could not be asked */
  | 'no connection'

export interface Answer {
  readonly kind: Kind
  /** what was said, where that is not clear from the kind */
  readonly message: string
}

/** Creates a pod as a dry run. Whatever comes of it is an answer. */
export async function askFor(cluster: TestCluster, namespace: string, appId: string): Promise<Answer> {
  try {
    return judge(await create(cluster, namespace, aPod('asking', appId), { dryRun: true }), namespace, appId)
  } catch (error) {
    return { kind: 'no connection', message: error instanceof Error ? error.message : String(error) }
  }
}

/** A pod must carry all that its instance gives it, to the letter, or it counts as not injected. */
export function judge({ status, body }: ApiResponse, namespace: string, appId: string): Answer {
  const text = JSON.stringify(body)
  if (status === 201) {
    const wanted = injectedWith(knownInstance(namespace, appId))
    const injected = isDeepStrictEqual(injectionOf(storedPod.parse(body)), wanted)
    return injected ? { kind: 'injected', message: '' } : { kind: 'not injected', message: text }
  }
  const message = `${status} ${text}`
  // before anything else: our own failures must not hide among those of an API server that comes or goes
  if (text.includes('failed calling webhook')) return { kind: 'failed call', message }
  if (text.includes('denied the request')) return { kind: 'refused by us', message }
  return { kind: 'API server', message }
}
