import { pino, type Logger } from 'pino'
import type { LogLevel } from '../config/log-level.ts'

export type { Logger }

/**
 * One JSON object a line, on standard error unless told otherwise. A sink that cannot be written to (a full disk) must
 * not stop admission: what it throws away is lost, and nothing else.
 */
export function makeLogger(level: LogLevel, sink: { write(line: string): unknown } = process.stderr): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
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
