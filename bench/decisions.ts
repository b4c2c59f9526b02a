import { decodeReview, encodeReview } from '../src/admission/review.ts'
import { patchProblem } from '../src/core/check-patch.ts'
import { toJsonPatch } from '../src/core/json-patch.ts'
import { recognizeWorkload } from '../src/discovery/recognize.ts'
import { appIdOf, daemonSetOf, namespaceOf, type Fleet } from './fleet.ts'
import { decideAlone, reviewBodies, storeOf, type ReviewKind } from './reviews.ts'
import { formatTable, round } from './table.ts'
import { timeEach, type Times } from './time-each.ts'

/** The table of what a decision costs inside the process, without HTTP: microseconds. */
export function measureDecisions(
  fleets: readonly (readonly [name: string, Fleet])[],
  milliseconds: number,
): string {
  const rows = fleets.flatMap(([name, fleet]) => {
    const store = storeOf(fleet)
    const timeKind = (kind: ReviewKind): Times => {
      const reviews = reviewBodies(kind, fleet).map((body) => decodeReview(JSON.parse(body)))
      const inventory = store.current()
      return timeEach(milliseconds, (turn) => {
        const review = reviews[turn % reviews.length]
        if (review?.subject.kind !== 'create') return
        const decision = decideAlone('mutate', review, inventory)
        const patch = toJsonPatch(review.subject.pod, decision.edits)
        patchProblem(review.subject.pod, patch)
        encodeReview(review.uid, decision, patch)
      })
    }
    const changeOne = (): Times =>
      timeEach(milliseconds, (turn) => {
        const index = turn % fleet.instances
        const namespace = namespaceOf(index, fleet)
        const recognized = recognizeWorkload('DaemonSet', daemonSetOf(index, fleet))
        store.setWorkload(namespace, `DaemonSet/${appIdOf(index)}`, recognized)
        store.current()
      })
    const tell = (what: string, { p50, p99 }: Times): string[] => [
      `${name}: ${what}`,
      round(p50, 1),
      round(p99, 1),
    ]
    return [
      tell('injected', timeKind('injected')),
      tell('missing', timeKind('missing')),
      tell('one instance changes', changeOne()),
    ]
  })
  return formatTable(['inside the process', 'p50 µs', 'p99 µs'], rows)
}
