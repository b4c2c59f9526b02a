import { z } from 'zod'
import type { ApiResponse } from '../../cluster/api-request.ts'
import type { TestCluster } from '../../cluster/attach.ts'
import { create, type KubeObject } from './objects.ts'
import { storedPod, type StoredPod } from './pods.ts'

/** What the API server answered to a request, as far as a person would see it. */
export interface Answer {
  readonly status: number
  /** why not; empty where it was done */
  readonly message: string
  readonly warnings: readonly string[]
  /** the pod as it was admitted; none where it was refused, or is no pod */
  readonly pod: StoredPod | undefined
}

/** Creates a pod in a namespace; whatever comes of it is an answer. */
export async function answerTo(
  cluster: TestCluster,
  namespace: string,
  pod: KubeObject,
  options: Parameters<typeof create>[3] = {},
): Promise<Answer> {
  return toAnswer(await create(cluster, namespace, pod, options))
}

const failure = z.looseObject({ message: z.string().default('') })

export function toAnswer({ status, body, headers }: ApiResponse): Answer {
  const isDone = status < 300
  return {
    status,
    message: isDone ? '' : failure.parse(body).message,
    warnings: [headers['warning'] ?? []].flat().flatMap(warningsIn),
    pod: isDone ? storedPod.safeParse(body).data : undefined,
  }
}

/** The texts of a `Warning` header: `299 - "text"`, several of them with commas between. */
function warningsIn(header: string): string[] {
  return [...header.matchAll(/299 \S+ "((?:[^"\\]|\\.)*)"/g)].map(([, text = '']) =>
    text.replaceAll(/\\(.)/g, '$1'),
  )
}
