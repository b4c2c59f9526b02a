import { trace, type Tracer } from '@opentelemetry/api'
import { VERSION } from '../config/version.ts'

/**
 * The tracer of an OpenTelemetry SDK that was loaded before us (`NODE_OPTIONS=--import=…`), be it of another copy of the
 * API. Without one there is none, and nothing of tracing runs.
 */
export function findTracer(): Tracer | undefined {
  const provider = trace.getTracerProvider()
  const isProxy = 'getDelegateTracer' in provider && typeof provider.getDelegateTracer === 'function'
  // a proxy without a delegate gives tracers that do nothing, at a cost
  const tracer: unknown = isProxy
    ? (provider.getDelegateTracer as typeof provider.getTracer)('dapr-shared-admission', VERSION)
    : provider.getTracer('dapr-shared-admission', VERSION)
  return tracer as Tracer | undefined
}

/** What log lines say of the span that they belong to. */
export interface TraceFields {
  readonly traceId?: string
  readonly spanId?: string
}

const NO_TRACE: TraceFields = {}

/** The span under way; nothing outside of one. */
export function traceFields(): TraceFields {
  const span = trace.getActiveSpan()?.spanContext()
  return span === undefined ? NO_TRACE : { traceId: span.traceId, spanId: span.spanId }
}
