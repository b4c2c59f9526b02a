import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { TestCluster } from '../cluster/attach.ts'
import { describeOnCluster } from '../cluster/describe-on-cluster.ts'
import { findFreePorts } from '../cluster/free-ports.ts'
import { startCluster } from '../cluster/start.ts'
import { waitUntil } from '../cluster/wait-until.ts'
import { readSpans, withSdk, type WrittenSpan } from '../telemetry/read-spans.ts'
import { applyInstall, NAME, renderInstall, SYSTEM_NAMESPACE } from './support/installation.ts'
import { createInstance } from './support/instances.ts'
import { create, createNamespace } from './support/objects.ts'
import { aPod } from './support/pods.ts'
import { launchServer, type LaunchedServer } from './support/server-process.ts'

const namespace = 'e2e-traces'

// An API server that traces every request. Nobody takes its own spans: what counts is the header that it sends to us.
const TRACING = {
  apiVersion: 'apiserver.config.k8s.io/v1beta1',
  kind: 'TracingConfiguration',
  endpoint: '127.0.0.1:1',
  samplingRatePerMillion: 1_000_000,
}

describeOnCluster('a review of an API server that traces', (shared) => {
  let cluster: TestCluster
  let server: LaunchedServer
  let spansFile = ''

  beforeAll(async () => {
    spansFile = join(shared.dir, `spans-${process.pid}`)
    const config = join(shared.dir, `tracing-${process.pid}.json`)
    writeFileSync(config, JSON.stringify(TRACING))
    cluster = await startCluster({
      assets: shared.assets,
      apiServerFlags: [`--tracing-config-file=${config}`],
    })
    const [port = 0] = await findFreePorts(1)
    const rendered = await renderInstall(cluster)
    await applyInstall(cluster, rendered, port)
    const kubeconfig = await cluster.createServiceAccountKubeconfig(SYSTEM_NAMESPACE, NAME)
    const flags = {
      kubeconfig,
      'tls-cert': rendered.certFile,
      'tls-key': rendered.keyFile,
      host: '127.0.0.1',
      port,
      'ops-port': 0,
      'drain-seconds': 0,
    }
    server = await launchServer({
      args: Object.entries(flags).map(([name, value]) => `--${name}=${value}`),
      env: withSdk(spansFile),
    })
    await createNamespace(cluster, namespace)
    await createInstance(cluster, namespace, 'order')
    await waitUntil('the server is ready', async () => (await server.ask('/readyz')).status === 200)
  })
  afterAll(async () => {
    await server?.stop()
    await cluster?.[Symbol.asyncDispose]()
  })

  const reviewsOf = (decision: string): WrittenSpan[] =>
    readSpans(spansFile).filter(
      ({ name, attributes }) =>
        name.startsWith('admission.review ') && attributes['dapr_shared.decision'] === decision,
    )

  test('is a span in the trace of its request, the same for both webhooks', async () => {
    const spans = await waitUntil('both webhooks were called', async () => {
      await create(cluster, namespace, aPod('order', 'order'), { dryRun: true })
      const validated = readSpans(spansFile).find(({ name }) => name === 'admission.review validate')
      if (validated === undefined) return false
      const all = readSpans(spansFile).filter(({ traceId }) => traceId === validated.traceId)
      return all.length >= 2 && all
    })
    expect(spans.map(({ name, kind }) => [name, kind])).toEqual([
      ['admission.review mutate', 1],
      ['admission.review validate', 1],
    ])
    // each continues the span of a call of its own
    expect(new Set(spans.map(({ parent }) => parent)).size).toBe(2)
    for (const { parent, attributes } of spans) {
      expect(parent).toMatch(/^[0-9a-f]{16}$/)
      expect(attributes).toMatchObject({ 'k8s.namespace.name': namespace, 'dapr_shared.dry_run': true })
    }
  })

  test('has the look-up before a refusal for a child', async () => {
    const refused = await create(cluster, namespace, aPod('lost', 'nobody'), { dryRun: true })
    expect(refused.status).toBe(403)
    const [review] = await waitUntil('the refusal is a span', async () => {
      const spans = reviewsOf('denied')
      return spans.length > 0 && spans
    })
    expect(review?.attributes).toMatchObject({ 'dapr_shared.look_up': 'confirmed' })
    const children = readSpans(spansFile).filter(({ parent }) => parent === review?.spanId)
    expect(children.map(({ name, traceId }) => [name, traceId])).toEqual([
      ['admission.look-up', review?.traceId],
    ])
  })
})
