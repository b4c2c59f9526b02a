import { hostname } from 'node:os'
import { performance } from 'node:perf_hooks'
import { systemTimer } from '../certs/timer.ts'
import type { ServeSettings } from '../config/serve-settings.ts'
import { makeRateLimits } from '../discovery/rate-limit.ts'
import { makeOwnerLookUp } from '../facts/owner-look-up.ts'
import { tellRefusals, type RefusalEvents } from '../refusal-events/tell-refusals.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import type { OpenedSource } from './open-source.ts'

/** Requests that write Events: a namespace with a few broken workloads shows them all, and no caller makes it many. */
const EVENT_RATES = {
  all: { perSecond: 5, burst: 25 },
  namespace: { perSecond: 0.2, burst: 10 },
}

/** Questions for owners, apart from those of admission, which must not wait for them. */
const OWNER_RATES = {
  all: { perSecond: 10, burst: 50 },
  namespace: { perSecond: 1, burst: 20 },
}

export interface RefusalEventsWiring {
  readonly settings: Pick<ServeSettings, 'events'>
  readonly source: Pick<OpenedSource, 'cluster'>
  readonly metrics: Pick<Metrics, 'refusalEvents'>
  readonly log: Logger
}

/** What tells refusals by Events, where they are wanted and a cluster takes them. */
export function openRefusalEvents({ settings, source, metrics, log }: RefusalEventsWiring): RefusalEvents {
  if (!settings.events || source.cluster === undefined) return NO_EVENTS
  const { client } = source.cluster
  const clock = (): number => performance.now()
  const owners = makeOwnerLookUp({ client, rates: OWNER_RATES, clock })
  return tellRefusals({
    client,
    instance: hostname(),
    ownerOf: (subject, signal) => owners.topmost(subject, signal),
    allowed: makeRateLimits(EVENT_RATES, clock),
    tell: (result, refusals) => metrics.refusalEvents.labels(result).inc(refusals),
    log,
    now: Date.now,
    clock,
    setTimer: systemTimer,
  })
}

const NO_EVENTS: RefusalEvents = {
  refused: () => undefined,
  async [Symbol.asyncDispose]() {
    // there is nothing to stop
  },
}
