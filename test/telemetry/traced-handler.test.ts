import { context, ProxyTracerProvider, trace } from '@opentelemetry/api'
import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { makeHandler, type HandlerParts } from '../../src/admission/handle.ts'
import { EMPTY_NAMESPACE } from '../../src/core/inventory.ts'
import { FactUnavailable } from '../../src/facts/fact-source.ts'
import { makeLogger } from '../../src/telemetry/logger.ts'
import { traceHandler } from '../../src/telemetry/traced-handler.ts'
import { findTracer } from '../../src/telemetry/tracer.ts'
import { aPod, aReview } from '../admission/a-review.ts'
import { SHOP } from '../admission/a-handler.ts'
import { KNOWN_FACTS, ungoverned } from '../admission/known-facts.ts'
import { recordedEvents } from '../admission/recorded-events.ts'
import { SETTINGS } from '../corpus/read-cluster.ts'

const CALLER = { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' }
const exporter = new InMemorySpanExporter()

test('without an SDK there is no tracer, and a log line has no trace', () => {
  expect(trace.getTracerProvider()).toBeInstanceOf(ProxyTracerProvider)
  expect(findTracer()).toBeUndefined()
  const lines: string[] = []
  makeLogger('info', { write: (line) => lines.push(line) }).info({}, 'x')
  expect(lines[0]).not.toContain('traceId')
})

describe('with an SDK', () => {
  beforeAll(() => new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }).register())
  afterEach(() => exporter.reset())
  afterAll(() => {
    trace.disable()
    context.disable()
  })

  const traced = (parts: Partial<HandlerParts> = {}) => {
    const tracer = findTracer()
    if (tracer === undefined) throw new Error('the SDK was not found')
    const all = {
      known: () => ungoverned(SHOP),
      facts: KNOWN_FACTS,
      now: () => 0,
      lookUp: undefined,
      isRefusal: () => false,
      settings: SETTINGS,
      clock: () => 0,
      events: recordedEvents(),
      ...parts,
    }
    const handle = traceHandler(tracer, all, makeHandler)
    return async (body: unknown, headers = {}) => handle('mutate', body, 1000, undefined, headers)
  }
  const asking = (appId: string) =>
    aReview({ uid: 'u1', object: aPod({ annotations: { 'dapr.io/shared': appId } }) })
  const spans = () =>
    exporter.getFinishedSpans().map((span) => ({
      name: span.name,
      attributes: span.attributes,
      status: span.status,
      traceId: span.spanContext().traceId,
      spanId: span.spanContext().spanId,
      parent: span.parentSpanContext?.spanId,
    }))

  test('a review is a span in the trace of the caller, with what was decided', async () => {
    await traced()(asking('nobody'), CALLER)
    expect(spans()).toMatchObject([
      {
        name: 'admission.review mutate',
        traceId: '0af7651916cd43dd8448eb211c80319c',
        parent: 'b7ad6b7169203331',
        attributes: {
          'dapr_shared.webhook': 'mutate',
          'dapr_shared.uid': 'u1',
          'dapr_shared.operation': 'CREATE',
          'dapr_shared.dry_run': false,
          'k8s.namespace.name': 'shop',
          'dapr_shared.decision': 'denied',
          'dapr_shared.rules': ['instance.missing'],
          'http.response.status_code': 200,
        },
        status: { code: 0 },
      },
    ])
  })

  test('without a traceparent it begins a trace of its own', async () => {
    await traced()(asking('cart'))
    expect(spans()).toMatchObject([
      { parent: undefined, attributes: { 'dapr_shared.instance': 'shop/cart' } },
    ])
  })

  test('the look-up before a refusal is a child, and the decision after it is told of the review', async () => {
    await traced({ lookUp: async () => EMPTY_NAMESPACE })(asking('nobody'), CALLER)
    const [lookUp, review] = spans()
    expect(lookUp).toMatchObject({ name: 'admission.look-up', parent: review?.spanId })
    expect(review?.attributes).toMatchObject({
      'dapr_shared.decision': 'denied',
      'dapr_shared.look_up': 'confirmed',
    })
  })

  test('what was handed over is an error with its reason', async () => {
    const lookUp = () => Promise.reject(new FactUnavailable('no answer'))
    await traced({ lookUp })(asking('nobody'))
    expect(spans()).toMatchObject([
      { name: 'admission.look-up', status: { code: 2, message: 'FactUnavailable' } },
      {
        name: 'admission.review mutate',
        status: { code: 2, message: 'LookUpFailed' },
        attributes: { 'http.response.status_code': 503, 'k8s.namespace.name': 'shop' },
      },
    ])
  })

  test('what is no review is a span that has ended, too', async () => {
    await traced()('no review')
    expect(spans()).toMatchObject([{ status: { code: 2 }, attributes: { 'http.response.status_code': 400 } }])
  })

  test('reviews that overlap keep their own spans, and log lines have the ids of theirs', async () => {
    const lines: Record<string, unknown>[] = []
    const log = makeLogger('info', {
      write: (line) => lines.push(JSON.parse(line) as Record<string, unknown>),
    })
    const events = { ...recordedEvents(), podDecided: () => log.info({}, 'decided') }
    const ask = traced({
      events,
      lookUp: () => new Promise((resolve) => setImmediate(resolve, EMPTY_NAMESPACE)),
    })
    await Promise.all([ask(asking('one')), ask(asking('two'))])
    const reviews = spans().filter(({ name }) => name === 'admission.review mutate')
    expect(new Set(reviews.map(({ traceId }) => traceId)).size).toBe(2)
    expect(lines.map(({ traceId, spanId }) => [traceId, spanId])).toEqual(
      reviews.map(({ traceId, spanId }) => [traceId, spanId]),
    )
    log.info({}, 'outside')
    expect(lines.at(-1)).not.toHaveProperty('traceId')
  })

  test('no span has a value of a variable, or an annotation that is not ours', async () => {
    const env = [{ name: 'PASSWORD', value: 'canary-3f9c1d' }]
    const object = aPod({
      annotations: { 'dapr.io/shared': 'cart', 'example.com/token': 'canary-3f9c1d' },
      containers: [{ name: 'app', env }],
    })
    await traced()(aReview({ object }))
    expect(spans()).toHaveLength(1)
    expect(JSON.stringify(spans())).not.toContain('canary-3f9c1d')
  })
})
