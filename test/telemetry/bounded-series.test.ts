import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { RULE_IDS } from '../../src/core/rules.ts'
import { aPod, aReview } from '../admission/a-review.ts'
import { readSamples } from './scraped.ts'
import { toldReviews } from './told-reviews.ts'

/** Every value that a review can bring into a label. Callers choose reviews: nothing of theirs may be among them. */
const VALUES: Readonly<Record<string, readonly string[]>> = {
  webhook: ['mutate', 'validate', 'workloads', 'protect'],
  operation: ['CREATE', 'UPDATE', 'DELETE', 'CONNECT', 'unknown'],
  decision: ['injected', 'unchanged', 'admitted', 'denied', 'handed_over', 'error'],
  dry_run: ['true', 'false'],
  rule: RULE_IDS,
  action: ['Deny', 'Warn', 'Audit'],
  policy: ['built-in'],
  result: ['changed', 'confirmed', 'refused', 'failed'],
}

const word = fc.string({ maxLength: 20 })
const loose = fc.oneof(
  word,
  fc.constant(null),
  fc.integer(),
  fc.constantFrom('CREATE', 'UPDATE', 'pods', 'shop'),
)
const annotations = fc.dictionary(
  fc.oneof(
    word,
    fc.constantFrom(
      'dapr.io/shared',
      'dapr.io/shared-namespace',
      'dapr.io/enabled',
      'dapr.io/shared-strategy',
    ),
  ),
  fc.oneof(word, fc.constantFrom('cart', 'idle', 'nobody', 'true')),
)
const review = fc
  .record(
    {
      uid: loose,
      operation: fc.oneof(loose, fc.constantFrom('CREATE', 'UPDATE', 'DELETE', 'CONNECT')),
      namespace: fc.oneof(loose, fc.constant('shop')),
      name: word,
      subResource: fc.oneof(word, fc.constantFrom('', 'status', 'binding')),
      dryRun: fc.oneof(fc.boolean(), loose),
      object: fc.oneof(
        annotations.map((some) => aPod({ annotations: some })),
        fc.jsonValue(),
      ),
      oldObject: fc.oneof(fc.constant(aPod()), fc.jsonValue()),
    },
    { requiredKeys: [] },
  )
  .map(aReview)
/** One that an API server could send, of an object with any name and any annotations. */
const asking = fc
  .record({ some: annotations, name: word, dryRun: fc.boolean() })
  .map(({ some, name, dryRun }) =>
    aReview({
      dryRun,
      object: aPod({ annotations: { 'dapr.io/shared': name, ...some }, metadata: { name } }),
    }),
  )
const stage = fc.constantFrom('mutate', 'validate', 'workloads', 'protect')

test('no review brings a value of its own into a label', async () => {
  const { ask, scrape } = toldReviews({
    level: 'silent',
    lookUp: () => Promise.reject(new Error('no answer')),
  })
  await fc.assert(
    fc.asyncProperty(stage, fc.oneof(asking, review, fc.jsonValue()), async (where, body) => {
      await ask(body, where)
    }),
    { numRuns: 500 },
  )
  // what comes by chance may hold no name that is looked up, and break no rule
  for (const name of ['nobody', 'No Name']) {
    await ask(aReview({ object: aPod({ annotations: { 'dapr.io/shared': name } }) }), 'mutate')
  }
  const seen = new Map<string, Set<string>>()
  for (const { name, labels } of readSamples(await scrape())) {
    if (name === 'dapr_shared_build_info') continue
    for (const [label, value] of Object.entries(labels)) {
      if (label !== 'le') seen.set(label, (seen.get(label) ?? new Set()).add(value))
    }
  }
  expect([...seen.keys()]).toEqual(expect.arrayContaining(['webhook', 'decision', 'rule', 'result']))
  for (const [label, values] of seen) {
    if (label === 'state') continue
    expect(VALUES[label], label).toEqual(expect.arrayContaining([...values]))
  }
})
