import { decide, type Question } from '../core/decide.ts'
import { decideUpdate } from '../core/decide-update.ts'
import { admitUnasked, leaveAlone, type Answer } from '../core/decision.ts'
import type { Facts } from '../core/facts.ts'
import { forgedByBinding } from '../core/rules/labels.ts'
import type { FactSubject } from '../facts/fact-source.ts'
import type { InstanceChange } from '../discovery/instance-change.ts'
import type { NamespaceInventory } from '../core/inventory.ts'
import { decideChange, decideTemplate } from './decide-object.ts'
import type { Review } from './review.ts'

/** Which of the webhooks is asked. */
export type Stage = 'mutate' | 'validate' | 'workloads' | 'protect'

/** What is known when a decision is made: one state throughout. */
export interface Known extends Pick<Question, 'inventory' | 'policies' | 'settings' | 'now'> {
  /** a namespace as it would be after a change of something that instances are made of; only a server is asked */
  readonly preview?: (namespace: string, change: InstanceChange) => NamespaceInventory
}

/** The decision about one review, whoever asks for it: the server, or a command that was given a recorded one. */
export function decideReview(
  stage: Stage,
  review: Review,
  known: Known,
  factsOf: (subject: FactSubject) => Facts,
): Answer {
  const { subject, namespace } = review
  const { excludedNamespaces } = known.settings
  switch (subject.kind) {
    case 'create':
      if (stage !== 'mutate' && stage !== 'validate') return leaveAlone()
      return decide({
        ...known,
        stage,
        point: 'Pod',
        pod: subject.pod,
        namespace,
        facts: factsOf({ pod: subject.pod, namespace }),
      })
    case 'update': {
      if (stage !== 'validate') return leaveAlone()
      const { pod, oldPod } = subject
      return decideUpdate({
        pod,
        oldPod,
        namespace,
        point: 'Pod',
        facts: factsOf({ pod: oldPod, namespace }),
        ...known,
      })
    }
    case 'binding':
      return excludedNamespaces.has(namespace) ? leaveAlone() : admitUnasked(forgedByBinding(subject.labels))
    case 'object':
      if (stage === 'workloads') return decideTemplate(subject, namespace, known, factsOf)
      return stage === 'protect' ? decideChange(subject, namespace, known, factsOf) : leaveAlone()
    case 'other':
      return leaveAlone()
  }
}
