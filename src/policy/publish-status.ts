import { isDeepStrictEqual } from 'node:util'
import type { Consumers } from '../core/facts.ts'
import { objectOr } from '../core/cluster-facts.ts'
import type { JsonObject } from '../core/pod.ts'
import { numberOf, textOf } from '../discovery/loose.ts'
import { makeRateLimit, type Rate } from '../discovery/rate-limit.ts'
import { ApiError } from '../kube/call-errors.ts'
import type { Sleep } from '../kube/deadline.ts'
import type { KubeClient } from '../kube/kube-client.ts'
import { makeBreathing } from './breathe.ts'
import { API_VERSION, RESOURCE_KINDS, resourcePath, type ResourceKind } from './kinds.ts'
import { makeJudge } from './judge-resources.ts'
import { makeStatus, saysSo, type Status } from './status.ts'

/** A resource of ours as a watch shows it. */
export interface PublishedResource {
  readonly written: JsonObject
  readonly status: JsonObject
}

export interface PublishOptions {
  readonly client: KubeClient
  readonly resources: (kind: ResourceKind) => Iterable<PublishedResource>
  /** who uses an instance; none where nobody has counted yet */
  readonly consumers: (namespace: string, appId: string) => Consumers | undefined
  /** milliseconds since the epoch */
  readonly now: () => number
  /** milliseconds, monotonic */
  readonly clock: () => number
  readonly sleep: Sleep
  readonly log: { warn(facts: object, message: string): void }
  readonly rate?: Rate
}

export const FIELD_MANAGER = 'dapr-shared-admission'
const APPLY = 'application/apply-patch+yaml'

/** How soon a change is told. */
const SWEEP_MS = 2_000
/** The reference promises no more: a rollout changes them with every pod. */
const CONSUMERS_MS = 30_000
/** What the watch should have shown by now; longer than that, and it is said again. */
const ECHO_MS = 60_000
const ASK_MS = 10_000
const LONGEST_PAUSE_MS = 300_000
const DEFAULT_RATE: Rate = { perSecond: 20, burst: 40 }

/** What was said last of one object, and when saying so may be tried again. */
interface Said {
  readonly uid: string
  status: Status | undefined
  at: number
  consumersAt: number
  failures: number
  notBefore: number
}

/**
 * Tells authors what became of their resources, until the signal fires. Only one replica may do so at a time. Nothing that
 * happens here ends the server: what cannot be written is tried again later, and told once.
 */
export async function publishStatus(options: PublishOptions, signal: AbortSignal): Promise<void> {
  const { client, resources, consumers, now, clock, sleep, log } = options
  const limit = makeRateLimit(options.rate ?? DEFAULT_RATE, clock)
  const breathe = makeBreathing(options, signal)
  const judge = makeJudge(breathe)
  let said = new Map<string, Said>()
  let failing = false

  while (!signal.aborted) {
    try {
      await sweep()
    } catch (error) {
      if (!signal.aborted) log.warn({ err: error }, 'statuses were not written')
    }
    await sleep(SWEEP_MS, signal).catch(() => undefined)
  }

  async function sweep(): Promise<void> {
    const seen = new Map<string, Said>()
    const byKind = new Map(RESOURCE_KINDS.map((kind) => [kind, [...resources(kind)]]))
    const judgeNow = await judge(byKind.get('DaprSharedPolicy') ?? [], now())
    for (const [kind, all] of byKind) {
      for (const resource of all) {
        const place = placeOf(kind, resource.written)
        const last = said.get(place.path)
        const own = last?.uid === place.uid ? last : fresh(place.uid)
        seen.set(place.path, own)
        const status = statusOf(resource, own, place, judgeNow(kind, resource.written))
        if (isDue(resource, own, status)) await write(place, own, status)
        await breathe()
        if (signal.aborted) return
      }
    }
    said = seen
  }

  function statusOf(
    { written, status }: PublishedResource,
    own: Said,
    { kind, namespace, name }: Place,
    statements: Parameters<typeof makeStatus>[0],
  ): Status {
    const generation = numberOf(objectOr(written['metadata'])['generation']) ?? 0
    // whole seconds, as metav1.Time is stored
    const time = `${new Date(now()).toISOString().slice(0, 19)}Z`
    const made = makeStatus(statements, { generation, previous: own.status ?? status, now: time })
    if (kind !== 'DaprSharedInstance') return made
    const counted = clock() - own.consumersAt < CONSUMERS_MS ? undefined : consumers(namespace, name)
    if (counted === undefined) {
      return own.status?.consumers === undefined ? made : { ...made, consumers: own.status.consumers }
    }
    return { ...made, consumers: { pods: counted.pods, workloads: counted.workloads.size } }
  }

  function isDue({ status: shown }: PublishedResource, own: Said, status: Status): boolean {
    if (clock() < own.notBefore || saysSo(shown, status)) return false
    const isRepeated = isDeepStrictEqual(own.status, status)
    return (!isRepeated || clock() - own.at >= ECHO_MS) && limit.take()
  }

  async function write(
    { kind, path, namespace, name, uid }: Place,
    own: Said,
    status: Status,
  ): Promise<void> {
    const metadata = { name, ...(namespace === '' ? {} : { namespace }), uid }
    const body = { apiVersion: API_VERSION, kind, metadata, status }
    const query = { fieldManager: FIELD_MANAGER, force: 'true' }
    try {
      const limited = AbortSignal.any([signal, AbortSignal.timeout(ASK_MS)])
      await client.send('PATCH', `${path}/status`, body, { query, contentType: APPLY, signal: limited })
      if (!isDeepStrictEqual(own.status?.consumers, status.consumers)) own.consumersAt = clock()
      Object.assign(own, { status, at: clock(), failures: 0 })
      failing = false
    } catch (error) {
      // gone, or another object by now: the watch will tell
      if (signal.aborted || (error instanceof ApiError && [404, 409].includes(error.status))) return
      own.notBefore = clock() + Math.min(LONGEST_PAUSE_MS, SWEEP_MS * 2 ** own.failures)
      own.failures += 1
      const reason = error instanceof Error ? error.message : 'no answer'
      if (!failing) log.warn({ object: path, reason }, 'a status was not written')
      failing = true
    }
  }
}

interface Place {
  readonly kind: ResourceKind
  readonly path: string
  readonly namespace: string
  readonly name: string
  readonly uid: string
}

function placeOf(kind: ResourceKind, written: JsonObject): Place {
  const metadata = objectOr(written['metadata'])
  const namespace = textOf(metadata['namespace']) ?? ''
  const name = textOf(metadata['name']) ?? ''
  const path = `${resourcePath(kind, namespace)}/${name}`
  return { kind, path, namespace, name, uid: textOf(metadata['uid']) ?? '' }
}

function fresh(uid: string): Said {
  return {
    uid,
    status: undefined,
    at: 0,
    consumersAt: Number.NEGATIVE_INFINITY,
    failures: 0,
    notBefore: 0,
  }
}
