import type { ServeSettings } from '../config/serve-settings.ts'
import { VERSION } from '../config/version.ts'
import type { ReadinessCheck } from '../operations/readiness.ts'
import { makeOperationsServer, type MetricsText } from '../operations/server.ts'
import { listen } from './listening.ts'

/** Probes and metrics that listen. */
export interface OpenedOperations extends AsyncDisposable {
  /** `http://127.0.0.1:8080` */
  readonly url: string
  /** from now on it is ready when all checks say so */
  opened(checks: readonly ReadinessCheck[], metrics: MetricsText): void
}

/**
 * Listens before anything else is opened, so that whoever probes a slow start learns that the process lives.
 *
 * @throws ListenError
 */
export async function openOperations({
  host,
  opsPort,
}: Pick<ServeSettings, 'host' | 'opsPort'>): Promise<OpenedOperations> {
  let checks: readonly ReadinessCheck[] = [{ name: 'start', problem: () => 'not everything is opened yet' }]
  let metrics: MetricsText | undefined
  const server = makeOperationsServer({
    checks: () => checks,
    metrics: () => metrics,
    version: { version: VERSION, node: process.version },
  })
  const url = await listen(server, { scheme: 'http', host, port: opsPort, flag: '--ops-port' })
  return {
    url,
    opened(known, registry) {
      checks = known
      metrics = registry
    },
    [Symbol.asyncDispose]: () => server.close(),
  }
}
