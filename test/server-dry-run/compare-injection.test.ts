import { describe, expect, test } from 'vitest'
import type { Pod } from '../../src/core/pod.ts'
import { compareInjection } from '../../src/server-dry-run/compare-injection.ts'
import { webhookPart } from '../../src/server-dry-run/webhook-part.ts'

const NOBODY = { kind: '', name: '' } as const
const status = (containers: readonly string[]): string =>
  JSON.stringify({ instance: 'shop/order', strategy: 'daemonset', containers })

interface Parts {
  readonly containers?: Readonly<Record<string, object>>
  readonly annotations?: Readonly<Record<string, string>>
  readonly labels?: Readonly<Record<string, string>>
}
/** A pod whose containers have these variables. */
const pod = ({ containers = { app: {} }, annotations = {}, labels = {} }: Parts): Pod => ({
  metadata: { name: 'app', annotations: { 'dapr.io/shared': 'order', ...annotations }, labels },
  spec: {
    containers: Object.entries(containers).map(([name, env]) => ({
      name,
      env: Object.entries(env).map(([key, value]: [string, unknown]) =>
        typeof value === 'string' ? { name: key, value } : { name: key, valueFrom: value },
      ),
    })),
  },
})
const HTTP = { DAPR_HTTP_ENDPOINT: 'http://a:1' }

describe('the injection of the cluster', () => {
  test('is the same, whatever else there is in the pod', () => {
    const offline = pod({
      containers: { app: HTTP },
      annotations: { 'dapr.io/shared-status': status(['app']) },
    })
    const cluster = pod({
      containers: { app: { OTHER: 'x', ...HTTP }, added: HTTP },
      annotations: { 'dapr.io/shared-status': status(['app', 'added']), note: 'n' },
      labels: { team: 'a' },
    })
    expect(compareInjection(offline, cluster)).toEqual([])
  })

  test.each([
    [
      'lacks a variable',
      { containers: { app: HTTP } },
      {},
      ['spec.containers["app"].env["DAPR_HTTP_ENDPOINT"]', 'http://a:1', ''],
    ],
    [
      'has another label',
      { labels: { 'shared.dapr.io/app-id': 'order' } },
      { labels: { 'shared.dapr.io/app-id': 'other' } },
      ['metadata.labels["shared.dapr.io/app-id"]', 'order', 'other'],
    ],
    [
      'has another status',
      { annotations: { 'dapr.io/shared-status': status(['app']) } },
      { annotations: { 'dapr.io/shared-status': status([]) } },
      ['metadata.annotations["dapr.io/shared-status"]', status(['app']), status([])],
    ],
    [
      'takes the token from another Secret',
      { containers: { app: { DAPR_API_TOKEN: { secretKeyRef: { name: 'a', key: 't' } } } } },
      { containers: { app: { DAPR_API_TOKEN: { secretKeyRef: { name: 'b', key: 't' } } } } },
      ['spec.containers["app"].env["DAPR_API_TOKEN"]', 'secretKeyRef:a/t', 'secretKeyRef:b/t'],
    ],
    [
      'has a token in plain text, which stays unsaid',
      { containers: { app: { DAPR_API_TOKEN: { secretKeyRef: { name: 'a', key: 't' } } } } },
      { containers: { app: { DAPR_API_TOKEN: 'hunter2' } } },
      ['spec.containers["app"].env["DAPR_API_TOKEN"]', 'secretKeyRef:a/t', '(a literal value)'],
    ],
  ])('%s', (_, offline, cluster, [field, ours, theirs]) => {
    expect(compareInjection(pod(offline as Parts), pod(cluster as Parts))).toEqual([
      { field, offline: ours, cluster: theirs },
    ])
  })
})

describe('the part of our webhook', () => {
  const marked = pod({ annotations: { 'dapr.io/shared-status': status(['app']) } })
  const unasking: Pod = { metadata: { name: 'x' }, spec: { containers: [{ name: 'app' }] } }
  const quota = { kind: 'quota', name: 'q' } as const
  const ours = { kind: 'webhook', name: 'validate.shared.dapr.io' } as const
  const theirs = { kind: 'webhook', name: 'x.example.com' } as const

  test.each([
    ['it left its mark', pod({}), { by: NOBODY, warnings: [], pod: marked }, 'ran'],
    [
      'somebody else gave it variables, as the token of a sidecar',
      pod({}),
      { by: NOBODY, warnings: [], pod: pod({ containers: { app: { DAPR_API_TOKEN: 't' }, added: HTTP } }) },
      'missing',
    ],
    [
      'somebody else warned in our words',
      pod({}),
      { by: NOBODY, warnings: ['[instance.not-ready] x'], pod: pod({}) },
      'missing',
    ],
    [
      'it warned before somebody else refused',
      pod({}),
      { by: quota, warnings: ['[instance.not-ready] x'], pod: undefined },
      'ran',
    ],
    [
      'somebody else warned alike',
      pod({}),
      { by: NOBODY, warnings: ['[no.rule] x'], pod: pod({}) },
      'missing',
    ],
    ['it refused', pod({}), { by: ours, warnings: [], pod: undefined }, 'ran'],
    ['it refused what does not ask', unasking, { by: ours, warnings: [], pod: undefined }, 'ran'],
    ['somebody else refused', pod({}), { by: theirs, warnings: [], pod: undefined }, 'unseen'],
    ['a quota refused', pod({}), { by: quota, warnings: [], pod: undefined }, 'unseen'],
    ['there is no mark', pod({}), { by: NOBODY, warnings: [], pod: pod({}) }, 'missing'],
    ['the mark was there before', marked, { by: NOBODY, warnings: [], pod: marked }, 'unseen'],
    ['nothing asks', unasking, { by: NOBODY, warnings: [], pod: unasking }, 'unasked'],
    [
      'another webhook made it ask, after us',
      unasking,
      { by: NOBODY, warnings: [], pod: pod({}) },
      'missing',
    ],
  ] as const)('%s', (_, sent, answer, part) => {
    expect(webhookPart(sent, answer)).toBe(part)
  })
})
