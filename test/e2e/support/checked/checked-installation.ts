import { networkInterfaces } from 'node:os'
import { z } from 'zod'
import type { TestCluster } from '../../../cluster/attach.ts'
import { findFreePorts } from '../../../cluster/free-ports.ts'
import { startCluster } from '../../../cluster/start.ts'
import { waitUntil } from '../../../cluster/wait-until.ts'
import { answerTo } from '../answers.ts'
import { createInstance } from '../instances.ts'
import { NAME, renderInstall, SYSTEM_NAMESPACE, type RenderedInstall } from '../installation.ts'
import { sumOf } from '../metrics.ts'
import { createNamespace, mergePatch } from '../objects.ts'
import { aPod } from '../pods.ts'
import { launchServer, type LaunchedServer } from '../server-process.ts'

/** An installation as a user has it: the API server calls the Service, whose endpoints lead to a server on this host. */
export interface CheckedInstallation extends AsyncDisposable {
  readonly cluster: TestCluster
  readonly rendered: RenderedInstall
  readonly server: LaunchedServer
  /** applies all of `manifests` again, and leads the Service to the server */
  mend(): Promise<void>
}

const PODS = `/api/v1/namespaces/${SYSTEM_NAMESPACE}/pods`

/** On a control plane of its own: what it breaks is broken for everybody. */
export async function startChecked(shared: TestCluster): Promise<CheckedInstallation> {
  await using stack = new AsyncDisposableStack()
  const cluster = stack.use(
    await startCluster({ assets: shared.assets, apiServerFlags: ['--enable-aggregator-routing=true'] }),
  )
  const rendered = await renderInstall(cluster)
  const [port = 0, ops = 0] = await findFreePorts(2)
  const address = ownAddress()
  // the pods are played, and what they declare is where the server really listens
  const yaml = rendered.yaml
    .replaceAll('containerPort: 8443', `containerPort: ${port}`)
    .replaceAll('containerPort: 8080', `containerPort: ${ops}`)
  const mend = async (): Promise<void> => {
    await cluster.apply(yaml)
    await leadService(cluster, { address, port, ops })
  }
  await cluster.apply(yaml)
  const kubeconfig = await cluster.createServiceAccountKubeconfig(SYSTEM_NAMESPACE, NAME)
  const server = await launchServer({
    args: [
      `--host=${address}`,
      `--port=${port}`,
      `--ops-port=${ops}`,
      `--kubeconfig=${kubeconfig}`,
      `--tls-cert=${rendered.certFile}`,
      `--tls-key=${rendered.keyFile}`,
      '--drain-seconds=0',
    ],
    env: { DAPR_SHARED_OWN_NAMESPACE: SYSTEM_NAMESPACE },
  })
  stack.defer(async () => void (await server.stop()))
  await mend()
  await createControlPlane(cluster)
  await createNamespace(cluster, 'shop')
  await createInstance(cluster, 'shop', 'order')
  await waitUntil('the server is ready', async () => (await server.ask('/readyz')).status === 200)
  await waitUntil(
    'it leads',
    async () => sumOf((await server.ask('/metrics')).body, 'dapr_shared_leader') === 1,
  )
  await waitUntil('the API server calls it', async () => {
    const { pod } = await answerTo(cluster, 'shop', aPod('asking', 'order'), { dryRun: true })
    return JSON.stringify(pod).includes('DAPR_HTTP_ENDPOINT')
  })
  const open = stack.move()
  return { cluster, rendered, server, mend, [Symbol.asyncDispose]: () => open.disposeAsync() }
}

/** EndpointSlices hold no loopback address, so it is one by which this machine is reached; that needs no privilege. */
function ownAddress(): string {
  const own = Object.values(networkInterfaces())
    .flatMap((some = []) => some)
    .find(({ family, internal }) => family === 'IPv4' && !internal)
  if (own === undefined)
    throw new Error(
      'this machine has no IPv4 address besides loopback: give it one (ip addr add 198.18.0.1/32 dev lo)',
    )
  return own.address
}

const pods = z.object({
  items: z.array(
    z.looseObject({
      metadata: z.looseObject({ name: z.string(), deletionTimestamp: z.string().optional() }),
      status: z.looseObject({ phase: z.string().optional() }),
    }),
  ),
})

/** kwok plays the pods of the Deployment; their address becomes that of the server, and the Service's ports those of it. */
async function leadService(
  cluster: TestCluster,
  { address, port, ops }: { readonly address: string; readonly port: number; readonly ops: number },
): Promise<void> {
  const running = await waitUntil('both replicas run', async () => {
    const { body } = await cluster.request('GET', PODS)
    const found = pods
      .parse(body)
      .items.filter(({ metadata, status }) => !metadata.deletionTimestamp && status.phase === 'Running')
    return found.length === 2 && found
  })
  for (const { metadata } of running) {
    const { status, body } = await mergePatch(cluster, `${PODS}/${metadata.name}/status`, {
      status: { podIP: address, podIPs: [{ ip: address }] },
    })
    if (status !== 200) throw new Error(JSON.stringify(body))
  }
  await mergePatch(cluster, `/api/v1/namespaces/${SYSTEM_NAMESPACE}/services/${NAME}`, {
    spec: {
      ports: [
        { name: 'admission', port: 443, targetPort: port, protocol: 'TCP' },
        { name: 'ops', port: 8080, targetPort: ops, protocol: 'TCP' },
      ],
    },
  })
  await waitUntil('the EndpointSlice leads to the server', async () => {
    const path = `/apis/discovery.k8s.io/v1/namespaces/${SYSTEM_NAMESPACE}/endpointslices`
    const text = JSON.stringify((await cluster.request('GET', path)).body)
    return text.includes(`"${address}"`) && text.includes(`"port":${port}`)
  })
}

const PARTS = [
  ['Deployment', 'dapr-operator'],
  ['Deployment', 'dapr-sentry'],
  ['StatefulSet', 'dapr-placement-server'],
  ['StatefulSet', 'dapr-scheduler-server'],
] as const

/** Dapr's control plane in outline, as its chart names it. */
async function createControlPlane(cluster: TestCluster): Promise<void> {
  await createNamespace(cluster, 'dapr-system')
  const objects = PARTS.map(([kind, name]) => ({
    apiVersion: 'apps/v1',
    kind,
    metadata: { name, namespace: 'dapr-system', labels: { app: name } },
    spec: {
      replicas: 1,
      ...(kind === 'StatefulSet' ? { serviceName: name } : {}),
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: { containers: [{ name, image: `ghcr.io/dapr/${name}:1.16.1` }] },
      },
    },
  }))
  await cluster.apply(objects.map((object) => `---\n${JSON.stringify(object)}\n`).join(''))
  await waitUntil('Dapr is ready', async () => {
    const lists = await Promise.all(
      ['deployments', 'statefulsets'].map((resource) =>
        cluster.request('GET', `/apis/apps/v1/namespaces/dapr-system/${resource}`),
      ),
    )
    return (JSON.stringify(lists).match(/"readyReplicas":1/g) ?? []).length === PARTS.length
  })
}
