import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { rename, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Agent, request } from 'undici'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeClientAuthority, type Signed } from '../admission/client-pki.ts'
import type { TestCluster } from '../cluster/attach.ts'
import { describeOnCluster } from '../cluster/describe-on-cluster.ts'
import { findFreePorts } from '../cluster/free-ports.ts'
import { startCluster } from '../cluster/start.ts'
import { waitUntil } from '../cluster/wait-until.ts'
import { injectedWith, injectionOf, knownInstance } from './support/expected.ts'
import {
  applyInstall,
  NAME,
  renderInstall,
  SYSTEM_NAMESPACE,
  type RenderedInstall,
} from './support/installation.ts'
import { createInstance } from './support/instances.ts'
import { sumOf } from './support/metrics.ts'
import { create, createNamespace } from './support/objects.ts'
import { aPod, storedPod } from './support/pods.ts'
import { reviewOf } from './support/reviews.ts'
import { outputOf } from './support/run-program.ts'
import { launchServer, type LaunchedServer } from './support/server-process.ts'

const namespace = 'e2e-client-certificates'
const CLIENT = 'kube-apiserver-admission'
const REQUESTS = 'dapr_shared_admission_requests_total'
const REFUSED = 'dapr_shared_tls_handshake_failures_total'
const HOSTS = ['127.0.0.1', `${NAME}.${SYSTEM_NAMESPACE}.svc`]

const authority = makeClientAuthority()
const other = makeClientAuthority()

/** What an API server needs to show a certificate to webhooks: each of the two plugins is told by itself. */
function admissionControl(dir: string, { cert, key }: Signed): string {
  const file = (name: string, text: string): string => {
    writeFileSync(join(dir, name), text, { mode: 0o600 })
    return join(dir, name)
  }
  const kubeConfigFile = file(
    'webhooks.kubeconfig',
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      users: [
        {
          name: '*',
          user: { 'client-certificate': file('client.crt', cert), 'client-key': file('client.key', key) },
        },
      ],
    }),
  )
  const plugins = ['MutatingAdmissionWebhook', 'ValidatingAdmissionWebhook'].map((name) => ({
    name,
    configuration: {
      apiVersion: 'apiserver.config.k8s.io/v1',
      kind: 'WebhookAdmissionConfiguration',
      kubeConfigFile,
    },
  }))
  return file(
    'admission.yaml',
    JSON.stringify({ apiVersion: 'apiserver.config.k8s.io/v1', kind: 'AdmissionConfiguration', plugins }),
  )
}

// On a cluster of its own: an API server is told of its client certificate as it starts.
describeOnCluster('with --client-ca and --client-names', (shared) => {
  const dir = mkdtempSync(join(tmpdir(), 'client-certificates-'))
  const caFile = join(dir, 'ca.crt')
  let cluster: TestCluster
  let rendered: RenderedInstall
  let server: LaunchedServer

  beforeAll(async () => {
    writeFileSync(caFile, authority.cert)
    const control = admissionControl(dir, authority.sign({ commonName: CLIENT }))
    cluster = await startCluster({
      assets: shared.assets,
      apiServerFlags: [`--admission-control-config-file=${control}`],
    })
    const [port = 0] = await findFreePorts(1)
    rendered = await renderInstall(cluster)
    await applyInstall(cluster, rendered, port)
    const kubeconfig = await cluster.createServiceAccountKubeconfig(SYSTEM_NAMESPACE, NAME)
    server = await launchServer({
      caPem: rendered.caPem,
      args: [
        `--kubeconfig=${kubeconfig}`,
        `--tls-cert=${rendered.certFile}`,
        `--tls-key=${rendered.keyFile}`,
        '--host=127.0.0.1',
        `--port=${port}`,
        '--ops-port=0',
        '--drain-seconds=0',
        '--log-level=debug',
        `--client-ca=${caFile}`,
        `--client-names=another,${CLIENT}`,
      ],
    })
    await createNamespace(cluster, namespace)
    await createInstance(cluster, namespace, 'order')
    await waitUntil('a pod is injected', async () => (await ask()) === 'injected')
  })
  afterAll(async () => {
    expect(await server.stop()).toBe(0)
    await cluster[Symbol.asyncDispose]()
    rmSync(dir, { recursive: true, force: true })
  })

  const expected = injectedWith(knownInstance(namespace, 'order'))

  /** One dry-run creation, in one word where it is injected as it should be. */
  async function ask(): Promise<string> {
    const { status, body } = await create(cluster, namespace, aPod('asking', 'order'), { dryRun: true })
    if (status !== 201) return `${status} ${JSON.stringify(body)}`
    const injection = injectionOf(storedPod.parse(body))
    return JSON.stringify(injection) === JSON.stringify(expected) ? 'injected' : JSON.stringify(injection)
  }

  const metric = async (name: string, labels?: Record<string, string>): Promise<number> =>
    sumOf((await server.ask('/metrics')).body, name, labels)

  /** A review past the API server, from somebody who knows the address and the CA. */
  async function askPast(client: Partial<Signed>, path = '/mutate') {
    const agent = new Agent({ connect: { ca: rendered.caPem, ...client }, allowH2: false })
    try {
      const answer = await request(`${server.url}${path}`, {
        method: 'POST',
        dispatcher: agent,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(reviewOf(aPod('spoofed', 'order'), namespace)),
      })
      return { status: answer.statusCode, body: await answer.body.text() }
    } finally {
      await agent.destroy()
    }
  }

  const stranger = { status: 403, body: '{"error":"ClientCertificateRequired"}' }
  const callers: readonly [string, Partial<Signed>][] = [
    ['no certificate', {}],
    ['a certificate of another CA', other.sign({ commonName: CLIENT })],
    ['another name', authority.sign({ commonName: 'kubelet' })],
    ['a certificate for servers', authority.sign({ commonName: CLIENT, purpose: 'server' })],
  ]

  test('the API server is let in by both of its plugins, and pods are injected', async () => {
    expect(await ask()).toBe('injected')
    expect(await metric(REQUESTS, { webhook: 'mutate', decision: 'injected' })).toBeGreaterThan(0)
    expect(await metric(REQUESTS, { webhook: 'validate' })).toBeGreaterThan(0)
    expect(await metric(REFUSED)).toBe(0)
  })

  test.each(callers)('a caller with %s learns nothing', async (_name, client) => {
    const [asked, refused] = [await metric(REQUESTS), await metric(REFUSED)]
    for (const path of ['/mutate', '/validate']) expect(await askPast(client, path)).toEqual(stranger)
    expect(await metric(REQUESTS), 'no handler ran').toBe(asked)
    expect(await metric(REFUSED, { reason: 'client_certificate' })).toBe(refused + 2)
  })

  test('who has the certificate of the API server is answered', async () => {
    expect(await askPast(authority.sign({ commonName: CLIENT }))).toMatchObject({ status: 200 })
  })

  test('our own certificate is renewed, and the check stays', async () => {
    await outputOf(['certs', '--out=.', ...HOSTS.map((host) => `--host=${host}`)], {
      cwd: dirname(rendered.certFile),
    })
    await waitUntil('the new certificate is in service', async () =>
      server.log.some(({ msg }) => msg === 'The certificate was reloaded.'),
    )
    expect(await ask()).toBe('injected')
    expect(await askPast({})).toEqual(stranger)
    expect(await askPast(other.sign({ commonName: CLIENT }))).toEqual(stranger)
  })

  test('a CA that does not know the API server keeps pods waiting, and one that does lets them go on', async () => {
    const replace = async (pem: string): Promise<void> => {
      await writeFile(`${caFile}.new`, pem)
      await rename(`${caFile}.new`, caFile)
    }
    await replace(other.cert)
    await waitUntil('the API server is refused', async () => (await ask()) !== 'injected')
    expect(await ask()).toMatch(/^500 .*failed calling webhook .*mutate\.shared\.dapr\.io/)
    await replace(other.cert + authority.cert)
    await waitUntil('the API server is let in again', async () => (await ask()) === 'injected')
  })
})
