import supertest from 'supertest'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import type { Handler } from '../../src/admission/handle.ts'
import { refusal, unavailable, verdict } from '../../src/admission/reply.ts'
import { runServer, testCertificates, type ServerParts } from './a-server.ts'
import { post } from './raw-socket.ts'
import { PATIENT } from './patience.ts'

vi.setConfig(PATIENT)
beforeAll(() => testCertificates())

async function client(parts: ServerParts = {}) {
  const { url, ca } = await runServer(parts)
  return supertest.agent(url, { ca })
}

const recording = () => vi.fn<Handler>(() => verdict('{"admitted":true}'))

describe('the two addresses', () => {
  test.each(['mutate', 'validate'] as const)('POST /%s reaches that webhook', async (stage) => {
    const handle = recording()
    const answer = await (await client({ handle })).post(`/${stage}`).send({ a: [1] })
    expect(answer.status).toBe(200)
    expect(answer.body).toEqual({ admitted: true })
    expect(answer.headers['content-type']).toMatch(/^application\/json/)
    expect(handle.mock.calls.map(([asked, body]) => [asked, body])).toEqual([[stage, { a: [1] }]])
  })

  test.each([
    ['?timeout=3s', 2500],
    ['?timeout=30s', 4500],
    ['', 4500],
    ['?timeout=1s&timeout=2s', 4500],
    ['?timeout=soon', 4500],
  ])('POST /mutate%s leaves %d ms for the review', async (query, milliseconds) => {
    const handle = recording()
    await (await client({ handle })).post(`/mutate${query}`).send({})
    expect(handle.mock.calls[0]?.[2]).toBe(milliseconds)
  })

  test.each(['get', 'head', 'put', 'patch', 'delete', 'options'] as const)(
    '%s is 405 with Allow',
    async (method) => {
      const handle = recording()
      const answer = await (await client({ handle }))[method]('/mutate')
      expect(answer.status).toBe(405)
      expect(answer.headers['allow']).toBe('POST')
      if (method !== 'head') expect(answer.body).toEqual({ error: 'MethodNotAllowed' })
      expect(handle).not.toHaveBeenCalled()
    },
  )

  test.each(['/', '/mutate/', '/MUTATE', '/mutates', '/validate/x', '/v1/review', '/metrics', '/livez'])(
    'POST %s is 404',
    async (path) => {
      const handle = recording()
      const answer = await (await client({ handle })).post(path).send({})
      expect(answer.status).toBe(404)
      expect(answer.body).toEqual({ error: 'NotFound' })
      expect(handle).not.toHaveBeenCalled()
    },
  )

  test('a path that cannot be decoded is 400, and is not repeated', async () => {
    const answer = await (await client()).post('/%zz<script>').send({})
    expect(answer.status).toBe(400)
    expect(answer.text).toBe('{"error":"BadRequest"}')
  })
})

describe('what is said of the body', () => {
  test.each([
    'application/json',
    'APPLICATION/JSON',
    'application/json; charset=utf-8',
    'application/json;charset=UTF-8',
    'application/json; charset="utf-8"',
  ])('%s is read', async (type) => {
    const answer = await (await client()).post('/mutate').set('content-type', type).send('{}')
    expect(answer.status).toBe(200)
  })

  test.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/json-patch+json',
    'application/jsonp',
    'application/json; charset=utf-16',
    'application/json; boundary=x',
    'text/json',
    ';;;',
    '',
  ])('%j is 415', async (type) => {
    const handle = recording()
    const answer = await (await client({ handle })).post('/mutate').set('content-type', type).send('{}')
    expect(answer.status).toBe(415)
    expect(answer.body).toEqual({ error: 'UnsupportedMediaType' })
    expect(handle).not.toHaveBeenCalled()
  })

  test.each(['gzip', 'br', 'identity', 'identity, gzip'])('content-encoding %s is 415', async (encoding) => {
    const answer = await (await client()).post('/mutate').set('content-encoding', encoding).send({})
    expect(answer.status).toBe(415)
  })

  test('an answer is never compressed, though the API server would take it', async () => {
    const handle: Handler = () => verdict(JSON.stringify({ long: 'x'.repeat(100_000) }))
    const socket = await (await runServer({ handle })).open()
    socket.send(...post('{}', { headers: { 'Accept-Encoding': 'gzip, br' } }))
    const [answer] = await socket.answers(1)
    expect(answer?.headers['content-encoding']).toBeUndefined()
    expect(answer?.body.length).toBeGreaterThan(100_000)
  })

  test('none at all is 415', async () => {
    expect((await (await client()).post('/mutate')).status).toBe(415)
  })
})

describe('whom the request is for', () => {
  test('a host that the certificate does not name is 421', async () => {
    const handle = recording()
    const asked: string[] = []
    const serves = (host: string): boolean => {
      asked.push(host)
      return host === 'shared.svc:8443'
    }
    const socket = await (await runServer({ handle, serves })).open()
    socket.send(
      ...post('{}', { headers: { Host: 'shared.svc:8443' } }),
      ...post('{}', { headers: { Host: 'other.svc' } }),
    )
    expect(await socket.answers(2)).toMatchObject([
      { status: 200 },
      { status: 421, body: '{"error":"MisdirectedRequest"}' },
    ])
    expect(asked).toEqual(['shared.svc:8443', 'other.svc'])
    expect(handle).toHaveBeenCalledOnce()
  })
})

describe('what the handler answers', () => {
  test.each([
    [refusal(400, 'NotAReview'), undefined],
    [refusal(500, 'InternalError'), undefined],
    [unavailable('NotSynced'), '1'],
    [unavailable('Draining'), '0'],
  ])('goes out as it is: %o', async (reply, retryAfter) => {
    const answer = await (await client({ handle: () => Promise.resolve(reply) })).post('/mutate').send({})
    expect(answer.status).toBe(reply.status)
    expect(answer.text).toBe(reply.body)
    expect(answer.headers['retry-after']).toBe(retryAfter)
  })

  test('a handler that throws or rejects is 500 in one word', async () => {
    for (const handle of [
      () => {
        throw new Error('a bug with a secret in it')
      },
      () => Promise.reject(new Error('a bug with a secret in it')),
    ]) {
      const answer = await (await client({ handle })).post('/mutate').send({})
      expect(answer.status).toBe(500)
      expect(answer.text).toBe('{"error":"InternalError"}')
    }
  })
})
