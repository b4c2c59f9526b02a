import { appendFileSync } from 'node:fs'
import { NodeTracerProvider, SimpleSpanProcessor, type SpanExporter } from '@opentelemetry/sdk-trace-node'

// What an operator preloads, with spans going to a file, one a line, instead of to a collector. NODE_OPTIONS loads it into
// every process of Node.js, so it says where by a variable.

const file = process.env['SPANS_FILE']

const exporter: SpanExporter = {
  export(spans, done) {
    for (const span of spans) {
      const { traceId, spanId } = span.spanContext()
      const { name, kind, attributes, status, events, parentSpanContext } = span
      const parent = parentSpanContext?.spanId
      appendFileSync(
        file ?? '',
        `${JSON.stringify({ name, kind, traceId, spanId, parent, attributes, status, events })}\n`,
      )
    }
    done({ code: 0 })
  },
  async shutdown() {
    // a file needs no end
  },
}

if (file !== undefined) {
  new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }).register()
}
