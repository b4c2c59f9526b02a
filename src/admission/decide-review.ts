import { decide } from '../core/decide.ts'
import type { Settings } from '../core/settings.ts'
import { decideUpdate } from '../core/decide-update.ts'
import { admitUnasked, leaveAlone, type Decision } from '../core/decision.ts'
import type { Inventory } from '../core/inventory.ts'
import { forgedByBinding } from '../core/rules/labels.ts'
import type { Review } from './review.ts'

/** Which of the two webhooks is asked. */
export type Stage = 'mutate' | 'validate'

/** The decision about one review, whoever asks for it: the server, or a command that was given a recorded one. */
export function decideReview(
  stage: Stage,
  review: Review,
  inventory: Inventory,
  settings: Settings,
): Decision {
  const { subject, namespace } = review
  const { excludedNamespaces } = settings
  switch (subject.kind) {
    case 'create':
      return decide({ stage, pod: subject.pod, namespace, inventory, settings })
    case 'update':
      if (stage === 'mutate') return leaveAlone()
      return decideUpdate({ pod: subject.pod, oldPod: subject.oldPod, namespace, excludedNamespaces })
    case 'binding':
      return excludedNamespaces.has(namespace) ? leaveAlone() : admitUnasked(forgedByBinding(subject.labels))
    case 'other':
      return leaveAlone()
  }
}
