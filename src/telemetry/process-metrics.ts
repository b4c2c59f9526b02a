import { collectDefaultMetrics, type Registry } from '@prometheus-io/client'

/**
 * Adds what every program tells Prometheus of itself: the `process_*` and `nodejs_*` metrics of the metrics library. They are
 * read when Prometheus asks; only the delay of the event loop is sampled, ten times a second.
 */
export function addProcessMetrics(register: Registry): void {
  collectDefaultMetrics({ register, eventLoopMonitoringPrecision: 100 })
}
