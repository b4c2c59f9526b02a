import type { ReviewEvent } from '../admission/handle.ts'
import { denialMessage } from '../core/message.ts'
import type { FactSubject } from '../facts/fact-source.ts'
import { controllerOf } from '../facts/owner-reference.ts'

/** A refusal that nobody reads unless it is told: a controller asked, and a person looks at what the controller works for. */
export interface Refusal {
  readonly namespace: string
  /** the pod, with the owner that it claims: nothing is told of an owner before that was verified */
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
  const claimed = controllerOf({ ownerReferences: subject.pod.metadata.ownerReferences })
  if (claimed === undefined || claimed.uid === '') return undefined
  const note = denialMessage(decision.findings)
  return {
    namespace,
    subject: { pod: subject.pod, namespace },
    key: `${namespace} ${claimed.uid} ${note}`,
    note,
  }
}
