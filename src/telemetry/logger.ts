import { pino, type Logger } from 'pino'

export type { Logger }

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

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
