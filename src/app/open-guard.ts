import type { ClientRefusal, Clients } from '../admission/client-certificates.ts'
import { makeClientCheck } from '../admission/connections.ts'
import { makeLateness } from '../admission/lateness.ts'
import type { ServerLimits } from '../admission/limits.ts'
import { makePools } from '../admission/pools.ts'
import type { Guard } from '../admission/server.ts'
import type { LoopDelayWatch } from '../operations/loop-delay.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Metrics, Observed } from '../telemetry/metrics.ts'

export interface GuardParts {
  readonly limits: ServerLimits
  readonly clients: () => Clients | undefined
  readonly loop: Pick<LoopDelayWatch, 'now' | 'quantiles'>
  /** milliseconds since the epoch */
  readonly now: () => number
}

/** A caller that keeps trying would fill the log. */
const TOLD_EVERY_MS = 60_000

/** What of the limits is in use. */
export type Load = Required<Pick<Observed, 'connections' | 'inFlight' | 'eventLoopDelay'>>

/** What stands between callers and the handler, and what metrics tell of it. */
export function openGuard({ limits, clients, loop, now }: GuardParts): {
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
      onConnectionRefused(reason) {
        metrics.connectionsRefused.labels(reason).inc()
        log.debug({ reason }, 'connection refused')
      },
      onClientRefused: tellRefusedClients(metrics, log, now),
    }),
  }
}

/** Each is counted, and told once a minute for each reason: it may be the API server, which pods then wait for. */
function tellRefusedClients(metrics: Metrics, log: Logger, now: () => number): Guard['onClientRefused'] {
  const toldAt = new Map<ClientRefusal, number>()
  return (reason) => {
    metrics.handshakeFailures.labels('client_certificate').inc()
    if (now() - (toldAt.get(reason) ?? -Infinity) < TOLD_EVERY_MS) return
    toldAt.set(reason, now())
    log.warn({ reason }, 'a caller was refused for its client certificate: is it the API server?')
  }
}
