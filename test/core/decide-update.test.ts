import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { decideUpdate } from '../../src/core/decide-update.ts'
import { isAllowed, type Decision } from '../../src/core/decision.ts'
import { denialMessage } from '../../src/core/message.ts'
import type { Pod } from '../../src/core/pod.ts'
import { aQuestion, settled } from './a-question.ts'
import { aPod } from './builders.ts'

const text = fc.string({ unit: 'binary' })
const annotations = fc.dictionary(
  fc.oneof(
    fc.constantFrom('dapr.io/shared', 'dapr.io/shared-status', 'dapr.io/enabled', 'other', '__proto__'),
    text.map((rest) => `dapr.io/shared-${rest}`),
  ),
  text,
)
const labels = fc.dictionary(
  fc.constantFrom('shared.dapr.io/app-id', 'shared.dapr.io/app-namespace', 'app'),
  text,
)
const pod = fc.record({ annotations, labels }).map(aPod)
const decided = (now: Pod, oldPod: Pod): Decision =>
  settled(decideUpdate({ ...aQuestion({ pod: now, inventory: new Map() }), oldPod }))

test('a change of a pod is told in one printable paragraph, however much is changed', () => {
  fc.assert(
    fc.property(pod, pod, (one, other) => {
      const { findings } = decided(one, other)
      expect(denialMessage(findings)).toMatch(/^[ -~]{0,1024}$/)
    }),
  )
})

test('an UPDATE that changes nothing of ours is allowed, whatever the pod says', () => {
  fc.assert(
    fc.property(pod, text, (one, value) => {
      const changed = { ...one, metadata: { ...one.metadata, finalizers: [value] } }
      const decision = decided(changed, one)
      expect(isAllowed(decision)).toBe(true)
      expect(decision.edits).toEqual([])
    }),
  )
})

test('thousands of changed annotations make no answer of megabytes', () => {
  const many = Object.fromEntries(
    Array.from({ length: 16_000 }, (_, index) => [`dapr.io/shared-${index}`, 'x']),
  )
  const decision = decided(aPod({ annotations: many }), aPod())
  expect(isAllowed(decision)).toBe(false)
  expect(decision.findings.length).toBeLessThan(50)
})
