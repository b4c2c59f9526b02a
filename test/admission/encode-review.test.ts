import * as fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import type { Stage } from '../../src/admission/decide-review.ts'
import { decodeReview, encodeReview } from '../../src/admission/review.ts'
import { inject, refuse, type Decision } from '../../src/core/decision.ts'
import type { Instance } from '../../src/core/instance.ts'
import { toJsonPatch } from '../../src/core/json-patch.ts'
import { finding, RULE_IDS, type Action, type Finding } from '../../src/core/rules.ts'
import { readCluster } from '../corpus/read-cluster.ts'
import { decideUngoverned } from './known-facts.ts'
import { aPod, aReview, type PodParts, type ReviewParts } from './a-review.ts'
import { patchOf, readResponse } from './response-contract.ts'
import { PATIENT } from './patience.ts'

vi.setConfig(PATIENT)

const UID = '705ab4f5-6393-11e8-b7cc-42010a800002'
const inventory = readCluster('shop')

/** The answer to a review, read as the API server reads it. */
function answer(parts: ReviewParts = {}, stage: Stage = 'mutate') {
  const review = decodeReview(aReview({ uid: UID, ...parts }))
  const decision = decideUngoverned(stage, review, inventory)
  const { subject } = review
  const patch =
    stage === 'mutate' && subject.kind === 'create' ? toJsonPatch(subject.pod, decision.edits) : []
  return readResponse(encodeReview(review.uid, decision, patch), { uid: UID, stage })
}

const answerPod = (parts: PodParts, stage: Stage = 'mutate') => answer({ object: aPod(parts) }, stage)
const answerDecision = (decision: Decision) =>
  readResponse(encodeReview(UID, decision, []), { uid: UID, stage: 'validate' })

describe('the answer about an admitted pod', () => {
  test('has a patch where something changes', () => {
    const response = answer()
    expect(response).toMatchObject({ allowed: true, patchType: 'JSONPatch' })
    expect(patchOf(response).map(({ op }) => op)).toEqual(patchOf(response).map(() => 'add'))
  })

  test('has neither patch nor audit annotations where it did not ask', () => {
    expect(answerPod({ annotations: {} })).toEqual({ uid: UID, allowed: true })
  })

  test('tells what rules warn of', () => {
    const { warnings } = answerPod({
      annotations: { 'dapr.io/shared': 'cart', 'dapr.io/shared-stratgy': 'x' },
    })
    expect(warnings).toEqual([
      '[annotation.unknown] no annotation "dapr.io/shared-stratgy". Did you mean dapr.io/shared-strategy?',
    ])
  })

  test('names the instance in the audit log, and the same on reinvocation', () => {
    const wanted = { decision: 'injected', instance: 'shop/cart' }
    const first = answer()
    expect(first.auditAnnotations).toEqual(wanted)

    const decision = inject({ namespace: 'shop', appId: 'cart' } as Instance, [], [], [])
    expect(decision.outcome).toBe('unchanged')
    expect(answerDecision(decision).auditAnnotations).toEqual(wanted)
  })
})

describe('the answer about a refused pod', () => {
  test('has code 403, and causes for programs', () => {
    expect(answerPod({ annotations: { 'dapr.io/shared': 'lost' } }).status).toMatchObject({
      code: 403,
      reason: 'Forbidden',
      details: {
        causes: [{ reason: 'instance.misconfigured', field: 'metadata.annotations["dapr.io/shared"]' }],
      },
    })
  })

  test('has code 422 where only annotations are at fault', () => {
    expect(answerPod({ annotations: { 'dapr.io/shared': 'Cart' } }).status).toMatchObject({
      code: 422,
      reason: 'Invalid',
    })
    const both = answerPod({ annotations: { 'dapr.io/shared': 'Cart', 'dapr.io/enabled': 'true' } })
    expect(both.status).toMatchObject({ code: 403, reason: 'Forbidden' })
  })

  // kubectl's checkErr prints `<field>: <message>` of each cause of a 422, and leaves the status' own message out
  test('tells the rule and the cure in each cause: of a 422 kubectl shows nothing else', () => {
    const { status } = answerPod({ annotations: { 'dapr.io/shared': 'Cart' } })
    expect(status?.details.causes).toEqual([
      {
        reason: 'annotation.invalid',
        field: 'metadata.annotations["dapr.io/shared"]',
        message:
          '[annotation.invalid] the annotation dapr.io/shared is "Cart", but values are exact. Write "cart".',
      },
    ])
    expect(status?.message).toBe(status?.details.causes[0]?.message)
  })

  test('names the rules in the audit log, each once', () => {
    const wrong = { 'dapr.io/shared': '', 'dapr.io/shared-strategy': 'x', 'dapr.io/enabled': 'true' }
    expect(answerPod({ annotations: wrong }).auditAnnotations).toEqual({
      decision: 'denied',
      rule: 'annotation.invalid,sidecar.conflict',
    })
  })

  test('has no patch, whatever else would have changed', () => {
    expect(
      answerPod({ annotations: { 'dapr.io/shared': 'cart', 'dapr.io/enabled': 'yes' } }).patch,
    ).toBeUndefined()
  })

  test('counts what does not fit into the message', () => {
    const many = Array.from({ length: 50 }, (_, index) =>
      finding('annotation.invalid', { message: `number ${index} is wrong.`, cure: 'x'.repeat(60) }),
    )
    expect(answerDecision(refuse(many)).status?.message).toMatch(/ \(and \d+ more\)$/)
  })
})

describe('the answer of /validate', () => {
  test('never has a patch', () => {
    expect(answer({}, 'validate').patch).toBeUndefined()
    expect(answer({}, 'validate').status?.message).toMatch(/^\[injection\.incomplete\] /)
  })
})

describe('whatever a tenant writes', () => {
  const anyText = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 400 }),
    fc.constantFrom('\u001b[31mred', 'a\nb', '\u202Egnp', '\ud800', '"', '\\', 'x'.repeat(5000), 'cart', ''),
  )
  const anyKey = fc.oneof(
    fc.constantFrom(
      'dapr.io/shared',
      'dapr.io/shared-containers',
      'dapr.io/shared-namespace',
      'dapr.io/enabled',
      'dapr.io/shared-status',
      '__proto__',
    ),
    anyText.map((text) => `dapr.io/shared-${text}`),
  )
  const anyAnnotations = fc.dictionary(anyKey, anyText, { maxKeys: 12 })

  test('in annotations and names, a creation is answered as the API server wants it', () => {
    fc.assert(
      fc.property(anyAnnotations, anyText, anyText, (annotations, name, value) => {
        const containers = [{ name, env: [{ name: 'DAPR_HTTP_ENDPOINT', value }] }]
        answerPod({ annotations: { 'dapr.io/shared': 'cart', ...annotations }, containers })
        answerPod({ annotations: { ...annotations, 'dapr.io/shared': 'cart' }, containers }, 'validate')
      }),
    )
  })

  test('in annotations of a running pod, an update is answered as the API server wants it', () => {
    fc.assert(
      fc.property(anyAnnotations, anyAnnotations, anyText, (before, after, label) => {
        const labels = { 'shared.dapr.io/app-id': label }
        const parts = {
          operation: 'UPDATE',
          object: aPod({ annotations: after, labels }),
          oldObject: aPod({ annotations: before }),
        }
        answer(parts, 'validate')
      }),
    )
  })

  test('any findings together are answered as the API server wants it', () => {
    const anyFinding: fc.Arbitrary<Finding> = fc
      .tuple(
        fc.constantFrom(...RULE_IDS),
        fc.string({ maxLength: 300 }),
        fc.string({ maxLength: 300 }),
        fc.constantFrom<Action[]>('Deny', 'Warn', 'Audit'),
      )
      .map(([rule, message, cure, action]) => ({ ...finding(rule, { message, cure }), action }))
    fc.assert(
      fc.property(fc.array(anyFinding, { maxLength: 60 }), fc.constantFrom(...RULE_IDS), (findings, rule) => {
        answerDecision(
          refuse(
            [...findings, finding(rule, { message: 'wrong.', cure: 'mend.' })].map((one) => ({
              ...one,
              action: 'Deny',
            })),
          ),
        )
        answerDecision(
          inject(
            { namespace: 'shop', appId: 'cart' } as Instance,
            [],
            findings.filter(({ action }) => action !== 'Deny'),
            [],
          ),
        )
      }),
    )
  })
})
