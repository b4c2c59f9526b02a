import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { request } from 'node:https'
import { join, resolve } from 'node:path'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import { PATH } from '../../src/review-api/answer-request.ts'
import { aPod, aReview } from '../admission/a-review.ts'
import { testCertificates } from '../admission/a-server.ts'
import { runApp, type RunningApp } from '../admission/an-app.ts'
import { PATIENCE, PATIENT } from '../admission/patience.ts'
import { openSocket, post } from '../admission/raw-socket.ts'
import { pod, run } from '../cli/run.ts'
import { readSamples } from '../telemetry/scraped.ts'
import { errorOf, runApi, YAML } from './an-api.ts'

vi.setConfig(PATIENT)
beforeAll(() => testCertificates())

const SHOP = resolve(import.meta.dirname, '../../deploy/examples/shop')
const APPLICATIONS = readFileSync(join(SHOP, 'applications.yaml'), 'utf8')
const INSTANCES = join(SHOP, 'instances.yaml')

const serving = (settings: Parameters<typeof runApp>[0]['settings'] = {}): Promise<RunningApp> =>
  runApp({ paths: [INSTANCES], settings: { reviewApi: 'loopback', ...settings } })
const asked = (body: string, headers: Record<string, string> = {}) =>
  post(body, { path: PATH, headers: { ...YAML, ...headers } })

describe('a server', () => {
  test('without --review-api has no such path', async () => {
    await using app = await serving({ reviewApi: 'off' })
    const socket = await app.open()
    socket.send(...post('{}', { path: PATH }), ...post('{}', { path: '/v1/nothing' }))
    const [review, other] = await socket.answers(2)
    expect(review).toMatchObject({ status: 404, body: '{"error":"NotFound"}' })
    expect(review?.body).toBe(other?.body)
  })

  test('with it says of manifests what the command says, line by line', async () => {
    await using app = await serving()
    const socket = await app.open()
    socket.send(...asked(APPLICATIONS))
    const [answer] = await socket.answers(1)
    const { out } = await run(
      ['review', '-f', 'request', '--state-only', '--state', INSTANCES, '-o', 'json'],
      {
        files: { request: APPLICATIONS },
      },
    )
    expect(answer).toMatchObject({ status: 200, body: JSON.stringify(JSON.parse(out)) })
  })

  test('decides by what it knows: objects of the body are no state', async () => {
    const { ask } = await runApi({ state: '' })
    const { body } = await ask(`${readFileSync(INSTANCES, 'utf8')}\n---\n${APPLICATIONS}`)
    expect(JSON.parse(body)).toMatchObject({ summary: { denied: 2 } })
  })

  test.each(['/v1/review/', '/V1/review', '/v1/reviews', '//v1/review'])(
    '%s is another path',
    async (path) => {
      const { ask } = await runApi()
      const { status } = await ask(pod('order'), { path, headers: { 'Content-Type': 'application/json' } })
      expect(status).toBe(404)
    },
  )

  test('answers browsers and others that ask for another host with nothing', async () => {
    await using app = await serving()
    const socket = await app.open()
    socket.send(...asked(APPLICATIONS, { Host: 'evil.example' }), ...asked(APPLICATIONS))
    const [evil, good] = await socket.answers(2)
    expect(evil).toMatchObject({ status: 421 })
    expect(evil?.body).not.toContain('evil')
    expect(good).toMatchObject({ status: 200 })
  })
})

describe('objects without a namespace', () => {
  const bare = pod('order').replace(', namespace: shop', '')

  test.each([
    ['', 'default', 'instance.missing'],
    ['?namespace=shop', 'shop', undefined],
  ])('are, by %j, in %s', async (query, namespace, rule) => {
    const { ask } = await runApi()
    const { body } = await ask(bare, { path: `${PATH}${query}` })
    const { items } = JSON.parse(body) as {
      items: { object: { namespace: string }; findings: { rule: string; action: string }[] }[]
    }
    expect(items.map(({ object }) => object.namespace)).toEqual([namespace])
    expect(items[0]?.findings.find(({ action }) => action === 'Deny')?.rule).toBe(rule)
  })

  test('are asked about there: the right is that of the namespace, whoever names it', async () => {
    const namespaces: string[] = []
    const { ask } = await runApi({
      identify: async () => ({
        name: 'ann',
        async mayAsk(namespace) {
          namespaces.push(namespace)
          return true
        },
      }),
    })
    const review = aReview({ object: aPod({}) })
    await ask(`${bare}---${pod('order', { namespace: 'pay' })}---\n${JSON.stringify(review)}`, {
      path: `${PATH}?namespace=own`,
    })
    expect(namespaces).toEqual([
      'own',
      'pay',
      (review as { request: { namespace: string } }).request.namespace,
    ])
  })
})

describe('a caller who may not ask about a namespace', () => {
  const mayAsk = async (namespace: string): Promise<boolean> => namespace === 'own'

  test('is told of the right to give, and nothing of what is there', async () => {
    const both = `${pod('order', { namespace: 'own' })}---${pod('order')}`
    const known = vi.fn<() => undefined>()
    const { ask } = await runApi({
      identify: async () => ({ name: 'system:serviceaccount:ci:bot', mayAsk }),
      known,
    })
    const answer = await ask(both)
    expect(answer.status).toBe(403)
    expect(errorOf(answer).message).toBe(
      '"system:serviceaccount:ci:bot" may not ask about pods of namespace shop. Whoever may, has the verb create on reviews.shared.dapr.io there: kubectl create rolebinding dapr-shared-reviewer -n shop --clusterrole=dapr-shared-reviewer --serviceaccount=ci:bot',
    )
    expect(known).not.toHaveBeenCalled()
  })

  test('is named as a user where he is no ServiceAccount', async () => {
    const { ask } = await runApi({ identify: async () => ({ name: 'ann $(x)', mayAsk }) })
    expect(errorOf(await ask(pod('order'))).message).toMatch(/--user="ann \$\(x\)"$/)
  })
})

describe('limits', () => {
  test('one caller has his own, and all have one together', async () => {
    let name = 'ann'
    const { ask } = await runApi({
      identify: async () => ({ name, mayAsk: async () => true }),
      limits: { rates: { all: { perSecond: 0, burst: 3 }, caller: { perSecond: 0, burst: 2 } } },
    })
    const statuses = [await ask(pod('order')), await ask(pod('order')), await ask(pod('order'))]
    name = 'bob'
    statuses.push(await ask(pod('order')), await ask(pod('order')))
    expect(statuses.map(({ status }) => status)).toEqual([200, 200, 429, 200, 429])
    expect(statuses[2]?.headers['retry-after']).toBe('1')
  })

  test('a body of exactly the limit is read, in chunks too; one byte more is not', async () => {
    const body = pod('order')
    const { ask, port, ca } = await runApi({ limits: { body: body.length } })
    expect((await ask(body)).status).toBe(200)
    expect((await ask(`${body} `)).status).toBe(413)
    const socket = await openSocket(port, { ca })
    const chunk = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n`
    const head = `POST ${PATH} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/yaml\r\nTransfer-Encoding: chunked\r\n\r\n`
    socket.send(head, chunk(body), '0\r\n\r\n', head, chunk(body), chunk('  '), '0\r\n\r\n')
    expect((await socket.answers(2)).map(({ status }) => status)).toEqual([200, 413])
  })

  test('a client that asks before it sends is told at once that its body is too large', async () => {
    const { port, ca } = await runApi()
    const head = post('', {
      path: PATH,
      headers: { ...YAML, Expect: '100-continue', 'Content-Length': '33000000' },
    })
    const socket = await openSocket(port, { ca })
    socket.send(...head)
    expect((await socket.answers(1)).map(({ status }) => status)).toEqual([413])
    await socket.closed()
  })

  test('and is asked for one that is not', async () => {
    const { port, ca } = await runApi()
    const body = pod('order')
    const headers = { ...YAML, Expect: '100-continue', 'Content-Length': body.length }
    const asking = request({
      host: '127.0.0.1',
      servername: 'localhost',
      port,
      ca,
      path: PATH,
      method: 'POST',
      headers,
    })
    asking.on('continue', () => asking.end(body))
    asking.flushHeaders()
    const [answer] = (await once(asking, 'response')) as [IncomingMessage]
    answer.resume()
    expect(answer.statusCode).toBe(200)
  })

  test('a client that sends far too much reads why', async () => {
    const { ask } = await runApi()
    expect((await ask('x'.repeat(33_000_000))).status).toBe(413)
  })

  test('reviews beyond those that are made at one time wait for their turn', async () => {
    const { ask } = await runApi({ limits: { reviewing: 1, waiting: 5 } })
    const body = Array.from({ length: 199 }, (_, index) => pod('order', { name: `p${index}` })).join('---')
    const answers = await Promise.all(Array.from({ length: 6 }, () => ask(body)))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 200])
  })

  test('places come free again, whatever became of the request', async () => {
    const { ask, port, ca } = await runApi({ limits: { reading: 1, reviewing: 1 } })
    for (const body of [pod('order'), 'a: [', '', '{}']) await ask(body)
    const leaving = await openSocket(port, { ca })
    leaving.send(...post('a', { path: PATH, headers: { ...YAML, 'Content-Length': '100' } }))
    leaving.destroy()
    await expect.poll(async () => (await ask(pod('order'))).status, PATIENCE).toBe(200)
  })
})

describe('admission beside it', () => {
  const many = Array.from({ length: 200 }, (_, index) => pod('order', { name: `pod-${index}` })).join('---')

  test('is answered while a review is under way, which gives others their turn', async () => {
    const gate = Promise.withResolvers<void>()
    let turns = 0
    let now = 0
    const { port, ca } = await runApi({
      // each look at the clock finds the slice of time used up
      clock: () => (now += 10),
      yieldTurn() {
        turns += 1
        return gate.promise
      },
    })
    const [slow, quick] = [await openSocket(port, { ca }), await openSocket(port, { ca })]
    slow.send(...asked(many))
    await expect.poll(() => turns, PATIENCE).toBe(1)
    quick.send(...post('{}'))
    expect(await quick.answers(1)).toMatchObject([{ status: 200 }])
    gate.resolve()
    expect(await slow.answers(1)).toMatchObject([{ status: 200 }])
    // between words, and between objects
    expect(turns).toBeGreaterThan(200)
  })

  test('answers everybody under a flood of reviews', async () => {
    await using app = await serving()
    const flood = Array.from({ length: 60 }, async () => {
      const socket = await app.open()
      socket.send(...asked(many))
      return (await socket.answers(1)).map(({ status }) => status)
    })
    const admitted = Array.from({ length: 60 }, async () => {
      const socket = await app.open()
      socket.send(...post(JSON.stringify(aReview({ object: aPod({}) })), { path: '/mutate' }))
      return (await socket.answers(1)).map(({ status }) => status)
    })
    expect((await Promise.all(admitted)).flat()).toEqual(Array.from({ length: 60 }, () => 200))
    const statuses = new Set((await Promise.all(flood)).flat())
    expect([...statuses].filter((status) => ![200, 429, 503].includes(status))).toEqual([])
    expect(statuses).toContain(429)
  })
})

describe('what stays of a review', () => {
  /** times, the process, and the connections themselves */
  const NOT_OF_REVIEWS = /_age_|_timestamp_|^process_|^nodejs_|_connections$|_event_loop_delay_/
  const samples = async (app: RunningApp): Promise<Record<string, number>> =>
    Object.fromEntries(
      readSamples(await (await app.ops('/metrics')).text())
        .filter(({ name }) => !NOT_OF_REVIEWS.test(name))
        .map(({ name, labels, value }) => [`${name} ${JSON.stringify(labels)}`, value]),
    )

  test('is one count and one line, and nothing of what was sent', async () => {
    await using app = await serving()
    const before = await samples(app)
    const lines = app.lines.length
    const socket = await app.open()
    const canary = pod('canary').replace('image: app', 'image: app, env: [{name: A, value: canary}]')
    socket.send(...asked(`${APPLICATIONS}\n---${canary}`, { Authorization: 'Bearer canary' }))
    expect(await socket.answers(1)).toMatchObject([{ status: 200 }])
    expect(await samples(app)).toEqual({
      ...before,
      'dapr_shared_review_api_requests_total {"code":"200"}': 1,
    })
    const told = app.lines.slice(lines).map((line) => JSON.parse(line) as object)
    expect(told).toMatchObject([{ level: 'info', caller: '', code: 200, objects: 3, msg: 'review api' }])
    expect(told.map((line) => Object.keys(line).toSorted())).toEqual([
      ['caller', 'code', 'level', 'milliseconds', 'msg', 'objects', 'time'],
    ])
  })
})

describe('a server that ends', () => {
  test('answers on while it drains, and then sends callers elsewhere', async () => {
    await using app = await serving({ drainSeconds: 0.2 })
    const [early, late] = [await app.open(), await app.open()]
    const drained = app.app.drain()
    early.send(...asked(APPLICATIONS))
    expect(await early.answers(1)).toMatchObject([{ status: 200, headers: { connection: 'close' } }])
    await drained
    late.send(...asked(APPLICATIONS))
    const [answer] = await late.answers(1)
    expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': '0', connection: 'close' } })
    expect(errorOf(answer ?? { status: 0, headers: {}, body: '' }).reason).toBe('Draining')
  })
})

describe('what is told beside the result', () => {
  test('is a Warning, for what was skipped', async () => {
    const { ask } = await runApi()
    const { headers } = await ask(
      `${pod('order')}---\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n`,
    )
    expect(headers['warning']).toBe('299 - "skipped: objects that make no pods (1), empty documents (1)."')
    expect((await ask(pod('order'))).headers['warning']).toBeUndefined()
  })
})
