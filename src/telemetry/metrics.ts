import { Counter, Gauge, Histogram, Registry } from '@prometheus-io/client'

/** What is read when Prometheus asks, instead of being kept up to date on every change. */
export interface Observed {
  instances(): Iterable<{ readonly strategy: string; readonly ready: string }>
  policies(): { readonly accepted: number; readonly invalid: number }
  resources(): readonly {
    readonly resource: string
    readonly synced: boolean
    readonly lastContactAt: number
    readonly relists: number
    readonly restarts: number
  }[]
  certificates(): Iterable<{ readonly certificate: string; readonly notAfter: Date }>
  /** of a server with certificates of its own making: whether each webhook configuration trusts them */
  caBundles?(): Iterable<{ readonly configuration: string; readonly inSync: boolean }>
  /** whether this replica holds the Lease; nothing where there is none to hold */
  isLeader?(): boolean
  /** whether `/readyz` says so */
  isReady?(): boolean
  /** connections to the webhook that are open */
  connections?(): number
  /** reviews that are being decided */
  inFlight?(): number
  /** how late the event loop was lately; `quantile` is 0.5, 0.99 or 1 */
  eventLoopDelay?(): Iterable<{ readonly quantile: string; readonly seconds: number }>
}

export type Metrics = ReturnType<typeof makeMetrics>

/** From a quarter of a millisecond, below which the clock is the news, to the API server's own limit. */
const DURATION_BUCKETS = [
  0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
]

/**
 * The metrics that docs/operations.md names. No label has values that grow with pods, namespaces or app-ids.
 *
 * @param now milliseconds since the epoch
 */
export function makeMetrics(observed: Observed, build: { readonly version: string }, now: () => number) {
  const registry = new Registry()
  const registers = [registry]

  const metrics = {
    registry,
    requests: new Counter({
      name: 'dapr_shared_admission_requests_total',
      help: 'Reviews answered, by what became of them.',
      labelNames: ['webhook', 'operation', 'decision', 'dry_run'],
      registers,
    }),
    duration: new Histogram({
      name: 'dapr_shared_admission_duration_seconds',
      help: 'Seconds from the parsed body to the answer.',
      labelNames: ['webhook'],
      buckets: DURATION_BUCKETS,
      registers,
    }),
    findings: new Counter({
      name: 'dapr_shared_findings_total',
      help: 'Findings of all reviews but dry runs.',
      labelNames: ['rule', 'action', 'policy'],
      registers,
    }),
    liveLookUps: new Counter({
      name: 'dapr_shared_live_lookups_total',
      help: 'Refusals that were looked up live first, by result, dry runs aside.',
      labelNames: ['result'],
      registers,
    }),
    reviewApi: new Counter({
      name: 'dapr_shared_review_api_requests_total',
      help: 'Requests to the review API, by HTTP status.',
      labelNames: ['code'],
      registers,
    }),
    handshakeFailures: new Counter({
      name: 'dapr_shared_tls_handshake_failures_total',
      help: 'TLS handshakes that failed, by reason (unknown_ca, bad_certificate: the caller does not trust our certificate).',
      labelNames: ['reason'],
      registers,
    }),
    connectionsRefused: new Counter({
      name: 'dapr_shared_connections_refused_total',
      help: 'Connections that were closed before a handshake, by reason.',
      labelNames: ['reason'],
      registers,
    }),
    refusalEvents: new Counter({
      name: 'dapr_shared_refusal_events_total',
      help: 'Refusals that are told by an Event, by what became of it (written, counted, dropped, failed).',
      labelNames: ['result'],
      registers,
    }),
  }

  new Gauge({
    name: 'dapr_shared_instances',
    help: 'Known instances, by strategy and readiness (true, false, unknown).',
    labelNames: ['strategy', 'ready'],
    registers,
    collect() {
      this.reset()
      for (const { strategy, ready } of observed.instances()) this.inc({ strategy, ready })
    },
  })
  new Gauge({
    name: 'dapr_shared_policies',
    help: 'DaprSharedPolicies, by state (accepted, invalid).',
    labelNames: ['state'],
    registers,
    collect() {
      for (const [state, count] of Object.entries(observed.policies())) this.set({ state }, count)
    },
  })
  eachResource('dapr_shared_cache_synced', 'Whether the resource was read completely once.', ({ synced }) =>
    Number(synced),
  )
  eachResource(
    'dapr_shared_cache_age_seconds',
    'Seconds since the last sign of life of the watch.',
    ({ lastContactAt }) => (lastContactAt === 0 ? 0 : (now() - lastContactAt) / 1000),
  )
  eachResource('dapr_shared_cache_relists', 'Complete lists after the first.', ({ relists }) => relists)
  eachResource('dapr_shared_cache_restarts', 'Watches opened anew.', ({ restarts }) => restarts)
  new Gauge({
    name: 'dapr_shared_certificate_expiry_timestamp_seconds',
    help: 'When the certificate expires, in seconds since the epoch.',
    labelNames: ['certificate'],
    registers,
    collect() {
      for (const { certificate, notAfter } of observed.certificates()) {
        this.set({ certificate }, notAfter.getTime() / 1000)
      }
    },
  })
  new Gauge({
    name: 'dapr_shared_ca_bundle_in_sync',
    help: 'Whether the caBundle of the webhook configuration has our CA.',
    labelNames: ['configuration'],
    registers,
    collect() {
      this.reset()
      for (const { configuration, inSync } of observed.caBundles?.() ?? []) {
        this.set({ configuration }, Number(inSync))
      }
    },
  })
  number('dapr_shared_leader', 'Whether this replica holds the Lease.', () =>
    Number(observed.isLeader?.() ?? 0),
  )
  number('dapr_shared_ready', 'Whether this replica would answer reviews.', () =>
    Number(observed.isReady?.() ?? 0),
  )
  number('dapr_shared_connections', 'Open connections to the webhook.', () => observed.connections?.() ?? 0)
  number('dapr_shared_admission_in_flight', 'Reviews being decided.', () => observed.inFlight?.() ?? 0)
  new Gauge({
    name: 'dapr_shared_event_loop_delay_seconds',
    help: 'How late the event loop was lately, by quantile.',
    labelNames: ['quantile'],
    registers,
    collect() {
      for (const { quantile, seconds } of observed.eventLoopDelay?.() ?? []) this.set({ quantile }, seconds)
    },
  })
  new Gauge({
    name: 'dapr_shared_build_info',
    help: 'Always 1; the labels say what runs.',
    labelNames: ['version', 'node'],
    registers,
  }).set({ version: build.version, node: process.version }, 1)

  return metrics

  function number(name: string, help: string, read: () => number) {
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read())
      },
    })
  }

  function eachResource(
    name: string,
    help: string,
    read: (health: ReturnType<Observed['resources']>[number]) => number,
  ) {
    new Gauge({
      name,
      help,
      labelNames: ['resource'],
      registers,
      collect() {
        for (const health of observed.resources()) this.set({ resource: health.resource }, read(health))
      },
    })
  }
}
