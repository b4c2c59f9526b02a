import { performance } from 'node:perf_hooks'
import { decodeReview, encodeReview } from '../src/admission/review.ts'
import { patchProblem } from '../src/core/check-patch.ts'
import { toJsonPatch } from '../src/core/json-patch.ts'
import { recognizeWorkload } from '../src/discovery/recognize.ts'
import { appIdOf, daemonSetOf, namespaceOf, type Fleet } from './fleet.ts'
import { decideAlone, reviewBodies, storeOf, type ReviewKind } from './reviews.ts'
import { formatTable, round } from './table.ts'

/** The table of what a decision costs inside the process, without HTTP: microseconds. */
export function measureDecisions(
  fleets: readonly (readonly [name: string, Fleet])[],
  milliseconds: number,
): string {
  const rows = fleets.flatMap(([name, fleet]) => {
    const store = storeOf(fleet)
    const timeKind = (kind: ReviewKind): string[] => {
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
    const changeOne = (): string[] =>
      timeEach(milliseconds, (turn) => {
        const index = turn % fleet.instances
        const namespace = namespaceOf(index, fleet)
        const recognized = recognizeWorkload('DaemonSet', daemonSetOf(index, fleet))
        store.setWorkload(namespace, `DaemonSet/${appIdOf(index)}`, recognized)
        store.current()
      })
    return [
      [`${name}: injected`, ...timeKind('injected')],
      [`${name}: missing`, ...timeKind('missing')],
      [`${name}: one instance changes`, ...changeOne()],
    ]
  })
  return formatTable(['inside the process', 'p50 µs', 'p99 µs'], rows)
}

/** Median and 99th percentile of single runs, after as many that warm up the compiler. */
function timeEach(milliseconds: number, run: (turn: number) => void): string[] {
  let samples: number[] = []
  for (const phase of ['warm up', 'measure']) {
    samples = []
    const until = performance.now() + milliseconds
    for (let turn = 0; performance.now() < until && samples.length < 200_000; turn++) {
      const start = performance.now()
      run(turn)
      samples.push((performance.now() - start) * 1000)
    }
    if (phase === 'measure') samples.sort((a, b) => a - b)
  }
  return [0.5, 0.99].map((rank) => round(samples[Math.floor(samples.length * rank)] ?? 0, 1))
}
