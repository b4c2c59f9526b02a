import { pino, type Logger } from 'pino'
import type { LogLevel } from '../config/log-level.ts'
import { findTracer, traceFields } from './tracer.ts'

export type { Logger }

/** Where lines go; one that fails later says so in an event. */
export interface LogSink {
  write(line: string): unknown
  on?(event: 'error', listener: () => void): unknown
}

/**
 * One JSON object a line, on standard error unless told otherwise. A sink that cannot be written to (a full disk, a
 * reader that went away) must not stop admission: what it throws away is lost, and nothing else. Under a tracer, the
 * lines of a review have the ids of its span.
 */
export function makeLogger(level: LogLevel, sink: LogSink = process.stderr): Logger {
  sink.on?.('error', () => {
    // without a listener the process would end
  })
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      ...(findTracer() === undefined ? {} : { mixin: traceFields }),
    },
    {
      write(line: string) {
        try {
          sink.write(line)
        } catch {
          // there is nowhere left to say it
        }
      },
    },
  )
}
