import type { ReviewEvent } from '../admission/handle.ts'
import { denialMessage } from '../core/message.ts'
import type { Pod } from '../core/pod.ts'
import type { FactSubject } from '../facts/fact-source.ts'
import { controllerOf, type OwnerReference } from '../facts/owner-reference.ts'

/** A refusal that nobody reads unless it is told: a controller asked, and a person looks at what the controller works for. */
export interface Refusal {
  readonly namespace: string
  /** the pod's labels and the owner that it claims, and no more of it: nothing is told of an owner before that was verified */
  readonly subject: FactSubject
  /** tells which claim, and which message: refusals alike are one */
  readonly key: string
  /** the message of the refusal, at most 1 KiB */
  readonly note: string
}

/**
 * The refusal to tell of, if it is one: a pod that a controller makes was refused at its creation, for good. A person who
 * creates or changes a pod reads the answer, and a dry run has no effect.
 */
export function refusalOf({ stage, review, decision }: ReviewEvent): Refusal | undefined {
  const { subject, namespace, dryRun } = review
  if (decision.outcome !== 'denied' || dryRun || subject.kind !== 'create') return undefined
  if (stage !== 'mutate' && stage !== 'validate') return undefined
  const { labels, ownerReferences } = subject.pod.metadata
  const claimed = controllerOf({ ownerReferences })
  if (claimed === undefined || claimed.uid === '' || areTooLong(labels ?? {})) return undefined
  const note = denialMessage(decision.findings)
  return {
    namespace,
    subject: { pod: claimOf(claimed, labels), namespace },
    key: `${namespace} ${claimed.uid} ${note}`,
    note,
  }
}

/** Refusals wait in memory, and anybody may cause one: labels of real pods are a few hundred characters. */
const LONGEST_LABELS = 8192

function areTooLong(labels: Readonly<Record<string, string>>): boolean {
  let length = 0
  for (const [key, value] of Object.entries(labels)) length += key.length + value.length
  return length > LONGEST_LABELS
}

/** What of a pod its owner is verified by. The rest may be megabytes. */
function claimOf({ group, version, ...claimed }: OwnerReference, labels: Pod['metadata']['labels']): Pod {
  const apiVersion = group === '' ? version : `${group}/${version}`
  return {
    metadata: { labels: { ...labels }, ownerReferences: [{ ...claimed, apiVersion, controller: true }] },
    spec: { containers: [] },
  }
}
