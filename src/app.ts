import { performance } from 'node:perf_hooks'
import { makeHandler, type HandlerParts } from './admission/handle.ts'
import { DEFAULT_LIMITS, makeAdmissionServer, secureOptions, type ServerLimits } from './admission/server.ts'
import { closeGently, listen, trackUnused } from './app/listening.ts'
import { observe, readinessChecks } from './app/observed.ts'
import { openCertificates } from './app/open-certificates.ts'
import { openReviewApi } from './app/open-review-api.ts'
import { openSource } from './app/open-source.ts'
import type { ServeSettings } from './config/serve-settings.ts'
import { VERSION } from './config/version.ts'
import { makeSettings } from './core/settings.ts'
import { LookUpRefused, type InventorySource } from './discovery/source.ts'
import { makeOperationsServer } from './operations/server.ts'
import type { InputPlaces } from './state/read-files.ts'
import { makeAdmissionEvents } from './telemetry/admission-events.ts'
import type { Logger } from './telemetry/logger.ts'
import { makeMetrics } from './telemetry/metrics.ts'

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
  readonly limits?: ServerLimits
}

const HAND_OVER_MS = 1000

/**
 * Builds everything and starts it in this order: the inventory and the certificate are opened, probes and metrics
 * listen, the webhook listens. It is ready when the inventory is. Whatever was started is stopped in reverse.
 *
 * @throws what the certificate and a folder of manifests cannot be read with; a cluster may be unreachable and come later
 */
export async function startApp(
  settings: ServeSettings,
  { log, limits = DEFAULT_LIMITS, ...places }: AppParts,
): Promise<App> {
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
  const events = makeAdmissionEvents(metrics, log)
  const governing = makeSettings(settings.skippedContainers, settings.ownNamespace)
  const serves = (host: string): boolean => certificates.current().serves(host)
  const isClosing = (): boolean => state.closing
  const admission = makeAdmissionServer({
    certificate: certificates.current(),
    serves,
    isDraining: () => state.draining,
    isClosing,
    limits,
    onShed: events.shed,
    handle: makeHandler({
      known: () => knownOf(source),
      facts: source.facts,
      admitted: source.admitted,
      lookUp: source.lookUp,
      isRefusal: (error) => error instanceof LookUpRefused,
      settings: governing,
      events,
      clock: () => performance.now(),
      now: Date.now,
    }),
    sideDoor: openReviewApi({
      mode: settings.reviewApi,
      source,
      known() {
        const known = knownOf(source)
        return known && { ...known, settings: governing, now: Date.now() }
      },
      serves,
      isClosing,
      metrics,
      log,
    }),
  })
  certificates.onChange((renewed) => admission.server.setSecureContext(secureOptions(renewed)))

  stack.defer(() => operations.close())
  const opsUrl = await listen(operations, {
    scheme: 'http',
    host: settings.host,
    port: settings.opsPort,
    flag: '--ops-port',
  })
  const unused = trackUnused(admission)
  stack.defer(() => closeGently(admission, unused))
  const url = await listen(admission, {
    scheme: 'https',
    host: settings.host,
    port: settings.port,
    flag: '--port',
  })

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

function knownOf(source: InventorySource): ReturnType<HandlerParts['known']> {
  const inventory = source.current()
  return (
    inventory && {
      inventory,
      policies: source.policies(),
      preview: (namespace, change) => source.preview(namespace, change),
    }
  )
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds))
}
