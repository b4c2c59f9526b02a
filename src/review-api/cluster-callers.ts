import { createHash } from 'node:crypto'
import { objectOr } from '../core/cluster-facts.ts'
import { listOf, textOf } from '../discovery/loose.ts'
import { makeRateLimits, type Rate } from '../discovery/rate-limit.ts'
import { makeAnswerCache, type AnswerCache } from '../facts/answer-cache.ts'
import { UnreadableAnswer } from '../kube/call-errors.ts'
import type { KubeClient } from '../kube/kube-client.ts'
import { GROUP, REVIEWS } from '../policy/kinds.ts'
import { bearerToken, unauthorized } from './bearer-token.ts'
import type { Identify } from './callers.ts'

export interface ClusterCallersOptions {
  readonly client: KubeClient
  readonly rates: CallerRates
  /** milliseconds, monotonic */
  readonly clock: () => number
}

/** How often the API server is asked, in all and for one address or caller. */
export interface CallerRates {
  readonly tokens: { readonly all: Rate; readonly one: Rate }
  readonly rights: { readonly all: Rate; readonly one: Rate }
}

export const DEFAULT_CALLER_RATES: CallerRates = {
  tokens: { all: { perSecond: 20, burst: 60 }, one: { perSecond: 5, burst: 20 } },
  rights: { all: { perSecond: 50, burst: 200 }, one: { perSecond: 20, burst: 100 } },
}

/** A token that was revoked, or a right that was taken away, must not be good for longer. */
const HOLDS_MS = 10_000
const SIZE = 1000
const ASK_MS = 4000
const TOKEN_REVIEWS = '/apis/authentication.k8s.io/v1/tokenreviews'
const ACCESS_REVIEWS = '/apis/authorization.k8s.io/v1/subjectaccessreviews'

interface TokenQuestion {
  readonly token: string
  /** stands for the token wherever it is kept */
  readonly hash: string
  readonly remoteAddress: string
}

/** A user as the API server knows him; his name is empty where the token is nobody's. */
interface User {
  readonly name: string
  readonly uid: string
  readonly groups: readonly unknown[]
  readonly extra: object
}

interface RightQuestion {
  readonly user: User
  readonly hash: string
  readonly namespace: string
}

/**
 * Callers are those of the cluster: whose token it is, and what its owner may, the API server tells (TokenReview and
 * SubjectAccessReview), whatever authenticates and authorizes there. Nothing keeps a token but the request that brings it.
 */
export function makeClusterCallers(options: ClusterCallersOptions): Identify {
  const users = askForUsers(options)
  const rights = askForRights(options)
  return async ({ headers, remoteAddress }, signal) => {
    const token = bearerToken(headers.authorization)
    const hash = createHash('sha256').update(token).digest('base64')
    const user = await users.get({ token, hash, remoteAddress }, signal)
    if (user.name === '')
      throw unauthorized(
        'the bearer token is not one of this cluster, or has expired. Get a new one: kubectl create token SERVICEACCOUNT.',
        'invalid_token',
      )
    return {
      name: user.name,
      mayAsk: (namespace, until) => rights.get({ user, hash, namespace }, until),
    }
  }
}

function askForUsers({ client, rates, clock }: ClusterCallersOptions): AnswerCache<TokenQuestion, User> {
  const allowed = makeRateLimits({ all: rates.tokens.all, namespace: rates.tokens.one }, clock)
  return makeAnswerCache({
    describe: () => 'whose token it is',
    keyOf: ({ hash }) => hash,
    allowed: ({ remoteAddress }) => allowed(remoteAddress),
    holdsMs: HOLDS_MS,
    size: SIZE,
    askMs: ASK_MS,
    clock,
    async ask({ token }, signal) {
      const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token } }
      return readUser(objectOr(await client.post(TOKEN_REVIEWS, review, { signal }))['status'])
    },
  })
}

function readUser(status: unknown): User {
  const { authenticated, user } = objectOr(status)
  const { username, uid, groups, extra } = objectOr(user)
  if (authenticated !== true) return { name: '', uid: '', groups: [], extra: {} }
  const name = textOf(username) ?? ''
  if (name === '') throw new UnreadableAnswer('a TokenReview without a user')
  return { name, uid: textOf(uid) ?? '', groups: listOf(groups), extra: objectOr(extra) }
}

function askForRights({ client, rates, clock }: ClusterCallersOptions): AnswerCache<RightQuestion, boolean> {
  const allowed = makeRateLimits({ all: rates.rights.all, namespace: rates.rights.one }, clock)
  return makeAnswerCache({
    describe: ({ namespace }) => `who may ask about namespace ${namespace}`,
    keyOf: ({ hash, namespace }) => `${hash} ${namespace}`,
    allowed: ({ user }) => allowed(user.name),
    holdsMs: HOLDS_MS,
    size: SIZE,
    askMs: ASK_MS,
    clock,
    async ask({ user, namespace }, signal) {
      const { name, ...rest } = user
      const resourceAttributes = { verb: 'create', group: GROUP, resource: REVIEWS, namespace }
      const review = {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SubjectAccessReview',
        spec: { user: name, ...rest, resourceAttributes },
      }
      const { allowed: answer } = objectOr(
        objectOr(await client.post(ACCESS_REVIEWS, review, { signal }))['status'],
      )
      if (typeof answer !== 'boolean') throw new UnreadableAnswer('a SubjectAccessReview without an answer')
      return answer
    },
  })
}
