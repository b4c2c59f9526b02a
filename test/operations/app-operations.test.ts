import { X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { aPod, aReview } from '../admission/a-review.ts'
import { testCertificates } from '../admission/a-server.ts'
import { runApp, type RunningApp } from '../admission/an-app.ts'
import { post } from '../admission/raw-socket.ts'
import { clusterFile } from '../corpus/read-cluster.ts'
import { readSamples, valuesOf } from '../telemetry/scraped.ts'
import { PATIENT } from '../admission/patience.ts'

vi.setConfig(PATIENT)

/** contract §8, as far as it is in scope; every label that a sample may have. */
const METRICS: Readonly<Record<string, readonly string[]>> = {
  dapr_shared_admission_requests_total: ['webhook', 'operation', 'decision', 'dry_run'],
  dapr_shared_admission_duration_seconds_bucket: ['webhook', 'le'],
  dapr_shared_admission_duration_seconds_sum: ['webhook'],
  dapr_shared_admission_duration_seconds_count: ['webhook'],
  dapr_shared_findings_total: ['rule', 'action', 'policy'],
  dapr_shared_instances: ['strategy', 'ready'],
  dapr_shared_policies: ['state'],
  dapr_shared_cache_synced: ['resource'],
  dapr_shared_cache_age_seconds: ['resource'],
  dapr_shared_cache_relists: ['resource'],
  dapr_shared_cache_restarts: ['resource'],
  dapr_shared_certificate_expiry_timestamp_seconds: ['certificate'],
  dapr_shared_leader: [],
  dapr_shared_ready: [],
  dapr_shared_connections: [],
  dapr_shared_admission_in_flight: [],
  dapr_shared_event_loop_delay_seconds: ['quantile'],
  dapr_shared_build_info: ['version', 'node'],
}

/** What the library tells of any program. */
const OF_THE_PROCESS = /^(?:process|nodejs)_/

let running: RunningApp
beforeAll(async () => {
  await testCertificates()
  running = await runApp({ paths: [clusterFile('shop')] })
  const socket = await running.open()
  const reviews = ['cart', 'nobody'].map((appId) =>
    aReview({ object: aPod({ annotations: { 'dapr.io/shared': appId } }) }),
  )
  const dryRun = aReview({ dryRun: true, object: aPod({ annotations: { 'dapr.io/shared': 'twin' } }) })
  for (const review of [...reviews, dryRun]) socket.send(...post(JSON.stringify(review)))
  await socket.answers(3)
  socket.destroy()
})
afterAll(() => running[Symbol.asyncDispose]())

const text = async (path: string): Promise<string> => (await running.ops(path)).text()

describe('/metrics of a running server', () => {
  test('has the names and labels that are promised, and no other', async () => {
    const labels = new Map<string, Set<string>>()
    for (const sample of readSamples(await text('/metrics'))) {
      if (OF_THE_PROCESS.test(sample.name)) continue
      const seen = labels.get(sample.name) ?? new Set()
      labels.set(sample.name, seen)
      for (const label of Object.keys(sample.labels)) seen.add(label)
    }
    const scraped = Object.fromEntries([...labels].map(([name, seen]) => [name, [...seen].toSorted()]))
    expect(scraped).toEqual(
      Object.fromEntries(Object.entries(METRICS).map(([name, promised]) => [name, promised.toSorted()])),
    )
  })

  test('says that the server is ready while /readyz does, and no longer', async () => {
    expect((await running.ops('/readyz')).status).toBe(200)
    expect(await text('/metrics')).toContain('dapr_shared_ready 1\n')
    await using leaving = await runApp({ paths: [clusterFile('shop')] })
    await leaving.app.drain()
    expect((await leaving.ops('/readyz')).status).toBe(503)
    expect(await (await leaving.ops('/metrics')).text()).toContain('dapr_shared_ready 0\n')
  })

  test('counts what was asked, dry runs aside', async () => {
    const scraped = await text('/metrics')
    expect(valuesOf(scraped, 'dapr_shared_admission_requests_total')).toEqual({
      'mutate CREATE injected false': 1,
      'mutate CREATE denied false': 1,
      'mutate CREATE denied true': 1,
    })
    expect(Object.keys(valuesOf(scraped, 'dapr_shared_findings_total'))).toContain(
      'instance.missing Deny built-in',
    )
    expect(scraped).not.toContain('instance.ambiguous')
  })

  test('knows the instances, the state and the certificate', async () => {
    const scraped = await text('/metrics')
    expect(valuesOf(scraped, 'dapr_shared_instances')).toEqual({
      'daemonset true': 1,
      'deployment true': 1,
      'daemonset false': 1,
      'daemonset unknown': 1,
    })
    expect(valuesOf(scraped, 'dapr_shared_cache_synced')).toEqual({ manifests: 1 })
    const certificate = new X509Certificate(await readFile(running.certificateFiles.certFile))
    expect(valuesOf(scraped, 'dapr_shared_certificate_expiry_timestamp_seconds')).toEqual({
      serving: certificate.validToDate.getTime() / 1000,
    })
  })
})

describe('the probes of a running server', () => {
  test('/readyz?verbose names each condition', async () => {
    expect(await text('/readyz?verbose')).toBe(
      '[+] serving ok\n[+] certificate ok\n[+] cache manifests ok\nready\n',
    )
  })

  test('/version is that of the package', async () => {
    const { version } = JSON.parse(await readFile('package.json', 'utf8')) as { version: string }
    expect(JSON.parse(await text('/version'))).toEqual({ version, node: process.version })
  })

  test('the webhook’s port answers no probe, and the probes’ port no webhook', async () => {
    const socket = await running.open()
    socket.send('GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n')
    expect(await socket.answers(1)).toMatchObject([{ status: 404 }])
    socket.destroy()
    expect((await running.ops('/mutate')).status).toBe(404)
  })
})
