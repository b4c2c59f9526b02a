import { resolve } from 'node:path'
import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import type { BuiltInSource } from '../certs/built-in/built-in-source.ts'
import type { ClusterParts } from '../certs/cluster-parts.ts'
import { openFileSource } from '../certs/file-source.ts'
import type { CertificateSource } from '../certs/source.ts'
import { systemTimer } from '../certs/timer.ts'
import type { ServeSettings } from '../config/serve-settings.ts'
import { NAME, serviceHosts } from '../install/names.ts'
import type { Logger } from '../telemetry/logger.ts'
import { isWildcard } from './listening.ts'
import type { OpenedSource } from './open-source.ts'

/** A certificate, and what follows from where it comes from. */
export interface OpenedCertificates
  extends CertificateSource, Partial<Pick<BuiltInSource, 'lead' | 'caBundles' | 'distrusted'>> {}

const common = { now: (): Date => new Date(), setTimer: systemTimer }

/**
 * The certificate from files or a Secret, one of our own CA, or a made one for this machine.
 *
 * @throws CertificateError for files that are not usable
 */
export async function openCertificates(
  settings: ServeSettings,
  log: Logger,
  cwd: string,
  cluster: OpenedSource['cluster'],
): Promise<OpenedCertificates> {
  const { tls } = settings
  switch (tls.mode) {
    case 'files': {
      const { certFile, keyFile } = tls
      return openFileSource({
        ...common,
        log,
        certFile: resolve(cwd, certFile),
        keyFile: resolve(cwd, keyFile),
      })
    }
    case 'secret': {
      const { openSecretSource } = await import('../certs/secret-source.ts')
      return openSecretSource({
        ...clusterParts(cluster, log),
        namespace: settings.ownNamespace,
        name: tls.secret,
      })
    }
    case 'built-in': {
      const { openBuiltInSource } = await import('../certs/built-in/built-in-source.ts')
      return openBuiltInSource({
        ...clusterParts(cluster, log),
        namespace: settings.ownNamespace,
        name: tls.secret,
        service: NAME,
        hosts: hostsOf(settings.ownNamespace, cluster?.domain),
        settleMs: tls.settleSeconds * 1000,
      })
    }
    case 'self-made':
      return openSelfMade(settings, log)
  }
}

function clusterParts(cluster: OpenedSource['cluster'], log: Logger): ClusterParts {
  // settings refuse a Secret where there is no cluster
  if (cluster === undefined) throw new Error('a Secret is read from a cluster, and there is none')
  return {
    ...common,
    log,
    client: cluster.client,
    clock: () => performance.now(),
    random: Math.random,
    sleep: (milliseconds, signal) => sleep(milliseconds, undefined, { signal }),
  }
}

/** The API server calls by the one that ends in `.svc`; others may call by any. */
function hostsOf(namespace: string, domain: string | undefined): string[] {
  const qualified = domain === undefined ? [] : [`${NAME}.${namespace}.svc.${domain}`]
  return [...new Set([...serviceHosts(namespace), ...qualified])]
}

async function openSelfMade(settings: ServeSettings, log: Logger): Promise<CertificateSource> {
  if (settings.source.kind === 'cluster') {
    log.warn(
      {},
      'made a certificate that no caBundle knows: give --tls-cert and --tls-key, as `dapr-shared manifests` does, or --tls-mode',
    )
  }
  const hosts = new Set([
    'localhost',
    '127.0.0.1',
    '::1',
    ...(isWildcard(settings.host) ? [] : [settings.host]),
  ])
  // node-forge costs 3 MB: only who makes a certificate pays for it
  const { makeSelfMadeSource } = await import('../certs/self-made-source.ts')
  return makeSelfMadeSource({ ...common, log, hosts: [...hosts] })
}
