import { decide, type Question } from '../core/decide.ts'
import { decideUpdate } from '../core/decide-update.ts'
import { admitUnasked, leaveAlone, type Answer } from '../core/decision.ts'
import type { Facts } from '../core/facts.ts'
import { forgedByBinding } from '../core/rules/labels.ts'
import type { FactSubject } from '../facts/fact-source.ts'
import { decideWorkload } from '../workloads/decide-workload.ts'
import { ownersOf } from '../workloads/owners-of.ts'
import { MalformedReview, type Review } from './review.ts'

/** Which of the webhooks is asked. */
export type Stage = 'mutate' | 'validate' | 'workloads' | 'protect'

/** What is known when a decision is made: one state throughout. */
export type Known = Pick<Question, 'inventory' | 'policies' | 'settings' | 'now'>

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
        stage,
        point: 'Pod',
        pod: subject.pod,
        namespace,
        facts: factsOf({ pod: subject.pod, namespace }),
        ...known,
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
    case 'workload': {
      if (stage !== 'workloads') return leaveAlone()
      const { workload } = subject
      const answer = decideWorkload(workload, namespace, {
        point: 'Workload',
        factsOf: (pod) => factsOf({ pod, namespace, owners: ownersOf(workload) }),
        ...known,
      })
      if ('wanted' in answer) throw new MalformedReview('PodMalformed', answer.field)
      return 'needs' in answer ? answer : { ...answer.decision, edits: [] }
    }
    case 'other':
      return leaveAlone()
  }
}
