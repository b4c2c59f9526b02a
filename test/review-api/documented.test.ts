import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { parse } from 'yaml'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { FactUnavailable, NoSuchNamespace } from '../../src/facts/fact-source.ts'
import { unauthorized } from '../../src/review-api/bearer-token.ts'
import type { Caller } from '../../src/review-api/callers.ts'
import { testCertificates } from '../admission/a-server.ts'
import { openSocket, type RawAnswer } from '../admission/raw-socket.ts'
import { PATIENT } from '../admission/patience.ts'
import { pod } from '../cli/run.ts'
import { runApi, snapshotOf, type ApiParts, type AskParts } from './an-api.ts'

/** What deploy/openapi/review-api.yaml says is what the server does, both ways. */

vi.setConfig(PATIENT)
beforeAll(() => testCertificates())

const response = z.looseObject({
  headers: z
    .record(z.string(), z.looseObject({ schema: z.unknown(), required: z.boolean().optional() }))
    .optional(),
  content: z.looseObject({
    'application/json': z.looseObject({ schema: z.looseObject({ $ref: z.string() }) }),
  }),
})
const documentShape = z.looseObject({
  openapi: z.literal('3.1.0'),
  paths: z.looseObject({
    '/v1/review': z.looseObject({
      post: z.looseObject({
        responses: z.record(z.string(), z.union([z.object({ $ref: z.string() }), response])),
      }),
    }),
  }),
  components: z.looseObject({
    responses: z.record(z.string(), response),
    schemas: z.looseObject({
      Error: z.looseObject({
        properties: z.looseObject({
          error: z.looseObject({
            properties: z.looseObject({ reason: z.object({ enum: z.array(z.string()) }) }),
          }),
        }),
      }),
    }),
  }),
})

const ROOT = resolve(import.meta.dirname, '../..')
const loose: unknown = parse(readFileSync(resolve(ROOT, 'deploy/openapi/review-api.yaml'), 'utf8'))
const document = documentShape.parse(loose)
const { responses } = document.paths['/v1/review'].post

function documented(status: number): z.infer<typeof response> {
  const found = responses[String(status)]
  if (found === undefined) throw new Error(`${status} is not documented`)
  if (!('$ref' in found) || typeof found.$ref !== 'string') return response.parse(found)
  return response.parse(document.components.responses[found.$ref.split('/').at(-1) ?? ''])
}

const ajv = new Ajv2020({ strict: false, allErrors: true })
ajv.addSchema(loose as object, 'api')

function expectDocumented({ status, headers, body }: RawAnswer): void {
  const { headers: wanted = {}, content } = documented(status)
  expect(headers['content-type']).toMatch(/^application\/json/)
  const validate = ajv.compile({ $ref: `api${content['application/json'].schema.$ref}` })
  expect(validate(JSON.parse(body)) ? [] : validate.errors, body).toEqual([])
  for (const [name, { schema, required = false }] of Object.entries(wanted)) {
    const value = headers[name.toLowerCase()]
    if (value === undefined) expect(required, name).toBe(false)
    else expect(ajv.validate(schema as object, value), `${name}: ${value}`).toBe(true)
  }
}

const GOOD = pod('order')
const somebody = (parts: Partial<Caller> = {}): ApiParts => ({
  identify: async () => ({ name: 'ann', mayAsk: async () => true, ...parts }),
})
const facts = snapshotOf('').facts
/** what a policy asks for, answered by `gather` */
const failing = (error: unknown): ApiParts => ({
  state: `${pod('order')}
---
apiVersion: shared.dapr.io/v1alpha1
kind: DaprSharedPolicy
metadata: {name: labels}
spec: {match: {namespaceSelector: {matchLabels: {team: a}}}, validationActions: [Deny]}
`,
  facts: {
    peek: (subject) => ({ ...facts.peek(subject), namespaceLabels: () => undefined }),
    async gather() {
      throw error
    },
  },
})

/** A way to each answer that is documented. */
const WAYS: readonly [
  status: number,
  reason: string,
  { readonly parts?: ApiParts; readonly body?: string; readonly ask?: AskParts; readonly raw?: string },
][] = [
  [200, '', {}],
  [400, 'BadManifest', { body: 'a: [' }],
  [400, 'BadManifest', { body: '' }],
  [400, 'BadManifest', { body: GOOD, ask: { headers: { 'Content-Type': 'application/json' } } }],
  [400, 'BadManifest', { body: pod('order', { namespace: '../kube-system' }) }],
  [400, 'BadManifest', { body: 'apiVersion: v1\nkind: Pod\nmetadata: {name: x}\nspec: 7' }],
  [400, 'BadRequest', { ask: { path: '/v1/review?namespace=A' } }],
  [400, 'BadRequest', { ask: { path: '/v1/review?namespaces=a' } }],
  [400, 'BadRequest', { ask: { path: '/v1/review?namespace=a&namespace=b' } }],
  [400, 'TooComplex', { body: '['.repeat(1000) }],
  [
    400,
    'TooComplex',
    { body: pod('order').replace('{name: app, image: app}', '{name: app, image: app}, '.repeat(101)) },
  ],
  [401, 'Unauthorized', { parts: { identify: () => Promise.reject(unauthorized('who are you?')) } }],
  [403, 'Forbidden', { parts: somebody({ mayAsk: async () => false }) }],
  [405, 'MethodNotAllowed', { raw: 'GET /v1/review HTTP/1.1\r\nHost: localhost\r\n\r\n' }],
  [413, 'BodyTooLarge', { parts: { limits: { body: 10 } } }],
  [413, 'AnswerTooLarge', { parts: { limits: { answer: 10 } } }],
  [415, 'UnsupportedMediaType', { ask: { headers: { 'Content-Type': 'text/plain' } } }],
  [415, 'UnsupportedMediaType', { ask: { headers: { 'Content-Encoding': 'gzip' } } }],
  [421, 'MisdirectedRequest', { parts: { serves: () => false } }],
  [422, 'NothingToReview', { body: 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}' }],
  [422, 'NothingToReview', { body: '---\n---\n' }],
  [422, 'NoSuchNamespace', { parts: failing(new NoSuchNamespace('there is no namespace shop')) }],
  [
    429,
    'TooManyRequests',
    { parts: { limits: { rates: { all: { perSecond: 0, burst: 0 }, caller: { perSecond: 0, burst: 0 } } } } },
  ],
  [
    500,
    'InternalError',
    {
      parts: {
        known: () => {
          throw new Error('a bug with a secret in it')
        },
      },
    },
  ],
  [503, 'NotSynced', { parts: { known: () => undefined } }],
  [503, 'Draining', { parts: { isClosing: () => true } }],
  [503, 'Overloaded', { parts: { limits: { reviewing: 0, waiting: 0 } } }],
  [503, 'Overloaded', { parts: { limits: { reading: 0 } } }],
  [503, 'FactUnavailable', { parts: failing(new FactUnavailable('10.96.0.1:443 is not reachable')) }],
  [
    503,
    'FactUnavailable',
    { parts: { identify: () => Promise.reject(new FactUnavailable('not reachable')) } },
  ],
  [503, 'FactUnavailable', { parts: somebody({ mayAsk: () => Promise.reject(new FactUnavailable('no')) }) }],
  [
    503,
    'DeadlineExceeded',
    {
      parts: {
        limits: { reviewMs: 0 },
        yieldTurn: () => new Promise((next) => void setTimeout(next, 20)),
        clock: (() => {
          let at = 0
          return () => (at += 10)
        })(),
      },
      body: `${GOOD}---`.repeat(100),
    },
  ],
]

describe('deploy/openapi/review-api.yaml', () => {
  test.each(WAYS)('%i %s', async (status, reason, { parts, body = GOOD, ask, raw }) => {
    const api = await runApi(parts)
    let answer: RawAnswer | undefined
    if (raw === undefined) answer = await api.ask(body, ask)
    else {
      const socket = await openSocket(api.port, { ca: api.ca })
      socket.send(raw)
      ;[answer] = await socket.answers(1)
    }
    if (answer === undefined) throw new Error('no answer')
    expect(answer.status, answer.body).toBe(status)
    expectDocumented(answer)
    const { error } = JSON.parse(answer.body) as { error?: { reason: string; message: string } }
    expect(error?.reason ?? '').toBe(reason)
    expect(answer.body).not.toMatch(/a bug|10\.96/)
    expect(api.events).toMatchObject([{ status, reason }])
  })

  test('has no status and no reason but those that there is a way to', () => {
    const statuses = new Set(WAYS.map(([status]) => String(status)))
    expect(Object.keys(responses).toSorted()).toEqual([...statuses].toSorted())
    const reasons = new Set(WAYS.map(([, reason]) => reason).filter(Boolean))
    const listed = document.components.schemas.Error.properties.error.properties.reason.enum
    expect(listed.toSorted()).toEqual([...reasons].toSorted())
  })
})
