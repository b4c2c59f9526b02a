import {
  context,
  propagation,
  SpanKind,
  SpanStatusCode,
  trace,
  type Span,
  type Tracer,
} from '@opentelemetry/api'
import type {
  AdmissionEvents,
  Handler,
  HandlerParts,
  NoVerdictEvent,
  ReviewEvent,
} from '../admission/handle.ts'
import type { Reply } from '../admission/reply.ts'
import type { Review } from '../admission/review.ts'
import { legible } from './legible.ts'

/**
 * A handler that tells each review to a tracer, as a span that continues the caller's trace, with a child for each time
 * that it waits: for facts, or for the look-up before a refusal. Names of people's things are those of the log, and no more.
 */
export function traceHandler(
  tracer: Tracer,
  parts: HandlerParts,
  makeHandler: (parts: HandlerParts) => Handler,
): Handler {
  const { facts, lookUp, events } = parts
  const waitFor = makeWaitFor(tracer)
  const handle = makeHandler({
    ...parts,
    facts: {
      ...facts,
      gather: (subject, needs, signal) =>
        waitFor('admission.facts', { 'dapr_shared.facts': [...new Set(needs.map(({ kind }) => kind))] }, () =>
          facts.gather(subject, needs, signal),
        ),
    },
    lookUp:
      lookUp &&
      ((namespace, signal) =>
        waitFor('admission.look-up', { 'k8s.namespace.name': legible(namespace, LONGEST) }, () =>
          lookUp(namespace, signal),
        )),
    events: tellSpans(events),
  })

  return (stage, body, limitMs, gone, headers) => {
    const caller = propagation.extract(context.active(), headers ?? {})
    const attributes = { 'dapr_shared.webhook': stage }
    const span = tracer.startSpan(`admission.review ${stage}`, { kind: SpanKind.SERVER, attributes }, caller)
    return context.with(trace.setSpan(caller, span), () => {
      const reply = handle(stage, body, limitMs, gone)
      if (!(reply instanceof Promise)) return end(span, reply)
      return reply.then((answer) => end(span, answer))
    })
  }
}

const LONGEST = 253

function end(span: Span, reply: Reply): Reply {
  span.setAttribute('http.response.status_code', reply.status)
  span.end()
  return reply
}

type WaitFor = <T>(
  name: string,
  attributes: Readonly<Record<string, string | string[]>>,
  work: () => Promise<T>,
) => Promise<T>

function makeWaitFor(tracer: Tracer): WaitFor {
  return (name, attributes, work) =>
    tracer.startActiveSpan(name, { attributes }, async (span) => {
      try {
        return await work()
      } catch (error) {
        fail(span, error instanceof Error ? error.name : 'Error', error)
        throw error
      } finally {
        span.end()
      }
    })
}

/** The events, each with its word for the span of the review. */
function tellSpans(events: AdmissionEvents): AdmissionEvents {
  const noVerdict =
    (tell: (event: NoVerdictEvent) => void) =>
    (event: NoVerdictEvent): void => {
      tell(event)
      const span = trace.getActiveSpan()
      if (span === undefined) return
      if (event.review !== undefined) span.setAttributes(aboutReview(event.review))
      fail(span, event.reason, event.error)
    }
  return {
    podDecided(event) {
      events.podDecided(event)
      trace.getActiveSpan()?.setAttributes({ ...aboutReview(event.review), ...aboutDecision(event) })
    },
    handedOver: noVerdict((event) => events.handedOver(event)),
    failed: noVerdict((event) => events.failed(event)),
    malformed: noVerdict((event) => events.malformed(event)),
    liveLookUp(review, result) {
      events.liveLookUp(review, result)
      trace.getActiveSpan()?.setAttribute('dapr_shared.look_up', result)
    },
  }
}

function aboutReview({ uid, operation, namespace, dryRun }: Review) {
  return {
    'dapr_shared.uid': legible(uid, LONGEST),
    'dapr_shared.operation': operation,
    'dapr_shared.dry_run': dryRun,
    'k8s.namespace.name': legible(namespace, LONGEST),
  }
}

function aboutDecision({ decision: { outcome, instance, findings } }: ReviewEvent) {
  const rules = findings.filter(({ action }) => action !== 'Audit').map(({ rule }) => rule)
  return {
    'dapr_shared.decision': outcome,
    'dapr_shared.rules': [...new Set(rules)],
    ...(instance === '' ? {} : { 'dapr_shared.instance': instance }),
  }
}

function fail(span: Span, reason: string, error?: unknown): void {
  span.setStatus({ code: SpanStatusCode.ERROR, message: reason })
  if (error instanceof Error) span.recordException(error)
}
