import { objectOr } from '../core/cluster-facts.ts'
import { isDnsLabel, isDnsSubdomain } from '../core/dns-names.ts'
import { makeRateLimits } from '../discovery/rate-limit.ts'
import { UnreadableAnswer } from '../kube/call-errors.ts'
import { GROUP, KINDS } from '../policy/kinds.ts'
import { makeAnswerCache, type AnswerCache, type AskingOptions } from './answer-cache.ts'

/** May this ServiceAccount use this instance? */
export interface AccessQuestion {
  /** of the ServiceAccount */
  readonly namespace: string
  readonly serviceAccount: string
  readonly instance: { readonly namespace: string; readonly appId: string }
}

export const DEFAULT_ACCESS_RATES = {
  all: { perSecond: 50, burst: 150 },
  namespace: { perSecond: 10, burst: 30 },
}

/** Whoever has just been given the right, or lost it, should not wait longer: the reference says ten seconds. */
const HOLDS_MS = 10_000
const SIZE = 10_000
const ASK_MS = 4000
const REVIEWS = '/apis/authorization.k8s.io/v1/subjectaccessreviews'

/**
 * Asks the API server's own authorizers, so that whatever grants rights in this cluster decides: RBAC, or a webhook. The
 * object need not exist.
 */
export function makeAccessLookUp({
  client,
  rates,
  clock,
}: AskingOptions): AnswerCache<AccessQuestion, boolean> {
  const allowed = makeRateLimits(rates, clock)
  const asked = makeAnswerCache<AccessQuestion, boolean>({
    describe: ({ namespace, serviceAccount, instance }) =>
      `whether ServiceAccount ${namespace}/${serviceAccount} may use ${instance.namespace}/${instance.appId}`,
    keyOf: ({ namespace, serviceAccount, instance }) =>
      [namespace, serviceAccount, instance.namespace, instance.appId].join(' '),
    allowed: ({ namespace }) => allowed(namespace),
    holdsMs: HOLDS_MS,
    size: SIZE,
    askMs: ASK_MS,
    clock,
    async ask(question, signal) {
      const review = objectOr(await client.post(REVIEWS, reviewOf(question), { signal }))
      const { allowed: answer } = objectOr(review['status'])
      if (typeof answer !== 'boolean') throw new UnreadableAnswer('a SubjectAccessReview without an answer')
      return answer
    },
  })
  return {
    peek: (question) => (isPossible(question) ? asked.peek(question) : false),
    get: async (question, signal) => (isPossible(question) ? asked.get(question, signal) : false),
  }
}

/**
 * A name that no ServiceAccount can have has no rights, and could stand for another user. It is whatever a pod says, of any
 * length, so it must not become the key of an answer that is kept.
 */
function isPossible({ namespace, serviceAccount, instance }: AccessQuestion): boolean {
  return (
    isDnsLabel(namespace) &&
    isDnsSubdomain(serviceAccount) &&
    isDnsLabel(instance.namespace) &&
    isDnsLabel(instance.appId)
  )
}

/** User and groups as the API server makes them of a ServiceAccount's token (Kubernetes docs, "Authenticating"). */
function reviewOf({ namespace, serviceAccount, instance }: AccessQuestion): object {
  return {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SubjectAccessReview',
    spec: {
      user: `system:serviceaccount:${namespace}:${serviceAccount}`,
      groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
      resourceAttributes: {
        verb: 'use',
        group: GROUP,
        resource: KINDS.DaprSharedInstance.plural,
        namespace: instance.namespace,
        name: instance.appId,
      },
    },
  }
}
