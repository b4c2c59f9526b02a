import type { Known, Stage } from '../../src/admission/decide-review.ts'
import { decideReview } from '../../src/admission/decide-review.ts'
import type { Review } from '../../src/admission/review.ts'
import type { Decision } from '../../src/core/decision.ts'
import type { Inventory } from '../../src/core/inventory.ts'
import { NO_POLICIES } from '../../src/core/policy.ts'
import type { FactSource } from '../../src/facts/fact-source.ts'
import { NOW, settled, someFacts } from '../core/a-question.ts'
import { SETTINGS } from '../corpus/read-cluster.ts'

/** Facts that nobody has to be asked for. */
export const KNOWN_FACTS: FactSource = {
  peek: () => someFacts(),
  gather: async () => someFacts(),
}

/** A cluster without policies. */
export function ungoverned(inventory: Inventory): Pick<Known, 'inventory' | 'policies'> {
  return { inventory, policies: NO_POLICIES }
}

/** The decision about a review in a cluster without policies. */
export function decideUngoverned(stage: Stage, review: Review, inventory: Inventory): Decision {
  const known = { ...ungoverned(inventory), settings: SETTINGS, now: NOW }
  return settled(decideReview(stage, review, known, KNOWN_FACTS.peek))
}
