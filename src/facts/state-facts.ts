import type { Consumers, Fact, Facts, Owner } from '../core/facts.ts'
import type { NamespaceFacts } from '../core/cluster-facts.ts'
import { objectOr } from '../core/cluster-facts.ts'
import type { JsonObject } from '../core/pod.ts'
import { quote } from '../core/quote.ts'
import { textOf } from '../discovery/loose.ts'
import type { FactSource, FactSubject } from './fact-source.ts'
import { controllerOf, metadataOf, type OwnerReference } from './owner-reference.ts'
import { ownerSelector } from './owner-selector.ts'
import { verifyOwners, type OwnerFound, type OwnerObject, type OwnerQuestion } from './owners.ts'
import { ownWorkload } from './own-workload.ts'

/** What manifests tell of the things that a decision asks for. */
export interface StateFactsParts {
  readonly namespaces: ReadonlyMap<string, NamespaceFacts>
  /** an object of the state; none where it has none of that kind and name */
  readonly object: (group: string, kind: string, namespace: string, name: string) => JsonObject | undefined
  readonly consumers: (namespace: string, appId: string) => Consumers
}

const NOT_ASKED = { known: false, why: 'no cluster was asked' } as const

/** The facts of manifests. Nothing in them changes while one looks, so all is known at once, or stays unknown. */
export function makeStateFacts(parts: StateFactsParts): FactSource {
  const peek = (subject: FactSubject): Facts => {
    const owners = (): Fact<readonly Owner[]> => ownersOf(parts, subject)
    return {
      // the label that Kubernetes itself gives to every namespace
      namespaceLabels: () =>
        withName(parts.namespaces.get(subject.namespace)?.labels ?? {}, subject.namespace),
      owners,
      mayUse: () => NOT_ASKED,
      consumers: (namespace, appId) => ({ known: true, value: parts.consumers(namespace, appId) }),
      workload: () => ownWorkload(subject, owners()),
    }
  }
  return { peek, gather: async (subject) => peek(subject) }
}

function withName(labels: Readonly<Record<string, string>>, name: string): Readonly<Record<string, string>> {
  return { ...labels, 'kubernetes.io/metadata.name': name }
}

function ownersOf({ object }: StateFactsParts, subject: FactSubject): Fact<readonly Owner[]> {
  const look = ({ reference, namespace: own }: OwnerQuestion): OwnerFound => {
    const { group, kind, name } = reference
    const found = object(group, kind, own, name)
    return found === undefined
      ? { known: false, why: `${kind} ${quote(name)} is not in the state` }
      : { known: true, value: readOwner(found, reference) }
  }
  const reading = verifyOwners(subject, look)
  return 'owners' in reading ? reading.owners : NOT_ASKED
}

/** What was never in a cluster has no uid: where an object has none, its name must do, whatever uid a reference has. */
function readOwner(object: JsonObject, reference: OwnerReference): OwnerObject {
  let read = READ.get(object)
  if (read === undefined) {
    const metadata = metadataOf(object)
    const selects = ownerSelector(reference.kind, objectOr(object['spec']))
    read = { uid: textOf(metadata['uid']), selects, controller: controllerOf(metadata) }
    READ.set(object, read)
  }
  return { ...read, uid: read.uid ?? reference.uid }
}

/** What was read of an object, as long as the state has it: selectors are compiled once. */
const READ = new WeakMap<JsonObject, Omit<OwnerObject, 'uid'> & { readonly uid: string | undefined }>()
