import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readAsk } from '../../src/core/ask.ts'
import { podOf, aPod } from './builders.ts'

const APP_ID = /^[a-z0-9](?:[a-z0-9-]{0,56}[a-z0-9])?$/

/** Characters that people and attackers write: letters, marks, spaces, look-alikes, controls. */
const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom('a', 'B', '0', '-', '.', '/', ',', ' ', '\n', '\u043E', '\u200B', '"') }),
  fc.stringMatching(/^[a-z0-9-]{0,62}$/),
)

test('an app-id is accepted exactly as it is written, or not at all', () => {
  fc.assert(
    fc.property(text, (appId) => {
      const ask = readAsk(aPod({ annotations: { 'dapr.io/shared': appId } }), 'shop')
      expect(ask.kind).toBe(APP_ID.test(appId) ? 'instance' : 'invalid')
      if (ask.kind === 'instance') expect(ask.appId).toBe(appId)
    }),
    { numRuns: 2000 },
  )
})

test('no annotations whatever make reading fail', () => {
  const key = fc.constantFrom(
    'dapr.io/shared',
    'dapr.io/shared-namespace',
    'dapr.io/shared-strategy',
    'dapr.io/shared-containers',
    'dapr.io/shared-exclude-containers',
    'dapr.io/shared-token-secret',
    'dapr.io/shared-status',
    'dapr.io/app-id',
    '__proto__',
    'constructor',
  )
  fc.assert(
    fc.property(fc.dictionary(key, text), (annotations) => {
      const ask = readAsk(aPod({ annotations }), 'shop')
      expect(ask.kind === 'none').toBe(!Object.hasOwn(annotations, 'dapr.io/shared'))
      if (ask.kind === 'invalid') {
        for (const { message, cure } of ask.complaints) expect(`${message} ${cure}`).toMatch(/^[ -~]+$/)
      }
    }),
    { numRuns: 2000 },
  )
})

describe('a list of containers', () => {
  const entry = fc.constantFrom('app', 'worker', 'a', '', ' app', 'App', 'a.b', 'app ')

  test.each([
    ['dapr.io/shared-containers', 'only'],
    ['dapr.io/shared-exclude-containers', 'except'],
  ] as const)('%s is accepted when each entry is a container name and stands once', (annotation, kind) => {
    fc.assert(
      fc.property(fc.array(entry, { minLength: 1 }), (entries) => {
        const annotations = { 'dapr.io/shared': 'orders', [annotation]: entries.join(',') }
        const ask = readAsk(aPod({ annotations }), 'shop')
        const isFine =
          new Set(entries).size === entries.length &&
          entries.every((name) => ['app', 'worker', 'a'].includes(name))
        expect(ask.kind).toBe(isFine ? 'instance' : 'invalid')
        if (ask.kind === 'instance') expect(ask.containers).toEqual({ kind, names: entries })
      }),
    )
  })

  test.each([
    ['names without end', Array.from({ length: 10_000 }, (_, index) => `c${index}`).join(','), 'instance'],
    ['one name without end', 'a'.repeat(65_536), 'invalid'],
    ['nothing but commas', ','.repeat(65_536), 'invalid'],
    ['the same name without end', 'app,'.repeat(16_384), 'invalid'],
  ])('of 64 KiB is read: %s', (_, list, kind) => {
    const ask = readAsk(
      aPod({ annotations: { 'dapr.io/shared': 'orders', 'dapr.io/shared-containers': list } }),
      'a',
    )
    expect(ask.kind).toBe(kind)
    if (ask.kind !== 'invalid') return
    expect(ask.complaints.map(({ message }) => message.length < 256)).toEqual([true])
  })
})

describe('an ask without more', () => {
  const ask = readAsk(aPod({ annotations: { 'dapr.io/shared': 'orders' } }), 'shop')

  test("is for the pod's own namespace, any strategy, all containers, no token of its own", () => {
    expect(ask).toEqual({
      kind: 'instance',
      appId: 'orders',
      namespace: 'shop',
      strategy: undefined,
      containers: { kind: 'all' },
      tokenSecret: undefined,
    })
  })
})

test('a key called __proto__ among the annotations is an annotation like any other', () => {
  const pod = podOf(
    JSON.parse(
      '{"metadata":{"annotations":{"__proto__":"dapr.io/shared","constructor":"x"}},"spec":{"containers":[{"name":"app"}]}}',
    ),
  )
  expect(readAsk(pod, 'shop')).toEqual({ kind: 'none' })
})

test('every complaint names the field that it is about', () => {
  const ask = readAsk(
    aPod({
      annotations: {
        'dapr.io/shared': 'Orders',
        'dapr.io/app-id': 'x',
        'dapr.io/shared-namespace': 'X',
        'dapr.io/shared-strategy': 'x',
        'dapr.io/shared-token-secret': 'x',
        'dapr.io/shared-containers': 'a',
        'dapr.io/shared-exclude-containers': 'b',
      },
    }),
    'shop',
  )
  expect(ask.kind === 'invalid' && ask.complaints.map(({ field }) => field)).toEqual([
    'metadata.annotations["dapr.io/shared"]',
    'metadata.annotations["dapr.io/app-id"]',
    'metadata.annotations["dapr.io/shared-namespace"]',
    'metadata.annotations["dapr.io/shared-strategy"]',
    'metadata.annotations["dapr.io/shared-token-secret"]',
    'metadata.annotations["dapr.io/shared-exclude-containers"]',
  ])
})
