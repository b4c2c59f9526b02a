import type { CertificateLog } from '../../src/certs/source.ts'

export interface RecordedLog extends CertificateLog {
  infos: string[]
  warnings: string[]
  /** All that a log line would hold, as JSON. */
  text: () => string
}

export function recordedLog(): RecordedLog {
  const lines: object[] = []
  const log: RecordedLog = {
    infos: [],
    warnings: [],
    info(facts, message) {
      lines.push({ facts, message })
      log.infos.push(message)
    },
    warn(facts, message) {
      lines.push({ facts, message })
      log.warnings.push(message)
    },
    text: () => JSON.stringify(lines),
  }
  return log
}
