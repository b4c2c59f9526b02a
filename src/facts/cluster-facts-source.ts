import type { Consumers, Fact, FactQuery, Facts, Owner } from '../core/facts.ts'
import { serviceAccountOf } from '../core/pod.ts'
import type { Labels } from '../core/policy.ts'
import type { AccessQuestion } from './access.ts'
import type { AnswerCache } from './answer-cache.ts'
import { FactUnavailable, type FactSource, type FactSubject } from './fact-source.ts'
import type { NamespaceLabels } from './namespace-labels.ts'
import type { OwnerLookUp } from './owner-look-up.ts'
import { ownWorkload } from './own-workload.ts'

export interface ClusterFactsParts {
  readonly namespaces: NamespaceLabels
  readonly owners: OwnerLookUp
  readonly access: AnswerCache<AccessQuestion, boolean>
  /** who uses an instance, for a decision about this pod; nothing before the pods were read completely */
  readonly consumers: (namespace: string, appId: string, subject: FactSubject) => Consumers | undefined
}

/** What was gathered for one decision, which must not expire before it is made. */
interface Gathered {
  labels?: Labels
  owners?: Fact<readonly Owner[]>
  readonly access: Map<string, boolean>
}

/** The facts of a cluster: watches tell at once, the API server is asked for the rest. */
export function makeClusterFacts(parts: ClusterFactsParts): FactSource {
  return {
    peek: (subject) => factsOf(parts, subject, { access: new Map() }),
    async gather(subject, needs, signal) {
      const gathered: Gathered = { access: new Map() }
      await Promise.all(needs.map((need) => gather(parts, subject, need, gathered, signal)))
      return factsOf(parts, subject, gathered)
    },
  }
}

async function gather(
  { namespaces, owners, access }: ClusterFactsParts,
  subject: FactSubject,
  need: FactQuery,
  gathered: Gathered,
  signal: AbortSignal,
): Promise<void> {
  switch (need.kind) {
    case 'namespace':
      gathered.labels = await namespaces.get(subject.namespace, signal)
      return
    case 'owners':
      gathered.owners = await owners.verify(subject, signal)
      return
    case 'access': {
      const answer = await access.get(accessQuestion(subject, need.namespace, need.appId), signal)
      gathered.access.set(`${need.namespace}/${need.appId}`, answer)
      return
    }
    case 'consumers':
      // the inventory is served only once the pods are known, too: nothing to wait for
      throw new FactUnavailable('who uses the instance: the pods were not read completely yet')
  }
}

function factsOf(parts: ClusterFactsParts, subject: FactSubject, gathered: Gathered): Facts {
  const owners = (): Fact<readonly Owner[]> | undefined => gathered.owners ?? parts.owners.peek(subject)
  return {
    namespaceLabels: () => gathered.labels ?? parts.namespaces.peek(subject.namespace),
    owners,
    mayUse: (ofInstance, appId) =>
      known(
        gathered.access.get(`${ofInstance}/${appId}`) ??
          parts.access.peek(accessQuestion(subject, ofInstance, appId)),
      ),
    consumers: (ofInstance, appId) => known(parts.consumers(ofInstance, appId, subject)),
    workload: () => ownWorkload(subject, owners()),
  }
}

function accessQuestion(
  { pod, namespace: own }: FactSubject,
  namespace: string,
  appId: string,
): AccessQuestion {
  return { namespace: own, serviceAccount: serviceAccountOf(pod), instance: { namespace, appId } }
}

function known<T>(value: T | undefined): Fact<T> | undefined {
  return value === undefined ? undefined : { known: true, value }
}
