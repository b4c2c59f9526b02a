import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { runApp, type RunningApp } from '../admission/an-app.ts'
import { PATIENT } from '../admission/patience.ts'
import type { RawAnswer } from '../admission/raw-socket.ts'
import { LIMITS } from './in-process.ts'
import { bodyOf } from './ordinary-review.ts'
import { clusterFile } from './read-cluster.ts'
import { readCorpus, type Request } from './read-corpus.ts'
import { onTheWire, sayRaw } from './target.ts'

vi.setConfig(PATIENT)

/** No word of ours has twelve letters in a row of it. */
const CANARY = 'Zq7Xw3Kv9Jm2Rt5Yb8Nc4Hd6'
const PIECE = 12
const PIECES = Array.from({ length: CANARY.length - PIECE + 1 }, (_, at) => CANARY.slice(at, at + PIECE))

/** All that a caller without a verdict may be told: a word of ours, or what Node says of a broken request. */
const FIXED = [
  /^\{"error":"[A-Za-z]{3,40}"\}$/,
  /^\{"error":"[^"<>&]*","message":"[^"<>&]*","statusCode":4\d\d\}$/,
  /^(?:0\r\n\r\n)?$/,
]

type Json = Record<string, unknown>
const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The body with the canary wherever a tenant or a caller may put something that is no name and decides nothing. */
function planted(body: Buffer): Buffer {
  let review: unknown
  try {
    review = JSON.parse(body.toString())
  } catch {
    return body
  }
  if (!isObject(review)) return body
  review['unknown'] = { [CANARY]: [CANARY] }
  const { request } = review
  if (!isObject(request)) return Buffer.from(JSON.stringify(review))
  request['options'] = { fieldManager: CANARY }
  request['userInfo'] = { username: CANARY, uid: CANARY, extra: { token: [CANARY] }, groups: [CANARY] }
  for (const object of [request['object'], request['oldObject']]) if (isObject(object)) plantPod(object)
  return Buffer.from(JSON.stringify(review))
}

function plantPod(pod: Json): void {
  pod['status'] = { message: CANARY }
  const { metadata, spec } = pod
  if (isObject(metadata)) {
    if (isObject(metadata['annotations'])) metadata['annotations'][`example.com/${CANARY}`] = CANARY
    metadata['labels'] = { ...(isObject(metadata['labels']) ? metadata['labels'] : {}), token: CANARY }
    metadata['managedFields'] = [{ manager: CANARY }]
  }
  if (!isObject(spec)) return
  spec['imagePullSecrets'] = [{ name: CANARY }]
  for (const list of [spec['containers'], spec['initContainers']]) {
    for (const container of Array.isArray(list) ? list : [])
      if (isObject(container)) plantContainer(container)
  }
}

function plantContainer(container: Json): void {
  container['image'] = `registry/${CANARY}`
  container['command'] = [CANARY]
  container['args'] = [CANARY]
  if (!Array.isArray(container['env'])) return
  container['env'].push({ name: 'PASSWORD', value: CANARY })
}

function expectNothingOf(text: string, where: string): void {
  for (const piece of PIECES) expect(text.includes(piece), `${where} repeats ${piece}`).toBe(false)
}

function checkAnswer({ status, body, headers }: RawAnswer): void {
  expectNothingOf(JSON.stringify(headers), 'a header')
  const patch = /"patch":"([^"]+)"/.exec(body)?.[1] ?? ''
  expectNothingOf(body + Buffer.from(patch, 'base64').toString(), 'the answer')
  if (status !== 200)
    expect(
      FIXED.some((fixed) => fixed.test(body)),
      body,
    ).toBe(true)
}

describe('the corpus, with a canary wherever it decides nothing', () => {
  const cases = readCorpus()
  const running = new Map<string, RunningApp>()
  const appOf = (cluster: string): RunningApp => {
    const app = running.get(cluster)
    if (app === undefined) throw new Error(`${cluster} is not open`)
    return app
  }

  beforeAll(async () => {
    for (const cluster of new Set(cases.map((one) => one.cluster))) {
      running.set(
        cluster,
        await runApp({ paths: [clusterFile(cluster)], limits: LIMITS, settings: { logLevel: 'trace' } }),
      )
    }
  })
  afterAll(async () => {
    for (const app of running.values()) await app[Symbol.asyncDispose]()
  })

  const titled = cases.map((one) => [`row ${one.row}: ${one.name}`, one] as const)
  test.each(titled)('%s: no answer and no log line repeats it', async (_title, one) => {
    const app = appOf(one.cluster)
    const before = app.lines.length
    if ('raw' in one.request) {
      if (!('answers' in one.expect)) throw new Error('a raw request expects answers')
      const wanted = { answers: one.expect.answers.length, closed: one.expect.closed }
      const target = { open: app.open, send: () => Promise.reject(new Error('said raw')) }
      for (const answer of await sayRaw(target, one.request, wanted)) checkAnswer(answer)
    } else {
      checkAnswer(await send(app, one.request))
    }
    const lines = app.lines.slice(before)
    expectNothingOf(lines.join(''), 'the log')
    for (const line of lines) expect(() => JSON.parse(line) as unknown).not.toThrow()
  })

  test('the canary is really sent, and would be seen', async () => {
    const [first] = cases
    const app = appOf(first?.cluster ?? '')
    await send(app, { method: 'POST', path: '/mutate', headers: {}, chunked: false, review: {} })
    const sent = planted(bodyOf({ review: {} })).toString()
    expect(sent.split(CANARY).length).toBeGreaterThan(10)
    expect(() => expectNothingOf(sent, 'it')).toThrow('repeats')
  })
})

async function send(app: RunningApp, request: Request): Promise<RawAnswer> {
  const socket = await app.open()
  const body = planted(bodyOf(request))
  const query = `${request.path.includes('?') ? '&' : '?'}canary=${CANARY}`
  socket.send(
    ...onTheWire({
      method: request.method,
      chunked: request.chunked,
      path: request.path + query,
      headers: { ...request.headers, 'x-canary': CANARY, 'user-agent': CANARY },
      body,
    }),
  )
  const [answer] = await socket.answers(1)
  socket.destroy()
  if (answer === undefined) throw new Error('no answer')
  return answer
}
