import { describe, expect, test } from 'vitest'
import { makeMetrics, type Observed } from '../../src/telemetry/metrics.ts'
import { readSamples, valuesOf } from './scraped.ts'

const NOTHING: Observed = {
  instances: () => [],
  policies: () => ({ accepted: 0, invalid: 0 }),
  resources: () => [],
  certificates: () => [],
}
const scrape = (observed: Partial<Observed>, now = 0): Promise<string> =>
  makeMetrics({ ...NOTHING, ...observed }, { version: '1.2.3' }, () => now).registry.metrics()

const resource = (parts: Partial<ReturnType<Observed['resources']>[number]>) => ({
  resource: 'services',
  synced: true,
  lastContactAt: 0,
  relists: 0,
  restarts: 0,
  ...parts,
})

describe('metrics that are read when asked', () => {
  test('instances are counted by strategy and readiness', async () => {
    const instances = () => [
      { strategy: 'daemonset', ready: 'true' },
      { strategy: 'daemonset', ready: 'true' },
      { strategy: 'deployment', ready: 'unknown' },
    ]
    expect(valuesOf(await scrape({ instances }), 'dapr_shared_instances')).toEqual({
      'daemonset true': 2,
      'deployment unknown': 1,
    })
  })

  test('an instance that went is not counted on', async () => {
    let left = [{ strategy: 'daemonset', ready: 'true' }]
    const { registry } = makeMetrics({ ...NOTHING, instances: () => left }, { version: '0' }, () => 0)
    expect(valuesOf(await registry.metrics(), 'dapr_shared_instances')).toEqual({ 'daemonset true': 1 })
    left = []
    expect(valuesOf(await registry.metrics(), 'dapr_shared_instances')).toEqual({})
  })

  test('the age of a cache is counted from its last sign of life', async () => {
    const resources = () => [
      resource({ lastContactAt: 10_000 }),
      resource({ resource: 'deployments', synced: false }),
    ]
    const text = await scrape({ resources }, 17_500)
    expect(valuesOf(text, 'dapr_shared_cache_age_seconds')).toEqual({ services: 7.5, deployments: 0 })
    expect(valuesOf(text, 'dapr_shared_cache_synced')).toEqual({ services: 1, deployments: 0 })
  })

  test('lists and watches that were opened anew are told', async () => {
    const text = await scrape({ resources: () => [resource({ relists: 3, restarts: 7 })] })
    expect(valuesOf(text, 'dapr_shared_cache_relists')).toEqual({ services: 3 })
    expect(valuesOf(text, 'dapr_shared_cache_restarts')).toEqual({ services: 7 })
  })

  test('the end of a certificate is in seconds since the epoch', async () => {
    const certificates = () => [{ certificate: 'serving', notAfter: new Date('2027-01-01T00:00:00Z') }]
    const text = await scrape({ certificates })
    expect(valuesOf(text, 'dapr_shared_certificate_expiry_timestamp_seconds')).toEqual({
      serving: 1_798_761_600,
    })
  })

  test('the build is told', async () => {
    expect(readSamples(await scrape({})).find(({ name }) => name === 'dapr_shared_build_info')).toEqual({
      name: 'dapr_shared_build_info',
      labels: { version: '1.2.3', node: process.version },
      value: 1,
    })
  })
})

describe('the histogram of durations', () => {
  test('reaches from a quarter of a millisecond to ten seconds', async () => {
    const metrics = makeMetrics(NOTHING, { version: '0' }, () => 0)
    metrics.duration.labels('mutate').observe(0.0002)
    const buckets = readSamples(await metrics.registry.metrics())
      .filter(({ name }) => name === 'dapr_shared_admission_duration_seconds_bucket')
      .map(({ labels }) => labels['le'])
    expect([buckets.at(0), buckets.at(-2), buckets.at(-1)]).toEqual(['0.00025', '10', '+Inf'])
  })
})
