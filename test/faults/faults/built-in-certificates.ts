import { z } from 'zod'
import { certificatesIn } from '../../../src/certs/pem-bundle.ts'
import type { TestCluster } from '../../cluster/attach.ts'
import { findFreePorts } from '../../cluster/free-ports.ts'
import { startCluster } from '../../cluster/start.ts'
import { waitUntil } from '../../cluster/wait-until.ts'
import {
  bundlesNow,
  installCertified,
  LEASE_PATH,
  SECRET_PATH,
  startFront,
} from '../../e2e/support/certified-install.ts'
import { NAME, SYSTEM_NAMESPACE } from '../../e2e/support/installation.ts'
import { createInstance } from '../../e2e/support/instances.ts'
import { createNamespace, mergePatch } from '../../e2e/support/objects.ts'
import { launchServer, type LaunchedServer } from '../../e2e/support/server-process.ts'
import type { Fault } from '../fault.ts'
import { askFor, type Answer } from '../rig/ask.ts'
import { underLoad } from '../rig/load.ts'
import { KNOWN, NAMESPACE } from '../rig/stage.ts'
import { secondsOf } from '../rig/timing.ts'
import type { World } from '../world.ts'

const secret = z.object({ data: z.record(z.string(), z.string()).default({}) })

/** Servers that make their own certificates, behind one address, with the rights that the chart gives them. */
async function openBuiltIn({ assets }: World, count: number) {
  await using stack = new AsyncDisposableStack()
  let running: AsyncDisposableStack = stack
  const cluster = stack.use(await startCluster({ assets }))
  const ports = await findFreePorts(count)
  const front = stack.use(await startFront(ports))
  await installCertified(cluster, front, { mode: 'built-in' })
  const kubeconfig = await cluster.createServiceAccountKubeconfig(SYSTEM_NAMESPACE, NAME)
  await createNamespace(cluster, NAMESPACE)
  await createInstance(cluster, NAMESPACE, KNOWN)
  const ask = (): Promise<Answer> => askFor(cluster, NAMESPACE, KNOWN)
  const start = async (): Promise<LaunchedServer[]> => {
    const servers = await Promise.all(
      ports.map((port) =>
        launchServer({
          args: [
            '--tls-mode=built-in',
            '--ca-settle-seconds=2',
            '--host=127.0.0.1',
            '--ops-port=0',
            '--drain-seconds=0',
            `--port=${port}`,
            `--kubeconfig=${kubeconfig}`,
          ],
        }),
      ),
    )
    running.defer(async () => void (await Promise.all(servers.map((server) => server.stop('SIGKILL')))))
    await Promise.all(
      servers.map((server) =>
        waitUntil('it is ready', async () => (await server.ask('/readyz')).status === 200),
      ),
    )
    return servers
  }
  running = stack.move()
  return { cluster, ask, start, [Symbol.asyncDispose]: () => running.disposeAsync() }
}

async function textsOf({ request }: TestCluster): Promise<Record<string, string>> {
  const { data } = secret.parse((await request('GET', SECRET_PATH)).body)
  return Object.fromEntries(
    Object.entries(data).map(([key, text]) => [key, Buffer.from(text, 'base64').toString()]),
  )
}

const carry = (cluster: TestCluster, count: number): Promise<string[]> =>
  waitUntil(`every caBundle has ${count} CA`, async () => {
    const bundles = await bundlesNow(cluster)
    return bundles.every((bundle) => certificatesIn(bundle).length === count) && bundles
  })

export const authorityRotated: Fault = {
  id: 'F8',
  title: 'the CA is replaced, under load; then its Secret is deleted',
  short: false,
  async run(world, record) {
    await using rig = await openBuiltIn(world, 2)
    const { cluster, ask } = rig
    const servers = await rig.start()
    await waitUntil('a pod is injected', async () => (await ask()).kind === 'injected')
    record.did(
      '3 new CAs by the annotation shared.dapr.io/rotate, settled for 2 s, with 4 callers all the time',
    )
    await underLoad(record, ask, async (load) => {
      for (let round = 0; round < 3; round++) {
        const before = (await textsOf(cluster))['ca.crt'] ?? ''
        await mergePatch(cluster, SECRET_PATH, {
          metadata: { annotations: { 'shared.dapr.io/rotate': 'ca' } },
        })
        await carry(cluster, 2)
        const [bundle = ''] = await carry(cluster, 1)
        record.holds(`rotation ${round + 1}: the old CA is gone`, !bundle.includes(before))
        const from = load.answered()
        await waitUntil('calls afterwards', async () => load.answered() > from + 50)
      }
      record.did('the Secret deleted')
      const seconds = await secondsOf(async () => {
        await cluster.request('DELETE', SECRET_PATH)
        await waitUntil('it is whole again', async () => (await textsOf(cluster))['ca.key'] !== undefined)
      })
      record.atMost('the Secret is there again', seconds, 10 * world.slack, ' s')
    })
    record.holds(
      'no process ended',
      servers.every((server) => !server.hasEnded()),
    )
  },
}

export const authorityMadeTwice: Fault = {
  id: 'F10',
  title: 'several replicas start at once where there is no CA yet',
  short: false,
  async run(world, record) {
    await using rig = await openBuiltIn(world, 3)
    const { cluster, ask } = rig
    const rounds = 5
    record.did(`3 servers started at once without Secret, Lease and caBundle, ${rounds} times`)
    record.figure('replicas and rounds', `3 and ${rounds}; the fault list says 5 and 100`)
    for (let round = 1; round <= rounds; round++) {
      const began = performance.now()
      const servers = await rig.start()
      const texts = await waitUntil('the Secret is whole', async () => {
        const now = await textsOf(cluster)
        return now['ca.crt'] !== undefined && now
      })
      const bundles = await carry(cluster, 1)
      record.is(`round ${round}: different caBundles`, new Set(bundles).size, 1)
      record.holds(`round ${round}: it is that of the Secret`, bundles[0]?.trim() === texts['ca.crt']?.trim())
      await waitUntil('a pod is injected', async () => (await ask()).kind === 'injected')
      record.atMost(
        `round ${round}: to the first injected pod`,
        (performance.now() - began) / 1000,
        20 * world.slack,
        ' s',
      )
      await Promise.all(servers.map((server) => server.stop()))
      for (const path of [SECRET_PATH, LEASE_PATH]) await cluster.request('DELETE', path)
      await cluster.apply(
        JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: SYSTEM_NAMESPACE } }),
      )
      await forgetBundles(cluster)
    }
  },
}

async function forgetBundles(cluster: TestCluster): Promise<void> {
  for (const resource of ['mutatingwebhookconfigurations', 'validatingwebhookconfigurations']) {
    const path = `/apis/admissionregistration.k8s.io/v1/${resource}/${NAME}`
    const { webhooks } = (await cluster.request('GET', path)).body as {
      webhooks: { clientConfig: { caBundle?: string } }[]
    }
    const patch = webhooks.flatMap(({ clientConfig }, index) =>
      clientConfig.caBundle === undefined
        ? []
        : [{ op: 'remove', path: `/webhooks/${index}/clientConfig/caBundle` }],
    )
    await cluster.request('PATCH', path, patch, { 'content-type': 'application/json-patch+json' })
  }
}
