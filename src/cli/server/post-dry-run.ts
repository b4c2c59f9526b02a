import { setTimeout as sleep } from 'node:timers/promises'
import type { JsonObject } from '../../core/pod.ts'
import { ApiError } from '../../kube/call-errors.ts'
import type { KubeClient } from '../../kube/kube-client.ts'
import type { ServerAnswer } from '../../server-dry-run/judge.ts'
import { withGeneratedName } from '../../server-dry-run/sent-pod.ts'

/** Longer than all webhooks that a pod may meet usually take; then the API server says so by itself. */
const LONGEST = '25s'
/** So an API server that says nothing for so long is none that will answer about another pod. */
const SILENCE_MS = 40_000
const FIELD_MANAGER = 'dapr-shared-admission'

const MOST_TRIES = 3
const LONGEST_PAUSE_SECONDS = 5

type DryRunClient = Pick<KubeClient, 'server' | 'post'>

export interface Posted {
  readonly answer: ServerAnswer
  /** a pod of its name exists, so another name was asked for */
  readonly renamed: boolean
}

/** Asks the API server to create a pod, without creating it: everything happens that would, but for the writing. */
export async function postDryRun(
  client: DryRunClient,
  namespace: string,
  pod: JsonObject,
  silenceMs = SILENCE_MS,
): Promise<Posted> {
  const first = await post(client, namespace, pod, silenceMs)
  if (first.kind !== 'no' || first.error.reason !== 'AlreadyExists') return { answer: first, renamed: false }
  return { answer: await post(client, namespace, withGeneratedName(pod), silenceMs), renamed: true }
}

async function post(
  client: DryRunClient,
  namespace: string,
  pod: JsonObject,
  silenceMs: number,
): Promise<ServerAnswer> {
  for (let tries = 1; ; tries++) {
    const warnings: string[] = []
    const signal = AbortSignal.timeout(silenceMs)
    try {
      const created = await client.post(`/api/v1/namespaces/${namespace}/pods`, pod, {
        query: { dryRun: 'All', fieldManager: FIELD_MANAGER, fieldValidation: 'Warn', timeout: LONGEST },
        onWarnings: (texts) => warnings.push(...texts),
        signal,
      })
      return { kind: 'admitted', pod: created, warnings }
    } catch (error) {
      if (signal.aborted) return { kind: 'lost', why: tellSilence(client.server, silenceMs) }
      if (!(error instanceof ApiError))
        return { kind: 'lost', why: error instanceof Error ? error.message : String(error) }
      if (error.status !== 429 || tries === MOST_TRIES) return { kind: 'no', error, warnings }
      // too many at once: the API server says when to come again
      await sleep(Math.min(error.retryAfterSeconds ?? 1, LONGEST_PAUSE_SECONDS) * 1000)
    }
  }
}

function tellSilence(server: string, silenceMs: number): string {
  return `${server} said nothing about the pod for ${silenceMs / 1000} s, though it was asked for an answer within ${LONGEST}. Look whether it is well (kubectl get --raw=/readyz?verbose), then ask again.`
}
