import { objectOr } from '../core/cluster-facts.ts'
import type { Fact, Owner } from '../core/facts.ts'
import { isDnsLabel } from '../core/dns-names.ts'
import { textOf } from '../discovery/loose.ts'
import { makeRateLimits } from '../discovery/rate-limit.ts'
import { ApiError } from '../kube/call-errors.ts'
import type { KubeClient } from '../kube/kube-client.ts'
import { METADATA_OF_ONE } from '../kube/metadata-client.ts'
import { makeAnswerCache, type AskingOptions } from './answer-cache.ts'
import { makeApiResources, type ApiResource } from './api-resources.ts'
import type { FactSubject } from './fact-source.ts'
import { controllerOf, metadataOf, type OwnerReference } from './owner-reference.ts'
import { ownerSelector } from './owner-selector.ts'
import { verifyOwners, type OwnerFound, type OwnerQuestion, type VerifiedOwners } from './owners.ts'

/** Room for a large rollout: each new ReplicaSet or Job costs two questions, however many pods it makes. */
export const DEFAULT_OWNER_RATES = {
  all: { perSecond: 100, burst: 300 },
  namespace: { perSecond: 20, burst: 60 },
}

/** Owners change hands rarely, and a pod's claim names the uid: what is found once holds for its whole rollout. */
const HOLDS_MS = 60_000
const SIZE = 10_000
const ASK_MS = 4000

const NO_PODS = (): boolean => false

export interface OwnerLookUp {
  /** the verified owners as far as everything about them is known, without waiting */
  peek(subject: FactSubject): Fact<readonly Owner[]> | undefined
  /** @throws FactUnavailable where nobody answers, or the limits allow no more questions */
  verify(subject: FactSubject, signal: AbortSignal): Promise<Fact<readonly Owner[]>>
  /**
   * The topmost verified owner; none of a pod that nobody owns, or whose owners nobody may read.
   *
   * @throws FactUnavailable likewise
   */
  topmost(subject: FactSubject, signal: AbortSignal): Promise<OwnerReference | undefined>
}

/** Looks at the owners that pods claim, one after the other upwards. */
export function makeOwnerLookUp({ client, rates, clock }: AskingOptions): OwnerLookUp {
  const allowed = makeRateLimits(rates, clock)
  const resources = makeApiResources(client, { allowed, askMs: ASK_MS, clock })
  const objects = makeAnswerCache<OwnerQuestion, OwnerFound>({
    describe: ({ reference: { kind, name } }) => `the owner ${kind}/${name}`,
    keyOf,
    allowed: ({ namespace }) => allowed(namespace),
    holdsMs: HOLDS_MS,
    size: SIZE,
    askMs: ASK_MS,
    clock,
    async ask(question, signal) {
      // an object of a cluster has a uid
      if (question.reference.uid === '') return ABSENT
      const resource = await resources.find(question.reference, question.namespace, signal)
      if (!resource.known) return resource
      return resource.value === undefined ? ABSENT : readOwner(client, resource.value, question, signal)
    },
  })

  return {
    peek(subject) {
      const reading = verifyOwners(subject, (question) => objects.peek(question))
      return 'owners' in reading ? reading.owners : undefined
    },
    verify: async (subject, signal) => (await readAll(subject, signal)).owners,
    topmost: async (subject, signal) => (await readAll(subject, signal)).topmost,
  }

  async function readAll(subject: FactSubject, signal: AbortSignal): Promise<VerifiedOwners> {
    // kept here, too: what was found for this pod must not expire while the rest is looked at
    const found = new Map<string, OwnerFound>()
    for (;;) {
      const reading = verifyOwners(
        subject,
        (question) => found.get(keyOf(question)) ?? objects.peek(question),
      )
      if ('owners' in reading) return reading
      found.set(keyOf(reading.next), await objects.get(reading.next, signal))
    }
  }
}

function keyOf({ reference, namespace, whole }: OwnerQuestion): string {
  const { group, version, kind, name, uid } = reference
  return [namespace, group, version, kind, name, uid, whole].join(' ')
}

const ABSENT: OwnerFound = { known: true, value: undefined }

async function readOwner(
  client: KubeClient,
  { root, plural, namespaced }: ApiResource,
  { reference, namespace, whole }: OwnerQuestion,
  signal: AbortSignal,
): Promise<OwnerFound> {
  // the reference was checked when it was read; the namespace is the caller's
  if (!isDnsLabel(namespace)) return ABSENT
  const place = namespaced ? `${root}/namespaces/${namespace}` : root
  try {
    const headers = whole ? {} : { accept: METADATA_OF_ONE }
    const object = await client.get(`${place}/${plural}/${reference.name}`, { headers, signal })
    const metadata = metadataOf(object)
    const spec = objectOr(object)['spec']
    const value = {
      uid: textOf(metadata['uid']) ?? '',
      selects: whole ? ownerSelector(reference.kind, spec) : NO_PODS,
      controller: controllerOf(metadata),
    }
    return { known: true, value }
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return ABSENT
    if (error instanceof ApiError && error.status === 403) {
      const resource = reference.group === '' ? plural : `${plural}.${reference.group}`
      return { known: false, why: `the service may not read ${resource} (grant get in a ClusterRole)` }
    }
    throw error
  }
}
