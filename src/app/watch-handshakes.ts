import { handshakeFailureOf, isDistrust } from '../certs/handshake-failure.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import { makeSeldom } from '../telemetry/seldom.ts'

export interface HandshakeParts {
  readonly metrics: Pick<Metrics, 'handshakeFailures'>
  readonly log: Logger
  /** milliseconds, monotonic */
  readonly clock: () => number
  /** a caller did not trust our certificate */
  readonly onDistrust: () => void
}

/**
 * What to do with an error of `tlsClientError`: it is counted, and told once a minute for each reason, without anything that
 * a caller could have written.
 */
export function watchHandshakes({
  metrics,
  log,
  clock,
  onDistrust,
}: HandshakeParts): (error: unknown) => void {
  // a scan of ports would fill the log
  const isTime = makeSeldom(clock)

  return (error) => {
    const reason = handshakeFailureOf(error)
    metrics.handshakeFailures.labels(reason).inc()
    if (isDistrust(reason)) onDistrust()
    if (!isTime(reason)) return
    if (isDistrust(reason))
      log.warn({ reason }, 'a caller does not trust our certificate: has caBundle its CA?')
    else log.debug({ reason }, 'a TLS handshake failed')
  }
}
