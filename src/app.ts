import { performance } from 'node:perf_hooks'
import type { AddressInfo } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { makeHandler } from './admission/handle.ts'
import { DEFAULT_LIMITS, makeAdmissionServer, type AdmissionServer } from './admission/server.ts'
import { openFileSource } from './certs/file-source.ts'
import { makeSelfMadeSource } from './certs/self-made-source.ts'
import type { CertificateSource } from './certs/source.ts'
import { systemTimer } from './certs/timer.ts'
import { DEFAULT_CLUSTER_DOMAIN, findClusterDomain } from './config/cluster-domain.ts'
import type { ServeSettings } from './config/serve-settings.ts'
import { VERSION } from './config/version.ts'
import type { Settings } from './core/decide.ts'
import { instancesOf } from './core/inventory.ts'
import { DEFAULT_SKIPPED_CONTAINERS, SYSTEM_NAMESPACES } from './core/vocabulary.ts'
import { LookUpRefused, type InventorySource } from './discovery/source.ts'
import { makeOperationsServer } from './operations/server.ts'
import type { ReadinessCheck } from './operations/readiness.ts'
import { openFolderSource } from './state/folder-source.ts'
import type { InputPlaces } from './state/read-files.ts'
import { makeAdmissionEvents } from './telemetry/admission-events.ts'
import type { Logger } from './telemetry/logger.ts'
import { makeMetrics, type Observed } from './telemetry/metrics.ts'

/** A running server. Disposing stops it at once; {@link App.drain} first lets the cluster learn that it goes. */
export interface App extends AsyncDisposable {
  /** `https://127.0.0.1:8443` */
  readonly url: string
  readonly opsUrl: string
  /** Not ready from now on, serving for `drainSeconds`, then only handing over; resolves when it may be disposed of. */
  drain(): Promise<void>
}

export interface AppParts extends InputPlaces {
  readonly log: Logger
}

const HAND_OVER_MS = 1000

/**
 * Builds everything and starts it in this order: probes and metrics, the certificate, the webhook, the inventory. It is
 * ready when the inventory is. Whatever was started is stopped in reverse.
 *
 * @throws what the certificate and a folder of manifests cannot be read with; a cluster may be unreachable and come later
 */
export async function startApp(settings: ServeSettings, { log, ...places }: AppParts): Promise<App> {
  await using stack = new AsyncDisposableStack()
  const state = { draining: false, closing: false }
  const source = stack.use(await openSource(settings, log, places))
  const certificates = stack.use(await openCertificates(settings, log, places.cwd))

  const metrics = makeMetrics(observe(source, certificates), { version: VERSION }, Date.now)
  const operations = makeOperationsServer({
    checks: readinessChecks(source, certificates, state),
    metrics: metrics.registry,
    version: { version: VERSION, node: process.version },
  })
  const admission = makeAdmissionServer({
    certificate: certificates.current(),
    serves: (host) => certificates.current().serves(host),
    isDraining: () => state.draining,
    isClosing: () => state.closing,
    limits: DEFAULT_LIMITS,
    handle: makeHandler({
      inventory: () => source.current(),
      lookUp: source.lookUp,
      isRefusal: (error) => error instanceof LookUpRefused,
      settings: coreSettings(settings),
      events: makeAdmissionEvents(metrics, log),
      clock: () => performance.now(),
    }),
  })
  certificates.onChange(({ certPem, keyPem }) =>
    admission.server.setSecureContext({ cert: certPem, key: keyPem }),
  )

  stack.defer(() => operations.close())
  const opsUrl = await listen(operations, 'http', settings.host, settings.opsPort)
  stack.defer(() => closeGently(admission))
  const url = await listen(admission, 'https', settings.host, settings.port)

  const running = stack.move()
  return {
    url,
    opsUrl,
    async drain() {
      if (state.draining) return
      state.draining = true
      log.info({ seconds: settings.drainSeconds }, 'draining')
      await pause(settings.drainSeconds * 1000)
      if (settings.drainSeconds === 0) return
      state.closing = true
      await pause(HAND_OVER_MS)
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}

async function openSource(
  settings: ServeSettings,
  log: Logger,
  places: InputPlaces,
): Promise<InventorySource> {
  const { source, clusterDomain } = settings
  if (source.kind === 'state') {
    return openFolderSource({
      ...places,
      paths: source.paths,
      defaultNamespace: 'default',
      clusterDomain: clusterDomain ?? DEFAULT_CLUSTER_DOMAIN,
      now: Date.now,
      log,
    })
  }
  // client-node costs 85 MB: only who talks to a cluster pays for it
  const [{ connect }, { watchCluster }] = await Promise.all([
    import('./kube/client.ts'),
    import('./discovery/cluster-source.ts'),
  ])
  const client = await connect({ kubeconfig: source.kubeconfig, context: source.context })
  const watched = watchCluster({
    client,
    clusterDomain: clusterDomain ?? (await findClusterDomain()) ?? DEFAULT_CLUSTER_DOMAIN,
    log,
    now: Date.now,
    clock: () => performance.now(),
    random: Math.random,
  })
  return {
    ...watched,
    async [Symbol.asyncDispose]() {
      await watched[Symbol.asyncDispose]()
      await client[Symbol.asyncDispose]()
    },
  }
}

function openCertificates(settings: ServeSettings, log: Logger, cwd: string): Promise<CertificateSource> {
  const common = { log, now: () => new Date(), setTimer: systemTimer }
  if (settings.tls !== undefined) {
    const { certFile, keyFile } = settings.tls
    return openFileSource({ ...common, certFile: absolute(cwd, certFile), keyFile: absolute(cwd, keyFile) })
  }
  if (settings.source.kind === 'cluster') {
    log.warn(
      {},
      'made a certificate that no caBundle knows: give --tls-cert and --tls-key, as `dapr-shared manifests` does',
    )
  }
  const hosts = new Set([
    'localhost',
    '127.0.0.1',
    '::1',
    ...(isWildcard(settings.host) ? [] : [settings.host]),
  ])
  return makeSelfMadeSource({ ...common, hosts: [...hosts] })
}

function coreSettings({ skippedContainers, ownNamespace }: ServeSettings): Settings {
  return {
    skippedContainers: new Set([...DEFAULT_SKIPPED_CONTAINERS, ...skippedContainers]),
    excludedNamespaces: new Set([...SYSTEM_NAMESPACES, ownNamespace]),
    crossNamespace: 'RequireGrant',
  }
}

function readinessChecks(
  source: InventorySource,
  certificates: CertificateSource,
  state: { readonly draining: boolean },
): ReadinessCheck[] {
  return [
    { name: 'serving', problem: () => (state.draining ? 'draining' : undefined) },
    {
      name: 'certificate',
      problem: () => (certificates.current().notAfter.getTime() < Date.now() ? 'expired' : undefined),
    },
    ...source.health().map(({ resource }) => ({
      name: `cache ${resource}`,
      problem: () => {
        const health = source.health().find((one) => one.resource === resource)
        return health?.synced === true ? undefined : (health?.lastError ?? 'not read completely yet')
      },
    })),
  ]
}

function observe(source: InventorySource, certificates: CertificateSource): Observed {
  return {
    *instances() {
      for (const { strategy, readiness } of instancesOf(source.current() ?? new Map())) {
        yield { strategy, ready: readiness.known ? String(readiness.ready > 0) : 'unknown' }
      }
    },
    resources: () => source.health(),
    certificates: () => [{ certificate: 'serving', notAfter: certificates.current().notAfter }],
  }
}

type Listener = FastifyInstance | AdmissionServer

async function listen(app: Listener, scheme: string, host: string, port: number): Promise<string> {
  await app.listen({ host, port })
  // a server that listens on a host and port has an address with both
  const { port: actual } = app.server.address() as AddressInfo
  const shown = isWildcard(host) ? 'localhost' : host.includes(':') ? `[${host}]` : host
  return `${scheme}://${shown}:${actual}`
}

/** Lets requests end and closes connections as they become idle; cutting one would fail somebody's pod. */
async function closeGently(app: AdmissionServer): Promise<void> {
  const idle = setInterval(() => app.server.closeIdleConnections(), 50)
  try {
    await app.close()
  } finally {
    clearInterval(idle)
  }
}

function isWildcard(host: string): boolean {
  return host === '::' || host === '0.0.0.0'
}

function absolute(cwd: string, file: string): string {
  return file.startsWith('/') ? file : `${cwd}/${file}`
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds))
}
