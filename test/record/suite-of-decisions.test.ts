import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { readDecision } from '../../src/record/read-decision.ts'
import { collectDecisions } from '../../src/record/suite-of-decisions.ts'
import { reviewManifest } from '../../src/review/review-manifest.ts'
import { parseManifests } from '../../src/state/parse-manifests.ts'
import { aPod, aReview, type PodParts, type ReviewParts } from '../admission/a-review.ts'
import { KNOWN_FACTS, ungoverned } from '../admission/known-facts.ts'
import { NOW } from '../core/a-question.ts'
import { readCluster, SETTINGS } from '../corpus/read-cluster.ts'
import { toldReviews } from '../telemetry/told-reviews.ts'

const suiteOf = z.object({
  tests: z.array(
    z.object({
      name: z.string(),
      state: z.object({ now: z.string() }),
      request: z.object({ review: z.record(z.string(), z.unknown()) }),
      expect: z.object({
        allowed: z.boolean(),
        matched: z.boolean().optional(),
        instance: z.string().optional(),
        findings: z
          .array(z.strictObject({ rule: z.string(), action: z.string(), policy: z.string() }))
          .default([]),
      }),
    }),
  ),
})

const SHOP = readCluster('shop')
const FACTS = { name: 'recorded', stateFiles: ['recorded.yaml'] }

/** Has the server decide, reads its log, and gives the suite that comes of it. */
async function recorded(...reviews: readonly { review: unknown; stage?: 'mutate' | 'validate' }[]) {
  const { ask, text } = toldReviews()
  for (const { review, stage } of reviews) await ask(review, stage)
  const collection = collectDecisions()
  const skipped: string[] = []
  for (const line of text().trimEnd().split('\n')) {
    const decision = readDecision(line)
    if (typeof decision === 'string') skipped.push(decision)
    else collection.add(decision)
  }
  const yaml = collection.suite(FACTS)
  // every reader of YAML must see the same, of whatever version
  expect(parseManifests(yaml, 'suite').manifests[0]?.object).toEqual(parse(yaml))
  return { skipped, yaml, tests: suiteOf.parse(parse(yaml)).tests }
}

const creation = (parts: PodParts, review: ReviewParts = {}): { review: unknown } => ({
  review: aReview({ object: aPod(parts), ...review }),
})
const asking = (
  annotations: Record<string, string>,
  parts: PodParts = {},
  namespace = 'shop',
): { review: unknown } => creation({ annotations, ...parts }, { namespace })

const MARKED = {
  'dapr.io/shared': 'cart',
  'dapr.io/shared-status': '{"instance":"shop/idle","containers":[]}',
}

const DECIDED: readonly (readonly [string, { review: unknown; stage?: 'validate' }])[] = [
  ['an injected pod', asking({ 'dapr.io/shared': 'cart' })],
  ['one that is refused', asking({ 'dapr.io/shared': 'nobody' })],
  ['one with a warning', asking({ 'dapr.io/shared': 'idle' })],
  ['a malformed value', asking({ 'dapr.io/shared': 'Cart ' })],
  ['an unknown annotation', asking({ 'dapr.io/shared': 'cart', 'dapr.io/shared-stratgy': 'x' })],
  ['another app-id', asking({ 'dapr.io/shared': 'cart', 'dapr.io/app-id': 'other' })],
  ['a sidecar', asking({ 'dapr.io/shared': 'cart', 'dapr.io/enabled': 'true' })],
  ['a container daprd', asking({ 'dapr.io/shared': 'cart' }, { containers: [{ name: 'daprd' }] })],
  [
    'a container that is not there',
    asking({ 'dapr.io/shared': 'cart', 'dapr.io/shared-containers': 'app,b' }),
  ],
  ['nothing to inject', asking({ 'dapr.io/shared': 'cart', 'dapr.io/shared-exclude-containers': 'app' })],
  ['another strategy', asking({ 'dapr.io/shared': 'cart', 'dapr.io/shared-strategy': 'external' })],
  ['a label that is not earned', creation({ annotations: {}, labels: { 'shared.dapr.io/app-id': 'cart' } })],
  ['a copied pod', asking(MARKED, { labels: { 'shared.dapr.io/app-id': 'idle' } })],
  ['a pod that does not ask', creation({ annotations: {} })],
  [
    'a pod where we do not serve',
    asking({ 'dapr.io/shared': 'cart' }, { metadata: { namespace: 'kube-system' } }, 'kube-system'),
  ],
  ['a static pod', asking({ 'dapr.io/shared': 'cart', 'kubernetes.io/config.mirror': 'hash' })],
  ['an annotation like a number', asking({ 'dapr.io/shared': '0o17', 'dapr.io/shared-strategy': 'no' })],
  ['a name that is none yet', creation({ metadata: { name: undefined, generateName: 'web-5d-' } })],
  [
    'a change',
    {
      review: aReview({ operation: 'UPDATE', object: aPod(), oldObject: aPod({ annotations: {} }) }),
      stage: 'validate',
    },
  ],
  [
    'a change of a pod that is being deleted',
    {
      review: aReview({
        operation: 'UPDATE',
        object: aPod({ metadata: { deletionTimestamp: '2026-11-21T15:00:00Z' } }),
        oldObject: aPod({
          annotations: {},
          metadata: { deletionTimestamp: '2026-11-21T15:00:00Z' },
        }),
      }),
      stage: 'validate',
    },
  ],
  [
    'a change of an unknown annotation',
    {
      review: aReview({
        operation: 'UPDATE',
        object: aPod({ annotations: { 'dapr.io/shared-odd': 'a' } }),
        oldObject: aPod({ annotations: { 'dapr.io/shared-odd': 'b' } }),
      }),
      stage: 'validate',
    },
  ],
]

describe('a test of a logged decision', () => {
  test.each(DECIDED)('holds on the same cluster: %s', async (_what, review) => {
    const { tests, skipped } = await recorded(review)
    expect({ tests: tests.length, skipped }).toEqual({ tests: 1, skipped: [] })
    const [one] = tests
    if (one === undefined) return
    const { manifests } = parseManifests(JSON.stringify(one.request.review), 'suite')
    const [manifest] = manifests
    if (manifest === undefined) throw new Error('no review')
    const { item, instance } = await reviewManifest(manifest, {
      known: { ...ungoverned(SHOP), settings: SETTINGS, now: NOW },
      facts: KNOWN_FACTS,
      defaultNamespace: 'default',
      signal: AbortSignal.timeout(10_000),
    })
    expect(item.allowed).toBe(one.expect.allowed)
    expect(item.matched).toBe(one.expect.matched ?? true)
    expect(instance).toBe(one.expect.instance ?? '')
    for (const finding of one.expect.findings) {
      expect(item.findings).toContainEqual(expect.objectContaining(finding))
    }
    const told = item.findings.filter(({ action }) => action !== 'Audit')
    expect(told.length > 0).toBe(one.expect.findings.length > 0)
  })

  test('names what happened, to what, and why', async () => {
    const { tests, yaml } = await recorded(asking({ 'dapr.io/shared': 'nobody' }))
    expect(tests[0]?.expect).not.toHaveProperty('instance')
    expect(tests).toMatchObject([
      {
        name: 'refuses shop/web: instance.missing',
        expect: { findings: [{ rule: 'instance.missing', action: 'Deny', policy: 'built-in' }] },
      },
    ])
    expect(yaml).toContain('files:\n    - recorded.yaml\n')
  })

  test('is there once, however often the pod was tried', async () => {
    const again = { ...asking({ 'dapr.io/shared': 'nobody' }) }
    const { tests, yaml } = await recorded(again, again, asking({ 'dapr.io/shared': 'idle' }), again)
    expect(tests.map(({ name }) => name)).toEqual([
      'refuses shop/web: instance.missing',
      'admits shop/web: instance.not-ready',
    ])
    expect(yaml).toContain('# 3 lines of the log say this')
  })

  test('has a name of its own', async () => {
    const { tests } = await recorded(
      asking({ 'dapr.io/shared': 'nobody' }),
      asking({ 'dapr.io/shared': 'nobody2' }),
    )
    expect(tests.map(({ name }) => name)).toEqual([
      'refuses shop/web: instance.missing',
      'refuses shop/web: instance.missing (2)',
    ])
  })

  test('says what the line did not tell', async () => {
    const env = [{ name: 'DAPR_HTTP_ENDPOINT', value: 'http://mine:1' }]
    const many = Array.from({ length: 100 }, (_, index) => `container-${index}`)
    const { tests, yaml } = await recorded(
      asking({ 'dapr.io/shared': 'cart' }, { containers: [{ name: 'app', env }] }),
      asking({ 'dapr.io/shared': 'cart', 'dapr.io/shared-containers': many.join(',') }),
    )
    expect(tests[0]?.expect).toEqual({ allowed: true, instance: 'shop/cart', findings: [] })
    expect(yaml).toContain('# Logged too, and not to be told from the line: env.conflict.')
    expect(yaml).toContain('# The log shortened names or values of this pod')
  })
})

describe('no test', () => {
  test('is made of what the validating webhook says again', async () => {
    const review = asking({ 'dapr.io/shared': 'cart' })
    const { tests, skipped } = await recorded(review, { ...review, stage: 'validate' })
    expect(tests).toHaveLength(1)
    // that pod was never injected, so it was refused
    expect(skipped).toEqual(['unseen'])
  })

  test.each([
    ['plain text', 'Listening on https://127.0.0.1:8443', 'other'],
    ['another line', '{"level":"info","msg":"ready"}', 'other'],
    ['half a line', '{"level":"info","msg":"decided","pod":"web"', 'other'],
    [
      'a line of another program',
      '{"msg":"decided","decision":"maybe","operation":"CREATE","pod":"x"}',
      'other',
    ],
    [
      'a decision about a workload',
      '{"msg":"decided","operation":"CREATE","object":"Deployment/web"}',
      'object',
    ],
    [
      'a line that does not say whether the pod asks where we serve',
      '{"time":"2026-11-21T15:00:00.000Z","msg":"decided","webhook":"validate","operation":"UPDATE","namespace":"shop","pod":"web","containers":["app"],"decision":"unchanged","findings":[]}',
      'older',
    ],
    [
      'a line of an older version',
      '{"time":"2026-11-21T15:00:00.000Z","msg":"decided","webhook":"mutate","operation":"CREATE","namespace":"shop","pod":"web","decision":"denied","findings":[{"rule":"instance.missing","action":"Deny","policy":"built-in"}]}',
      'older',
    ],
  ])('is made of %s', (_what, line, why) => {
    expect(readDecision(line)).toBe(why)
  })

  test('is lost where kubectl writes the pod before the line', async () => {
    const { ask, text } = toldReviews()
    await ask(asking({ 'dapr.io/shared': 'nobody' }).review)
    expect(readDecision(`[pod/admission-1/admission] ${text()}`)).toMatchObject({
      namespace: 'shop',
      outcome: 'denied',
    })
  })
})
