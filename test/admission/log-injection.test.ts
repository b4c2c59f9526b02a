import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { clusterFile } from '../corpus/read-cluster.ts'
import { aPod, aReview } from './a-review.ts'
import { testCertificates } from './a-server.ts'
import { runApp, type RunningApp } from './an-app.ts'
import { PATIENT } from './patience.ts'
import { post } from './raw-socket.ts'

vi.setConfig(PATIENT)

const FAKE = '{"level":"info","msg":"decided","decision":"admitted","pod":"forged"}'

const HOSTILE: readonly [string, string][] = [
  ['a line break and a forged line', `x\n${FAKE}\n`],
  ['a carriage return', `x\r${FAKE}\r\n`],
  ['escapes of a terminal', 'x\u001B[2J\u001B[31mred\u001B]0;title\u0007'],
  ['the C1 form of an escape', 'x\u009B31m'],
  ['a lone surrogate', 'x\uD800y\uDFFF'],
  ['separators that some take for line ends', 'x\u2028y\u2029\u0085\v\f'],
  ['NUL and DEL', 'x\0y\u007F'],
  ['text that turns round', 'x\u202Egnp.exe'],
  ['a quarter of a megabyte', 'a'.repeat(256 * 1024)],
  ['a quarter of a megabyte of escapes', '\u001B'.repeat(256 * 1024)],
]

const owner = (parts: object): object => ({
  ownerReferences: [
    { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web', uid: 'u', controller: true, ...parts },
  ],
})
const asking = { 'dapr.io/shared': 'nobody' }
const podWith = (metadata: object, spec: Record<string, unknown> = {}): Record<string, unknown> => {
  const pod = aPod({ annotations: asking, spec }) as { metadata: object }
  return { ...pod, metadata: { ...pod.metadata, ...metadata } }
}
const workloadReview = (value: string): unknown =>
  aReview({
    object: { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: value }, spec: {} },
    resource: { group: 'apps', version: 'v1', resource: 'deployments' },
    kind: { group: 'apps', version: 'v1', kind: 'Deployment' },
  })

/** Every field that a log line is made of, and what else a caller says. */
const FIELDS: readonly [string, (value: string) => { body: unknown; path?: string; stage?: string }][] = [
  ['uid', (value) => ({ body: aReview({ uid: value, object: podWith({}) }) })],
  ['a uid of 120 letters', (value) => ({ body: aReview({ uid: value.slice(0, 120), object: podWith({}) }) })],
  ['operation', (value) => ({ body: aReview({ operation: value }) })],
  ['namespace', (value) => ({ body: aReview({ namespace: value, object: podWith({}) }) })],
  ['name', (value) => ({ body: aReview({ object: podWith({ name: value }) }) })],
  [
    'generateName',
    (value) => ({ body: aReview({ object: podWith({ name: undefined, generateName: value }) }) }),
  ],
  ['serviceAccount', (value) => ({ body: aReview({ object: podWith({}, { serviceAccountName: value }) }) })],
  [
    'names of containers',
    (value) => ({ body: aReview({ object: podWith({}, { containers: [{ name: value }] }) }) }),
  ],
  [
    'names of init containers',
    (value) => ({ body: aReview({ object: podWith({}, { initContainers: [{ name: value }] }) }) }),
  ],
  ['app-id', (value) => ({ body: aReview({ object: aPod({ annotations: { 'dapr.io/shared': value } }) }) })],
  [
    'a key of ours',
    (value) => ({
      body: aReview({ object: aPod({ annotations: { ...asking, [`dapr.io/shared-${value}`]: '' } }) }),
    }),
  ],
  [
    'a list of containers',
    (value) => ({
      body: aReview({
        object: aPod({ annotations: { ...asking, 'dapr.io/shared-inject-containers': value } }),
      }),
    }),
  ],
  [
    'labels',
    (value) => ({ body: aReview({ object: podWith({ labels: { 'shared.dapr.io/app-id': value } }) }) }),
  ],
  ...['apiVersion', 'kind', 'name', 'uid'].map((key): [string, (value: string) => { body: unknown }] => [
    `${key} of the owner`,
    (value) => ({ body: aReview({ object: podWith(owner({ [key]: value })) }) }),
  ]),
  ['name of a workload', (value) => ({ body: workloadReview(value), path: '/workloads' })],
]

const LONGEST_LINE = 16 * 1024

describe('what anybody writes into a review', () => {
  let running: RunningApp
  beforeAll(async () => {
    await testCertificates()
    running = await runApp({ paths: [clusterFile('shop')], settings: { logLevel: 'trace' } })
  })
  afterAll(() => running[Symbol.asyncDispose]())

  const cases = FIELDS.flatMap(([field, make]) =>
    HOSTILE.map(([name, value]) => [field, name, make(value)] as const),
  )
  test.each(cases)(
    '%s: %s is one line of printable JSON, and not long',
    async (_field, _name, { body, path }) => {
      const before = running.lines.length
      const socket = await running.open()
      socket.send(...post(JSON.stringify(body), { path: path ?? '/mutate' }))
      await socket.answers(1)
      socket.destroy()
      const lines = running.lines.slice(before)
      expect(lines.length, 'something is said of it').toBeLessThanOrEqual(1)
      for (const line of lines) {
        expect(line.endsWith('\n')).toBe(true)
        expect(line.slice(0, -1)).toMatch(/^[ -~]*$/)
        expect(line.length).toBeLessThan(LONGEST_LINE)
        const parsed = JSON.parse(line) as Record<string, unknown>
        expect(parsed['pod']).not.toBe('forged')
        expect(controlCharacters(parsed), 'a tool that prints the value prints no control character').toEqual(
          [],
        )
      }
    },
  )

  test('a line is written of such a review, too', async () => {
    const before = running.lines.length
    const socket = await running.open()
    const [, [, value]] = HOSTILE as [unknown, [string, string]]
    socket.send(...post(JSON.stringify(aReview({ object: podWith({ name: value }) }))))
    expect(await socket.answers(1)).toMatchObject([{ status: 200 }])
    socket.destroy()
    expect(running.lines.length).toBe(before + 1)
  })
})

/** The texts anywhere in a value that have something else than printable letters in them. */
function controlCharacters(value: unknown): string[] {
  if (typeof value === 'string') return /^[ -~]*$/.test(value) ? [] : [value]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, one]) => [...controlCharacters(key), ...controlCharacters(one)])
}
