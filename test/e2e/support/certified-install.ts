import { once } from 'node:events'
import { connect } from 'node:tls'
import { z } from 'zod'
import type { TestCluster } from '../../cluster/attach.ts'
import { accessObjects, type AccessOptions } from '../../../src/install/access.ts'
import { webhookConfigurations } from '../../../src/install/webhooks.ts'
import { OWN_DEFINITIONS } from './definitions.ts'
import { NAME, SYSTEM_NAMESPACE, removeConfigurations } from './installation.ts'
import type { KubeObject } from './objects.ts'
import { makeNetwork } from './replicas/network.ts'
import { launchServer, type LaunchedServer } from './server-process.ts'
import { spreadConnections } from './spread-connections.ts'

export const SECRET = 'dapr-shared-admission-certificates'
export const SECRET_PATH = `/api/v1/namespaces/${SYSTEM_NAMESPACE}/secrets/${SECRET}`
export const LEASE_PATH = `/apis/coordination.k8s.io/v1/namespaces/${SYSTEM_NAMESPACE}/leases/${NAME}`
const FRONT = 'certificates-front'
const ADMISSION = '/apis/admissionregistration.k8s.io/v1'
export const CONFIGURATION_PATHS = [
  `${ADMISSION}/mutatingwebhookconfigurations/${NAME}`,
  `${ADMISSION}/validatingwebhookconfigurations/${NAME}`,
] as const

/** One address before several servers: each connection goes to the next of them that takes it. */
export interface Front extends AsyncDisposable {
  /** one that an EndpointSlice may hold: none of the loopback range */
  readonly address: string
  readonly port: number
}

export async function startFront(targets: readonly number[]): Promise<Front> {
  const network = makeNetwork()
  const spread = await spreadConnections(targets, network.hostAddress)
  return {
    address: network.hostAddress,
    port: spread.port,
    async [Symbol.asyncDispose]() {
      await spread[Symbol.asyncDispose]()
      network.remove()
    },
  }
}

/** Starts a server with these rights, which writes no Events. */
export function launchCertified(
  kubeconfig: string,
  port = 0,
  flags: readonly string[] = [],
): Promise<LaunchedServer> {
  return launchServer({
    args: [
      `--kubeconfig=${kubeconfig}`,
      '--host=127.0.0.1',
      `--port=${port}`,
      '--ops-port=0',
      '--drain-seconds=0',
      '--events=off',
      ...flags,
    ],
  })
}

/**
 * Installs as the chart does: the rights for a mode of certificates and no others, the Service, and both webhook
 * configurations without any `caBundle`.
 *
 * @returns the configurations as they were applied
 */
export async function installCertified(
  cluster: TestCluster,
  front: Pick<Front, 'address' | 'port'>,
  certificates: NonNullable<AccessOptions['certificates']>,
): Promise<KubeObject[]> {
  const common = { namespace: SYSTEM_NAMESPACE, labels: { 'app.kubernetes.io/name': NAME } }
  await uninstallCertified(cluster)
  const service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: NAME, namespace: SYSTEM_NAMESPACE },
    spec: { ports: [{ name: 'admission', port: 443 }] },
  }
  const endpoints = {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: FRONT, namespace: SYSTEM_NAMESPACE, labels: { 'kubernetes.io/service-name': NAME } },
    addressType: 'IPv4',
    endpoints: [{ addresses: [front.address], conditions: { ready: true } }],
    ports: [{ name: 'admission', port: front.port, protocol: 'TCP' }],
  }
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: SYSTEM_NAMESPACE } }
  const configurations = withoutBundles(
    webhookConfigurations({ ...common, caPem: '', protect: false, backstop: false }),
  )
  // without them a server waits for half a minute, to be sure that they are absent
  await cluster.apply(OWN_DEFINITIONS)
  const access = accessObjects({ ...common, certificates })
  const objects = [namespace, ...access, service, endpoints, ...configurations]
  await cluster.apply(objects.map((object) => JSON.stringify(object)).join('\n---\n'))
  return configurations
}

function withoutBundles(configurations: readonly object[]): KubeObject[] {
  const text = JSON.stringify(configurations, (key, value: unknown) =>
    key === 'caBundle' ? undefined : value,
  )
  return JSON.parse(text) as KubeObject[]
}

/** Takes away what {@link installCertified} made, and what was made by the servers, but for the rights. */
export async function uninstallCertified(cluster: TestCluster): Promise<void> {
  await removeConfigurations(cluster)
  for (const path of [
    SECRET_PATH,
    LEASE_PATH,
    `/api/v1/namespaces/${SYSTEM_NAMESPACE}/services/${NAME}`,
    `/apis/discovery.k8s.io/v1/namespaces/${SYSTEM_NAMESPACE}/endpointslices/${FRONT}`,
  ])
    await cluster.request('DELETE', path)
}

const configuration = z.object({
  webhooks: z.array(z.object({ clientConfig: z.object({ caBundle: z.string().default('') }) })),
})

/** The `caBundle` of every webhook, as PEM. */
export async function bundlesNow({ request }: TestCluster): Promise<string[]> {
  const answers = await Promise.all(CONFIGURATION_PATHS.map((path) => request('GET', path)))
  return answers.flatMap(({ body }) =>
    configuration
      .parse(body)
      .webhooks.map(({ clientConfig }) => Buffer.from(clientConfig.caBundle, 'base64').toString('utf8')),
  )
}

/** Shakes hands as the API server does, trusting `ca` alone: the fingerprint of the certificate that was shown. */
export async function shakeHands(url: string, ca: string): Promise<string> {
  const { port } = new URL(url)
  const servername = `${NAME}.${SYSTEM_NAMESPACE}.svc`
  const socket = connect({ host: '127.0.0.1', port: Number(port), ca, servername })
  try {
    await once(socket, 'secureConnect')
    return socket.getPeerX509Certificate()?.fingerprint256 ?? 'none'
  } finally {
    socket.destroy()
  }
}
