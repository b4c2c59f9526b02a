import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { TestCluster } from '../cluster/attach.ts'
import { describeOnCluster } from '../cluster/describe-on-cluster.ts'
import { findFreePorts } from '../cluster/free-ports.ts'
import { startCluster } from '../cluster/start.ts'
import { waitUntil } from '../cluster/wait-until.ts'
import { injectedWith, injectionOf, knownInstance } from './support/expected.ts'
import { expectGoodEnd } from './support/expect-good-end.ts'
import { expectHandOver } from './support/expect-hand-over.ts'
import { installWebhook, type InstalledWebhook } from './support/installed-webhook.ts'
import { createInstance } from './support/instances.ts'
import { create, createNamespace } from './support/objects.ts'
import { aPod, storedPod } from './support/pods.ts'
import { reviewOf } from './support/reviews.ts'
import { startServer } from './support/server-process.ts'
import { wireTo, type TcpProxy } from './support/tcp-proxy.ts'
import { untilWatched } from './support/until-watched.ts'

const namespace = 'e2e-api-server'

// On a cluster of its own: after some restarts the controllers of a cluster take their time to come back.
describeOnCluster('when the API server', (shared) => {
  let cluster: TestCluster
  let wire: TcpProxy
  let webhook: InstalledWebhook

  beforeAll(async () => {
    cluster = await startCluster({ assets: shared.assets })
    webhook = await installWebhook(cluster, async (kubeconfig) => {
      const via = await wireTo(kubeconfig)
      wire = via.wire
      return via.kubeconfig
    })
    await webhook.start()
    await webhook.effective()
    await createNamespace(cluster, namespace)
    await createInstance(cluster, namespace, 'order')
    await untilWatched(webhook, namespace, 'order')
  })
  afterEach(() => {
    // whatever happened, it was this one process that lived through it
    expect(webhook.server.hasEnded()).toBe(false)
  })
  afterAll(async () => {
    await expectGoodEnd(cluster, webhook)
    await wire[Symbol.asyncDispose]()
    await cluster[Symbol.asyncDispose]()
  })

  /** One dry-run creation, in one word where it is injected as it should be. */
  async function ask(appId = 'order'): Promise<string> {
    let answer
    try {
      answer = await create(cluster, namespace, aPod('asking', appId), { dryRun: true })
    } catch {
      return 'no connection'
    }
    const { status, body } = answer
    if (status !== 201) return `${status} ${JSON.stringify(body)}`
    const injected = injectionOf(storedPod.parse(body))
    expect(injected).toEqual(injectedWith(knownInstance(namespace, appId)))
    return 'injected'
  }

  test.for(['SIGTERM', 'SIGKILL'] as const)(
    'is stopped (%s) and started under load, no pod is refused and none slips through',
    async (signal) => {
      const { server } = webhook
      const answers: string[] = []
      const readiness = new Set<number>()
      const over = new AbortController()
      const load = Array.from({ length: 4 }, async () => {
        while (!over.signal.aborted) {
          const answer = await ask()
          answers.push(answer)
          readiness.add((await server.ask('/readyz')).status)
          if (answer === 'no connection') await sleep(20)
        }
      })
      await cluster.stopApiServer(signal)
      await waitUntil('the load has met a stopped API server', async () => answers.includes('no connection'))
      await cluster.startApiServer()
      const startedAt = answers.length
      await waitUntil('there is some load afterwards', async () => answers.length > startedAt + 50)
      over.abort()
      await Promise.all(load)

      // an API server that goes or comes has words of its own, but never ours
      const unexpected = answers.filter((answer) => !['injected', 'no connection'].includes(answer))
      expect(unexpected.filter((answer) => !isOfStartingOrEnding(answer))).toEqual([])
      expect(new Set(answers.slice(startedAt + 4))).toEqual(new Set(['injected']))
      // what was last known is served throughout
      expect(readiness).toEqual(new Set([200]))

      const fresh = `after-${signal.toLowerCase()}`
      await createInstance(cluster, namespace, fresh)
      await untilWatched(webhook, namespace, fresh)
      expect(await ask(fresh)).toBe('injected')
    },
  )

  test('comes back with nothing but its latest revision (410), the watches begin anew', async () => {
    const relists = await webhook.metric('dapr_shared_cache_relists')
    await cluster.stopApiServer()
    await cluster.compactEtcd()
    await cluster.startApiServer()
    await createInstance(cluster, namespace, 'after-compaction')
    await untilWatched(webhook, namespace, 'after-compaction')
    expect(await ask('after-compaction')).toBe('injected')
    expect(await ask('order')).toBe('injected')
    expect(await webhook.metric('dapr_shared_cache_relists')).toBeGreaterThan(relists)
  })

  test('comes back so (410) when the watches were cut meanwhile, what came and what has gone is seen', async () => {
    const going = await createInstance(cluster, namespace, 'going')
    await untilWatched(webhook, namespace, 'going')
    wire.cut()
    await going.delete()
    await createInstance(cluster, namespace, 'coming')
    await cluster.stopApiServer()
    await cluster.compactEtcd()
    await cluster.startApiServer()
    wire.mend()
    await untilWatched(webhook, namespace, 'coming')
    expect(await ask('coming')).toBe('injected')
    await waitUntil('what has gone is missing', async () =>
      (await ask('going')).includes('[instance.missing]'),
    )
  })

  test('is away, what is known is answered, and what is not is never called missing', async () => {
    const { server } = webhook
    await cluster.stopApiServer()
    const known = await server.review('mutate', reviewOf(aPod('a', 'order'), namespace))
    expect(known).toMatchObject({ status: 200, body: expect.stringContaining('"allowed":true') as string })
    expectHandOver(await server.review('mutate', reviewOf(aPod('a', 'unheard-of'), namespace)))
    expect((await server.ask('/readyz')).status).toBe(200)
    await cluster.startApiServer()
    await waitUntil('what is not there is refused again', async () =>
      (await ask('unheard-of')).includes('[instance.missing]'),
    )
  })

  test('is started after the server, that one waits for it: alive, not ready, and without verdict', async () => {
    const { rendered, kubeconfig } = webhook
    const [port = 0] = await findFreePorts(1)
    await cluster.stopApiServer()
    const early = await startServer({ ...rendered, kubeconfig, port })
    expect((await early.ask('/livez')).status).toBe(200)
    const { status, body } = await early.ask('/readyz')
    expect(status).toBe(503)
    expect(body).toMatch(/\[-\] cache services: .+/)
    for (const appId of ['order', 'unheard-of'])
      expectHandOver(await early.review('mutate', reviewOf(aPod('a', appId), namespace)))

    await cluster.startApiServer()
    await waitUntil('it is ready', async () => (await early.ask('/readyz')).status === 200)
    const { body: verdict } = await early.review('mutate', reviewOf(aPod('a', 'order'), namespace))
    expect(verdict).toContain('"allowed":true')
    expect(await early.stop()).toBe(0)
  })

  test('lets the server read half of what it needs, that one is not ready and gives no verdict', async () => {
    await cluster.apply(`
apiVersion: v1
kind: ServiceAccount
metadata: {name: half, namespace: ${namespace}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: e2e-half}
rules:
  - {apiGroups: [apps], resources: [daemonsets, deployments], verbs: [list, watch]}
  - {apiGroups: [''], resources: [namespaces], verbs: [list, watch]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: e2e-half}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: e2e-half}
subjects: [{kind: ServiceAccount, name: half, namespace: ${namespace}}]
`)
    const kubeconfig = await cluster.createServiceAccountKubeconfig(namespace, 'half')
    const [port = 0] = await findFreePorts(1)
    const half = await startServer({ ...webhook.rendered, kubeconfig, port })
    const readiness = await waitUntil('all but one kind are read', async () => {
      const { status, body } = await half.ask('/readyz')
      return status === 503 && body.match(/\[\+\] cache/g)?.length === 3 && body
    })
    expect(readiness).toMatch(/\[-\] cache services: .*forbidden/)
    for (const appId of ['order', 'unheard-of'])
      expectHandOver(await half.review('mutate', reviewOf(aPod('a', appId), namespace)))
    expect(await half.stop()).toBe(0)
  })
})

function isOfStartingOrEnding(answer: string): boolean {
  return /^(429|5\d\d) /.test(answer) || answer.includes('not yet ready to handle request')
}
