import type { Clients } from '../admission/client-certificates.ts'
import { makeClientCheck } from '../admission/client-check.ts'
import type { Guard } from '../admission/guard.ts'
import { makeLateness } from '../admission/lateness.ts'
import type { ServerLimits } from '../admission/limits.ts'
import { makePools } from '../admission/pools.ts'
import type { LoopDelayWatch } from '../operations/loop-delay.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Metrics, Observed } from '../telemetry/metrics.ts'
import { makeSeldom } from '../telemetry/seldom.ts'

export interface GuardParts {
  readonly limits: ServerLimits
  readonly clients: () => Clients | undefined
  readonly loop: Pick<LoopDelayWatch, 'now' | 'quantiles'>
  /** milliseconds since the epoch */
  readonly now: () => number
  /** milliseconds, monotonic */
  readonly clock: () => number
}

/** What of the limits is in use. */
export type Load = Required<Pick<Observed, 'connections' | 'inFlight' | 'eventLoopDelay'>>

/** What stands between callers and the handler, and what metrics tell of it. */
export function openGuard({ limits, clients, loop, now, clock }: GuardParts): {
  readonly load: Load
  /** @param metrics what is refused is counted in */
  readonly guard: (metrics: Metrics, log: Logger) => Guard
} {
  const pools = makePools(limits)
  return {
    load: {
      connections: () => pools.connections.used(),
      inFlight: () => pools.inFlight.used(),
      eventLoopDelay: () => loop.quantiles(),
    },
    guard: (metrics, log) => ({
      pools,
      isLate: makeLateness(() => loop.now()),
      clientRefusal: makeClientCheck(clients, now),
      onConnectionRefused: tellRefusedConnections(metrics, log, clock),
      onClientRefused: tellRefusedClients(metrics, log, clock),
    }),
  }
}

/** Each is counted, and told once a minute for each reason: the API server does not repeat a call that ends so. */
function tellRefusedConnections(
  metrics: Metrics,
  log: Logger,
  clock: () => number,
): Guard['onConnectionRefused'] {
  const isTime = makeSeldom(clock)
  return (reason) => {
    metrics.connectionsRefused.labels(reason).inc()
    if (isTime(reason)) log.warn({ reason }, 'connection refused')
  }
}

/** Each is counted, and told once a minute for each reason: it may be the API server, which pods then wait for. */
function tellRefusedClients(metrics: Metrics, log: Logger, clock: () => number): Guard['onClientRefused'] {
  const isTime = makeSeldom(clock)
  return (reason) => {
    metrics.handshakeFailures.labels('client_certificate').inc()
    if (isTime(reason))
      log.warn({ reason }, 'a caller was refused for its client certificate: is it the API server?')
  }
}
