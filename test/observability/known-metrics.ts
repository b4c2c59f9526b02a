import { Registry } from '@prometheus-io/client'
import { makeMetrics } from '../../src/telemetry/metrics.ts'
import { addProcessMetrics } from '../../src/telemetry/process-metrics.ts'
import { API_SERVER_METRICS } from './api-server-metrics.ts'

/** Prometheus itself adds these to whatever it scrapes. */
const OF_PROMETHEUS = ['instance', 'job']

/** Every metric that there is to ask for, by name, with its labels: ours, those of the process, and the API server's. */
export function knownMetrics(): ReadonlyMap<string, ReadonlySet<string>> {
  const { registry: ours } = makeMetrics(
    {
      instances: () => [],
      policies: () => ({ accepted: 0, invalid: 0 }),
      resources: () => [],
      certificates: () => [],
    },
    { version: '0' },
    () => 0,
  )
  const ofProcess = new Registry()
  addProcessMetrics(ofProcess)
  const registered = [ours, ofProcess].flatMap((registry) => registry.getMetricsAsArray().map(describe))
  const known = [...registered, ...Object.entries(API_SERVER_METRICS)]
  return new Map(known.flatMap(([name, labels]) => series(name, labels)))
}

function describe(metric: object): [string, readonly string[]] {
  const { name, labelNames = [] } = metric as { name: string; labelNames?: readonly string[] }
  return [name, labelNames]
}

/** A name as it is asked for; a histogram is asked for by its parts. */
function series(name: string, labels: readonly string[]): [string, ReadonlySet<string>][] {
  const all = new Set([...labels, ...OF_PROMETHEUS])
  return [
    [name, all],
    [`${name}_bucket`, new Set([...all, 'le'])],
    [`${name}_sum`, all],
    [`${name}_count`, all],
  ]
}
