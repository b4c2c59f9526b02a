import { performance } from 'node:perf_hooks'
import { makeHandler, type Handler, type HandlerParts } from './admission/handle.ts'
import { DEFAULT_LIMITS, type ServerLimits } from './admission/limits.ts'
import { makeAdmissionServer, secureOptions, type ServerCertificates } from './admission/server.ts'
import { closeGently, listen, trackUnused } from './app/listening.ts'
import { observe, readinessChecks } from './app/observed.ts'
import { openCertificates } from './app/open-certificates.ts'
import { openClients } from './app/open-clients.ts'
import { openGuard } from './app/open-guard.ts'
import { openOperations } from './app/open-operations.ts'
import { openRefusalEvents } from './app/open-refusal-events.ts'
import { openReviewApi } from './app/open-review-api.ts'
import { openLeading } from './app/open-leading.ts'
import { openSource } from './app/open-source.ts'
import { watchHandshakes } from './app/watch-handshakes.ts'
import type { ServeSettings } from './config/serve-settings.ts'
import { VERSION } from './config/version.ts'
import { makeSettings } from './core/settings.ts'
import { LookUpRefused, type InventorySource } from './discovery/source.ts'
import { watchLoopDelay } from './operations/loop-delay.ts'
import type { InputPlaces } from './state/read-files.ts'
import { makeAdmissionEvents } from './telemetry/admission-events.ts'
import type { Logger } from './telemetry/logger.ts'
import { makeMetrics } from './telemetry/metrics.ts'
import { addProcessMetrics } from './telemetry/process-metrics.ts'
import { makeSeldom } from './telemetry/seldom.ts'
import { traceHandler } from './telemetry/traced-handler.ts'
import { findTracer } from './telemetry/tracer.ts'

/** A running server. Disposing stops it at once; {@link App.drain} first lets the cluster learn that it goes. */
export interface App extends AsyncDisposable {
  /** `https://127.0.0.1:8443` */
  readonly url: string
  readonly opsUrl: string
  /**
   * Not ready from now on, serving for `drainSeconds`, then only handing over; resolves when it may be disposed of. In a
   * hurry it hands over from the first moment, for a moment.
   */
  drain(pace?: 'gentle' | 'hurried'): Promise<void>
}

export interface AppParts extends InputPlaces {
  readonly log: Logger
  readonly limits?: ServerLimits
}

const HAND_OVER_MS = { gentle: 1000, hurried: 3000 }

/**
 * Builds everything and starts it in this order: probes and metrics listen, the inventory and the certificate are opened,
 * the webhook listens. It is ready when the inventory is. Whatever was started is stopped in reverse.
 *
 * @throws what the certificate and a folder of manifests cannot be read with; a cluster may be unreachable and come later
 */
export async function startApp(
  settings: ServeSettings,
  { log, limits: given = DEFAULT_LIMITS, ...places }: AppParts,
): Promise<App> {
  await using stack = new AsyncDisposableStack()
  const state = { draining: false, closing: false }
  const operations = stack.use(await openOperations(settings))
  const source = stack.use(await openSource(settings, log, places))
  const certificates = stack.use(await openCertificates(settings, log, places.cwd, source.cluster))
  const leading = stack.use(openLeading(settings, source.cluster, certificates, log))
  const clients = stack.use(await openClients(settings.clients, log, places.cwd))
  const limits = { ...given, connections: settings.maxConnections, inFlight: settings.maxInFlight }
  const loop = stack.use(watchLoopDelay())
  const clock = (): number => performance.now()
  const { load, guard } = openGuard({ limits, clients: () => clients.current(), loop, now: Date.now, clock })

  const checks = readinessChecks(source, certificates, state)
  const metrics = makeMetrics(
    { ...observe(source, certificates, checks), ...leading.observed, ...load },
    { version: VERSION },
    Date.now,
  )
  addProcessMetrics(metrics.registry)
  const refusals = stack.use(openRefusalEvents({ settings, source, metrics, log }))
  const events = makeAdmissionEvents(metrics, log, refusals.refused, makeSeldom(clock))
  const governing = makeSettings(settings.skippedContainers, settings.ownNamespace)
  const serves = (host: string): boolean => certificates.current().serves(host)
  const isClosing = (): boolean => state.closing
  const certified = (): ServerCertificates => {
    const { certPem, keyPem } = certificates.current()
    return { certPem, keyPem, clientCaPem: clients.current()?.caPem }
  }
  const admission = makeAdmissionServer({
    certificate: certified(),
    serves,
    isDraining: () => state.draining,
    isClosing,
    limits,
    guard: guard(metrics, log),
    onShed: events.shed,
    handle: makeTracedHandler({
      known: () => knownOf(source),
      facts: source.facts,
      admitted: source.admitted,
      lookUp: source.lookUp,
      isRefusal: (error) => error instanceof LookUpRefused,
      settings: governing,
      events,
      clock,
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
  const renew = (): void => admission.server.setSecureContext(secureOptions(certified()))
  certificates.onChange(renew)
  clients.onChange(renew)
  const onDistrust = (): void => certificates.distrusted?.()
  admission.server.on('tlsClientError', watchHandshakes({ metrics, log, clock, onDistrust }))

  const unused = trackUnused(admission)
  stack.defer(() => closeGently(admission, unused))
  const url = await listen(admission, {
    scheme: 'https',
    host: settings.host,
    port: settings.port,
    flag: '--port',
  })
  operations.opened(checks, metrics.registry)

  const running = stack.move()
  return {
    url,
    opsUrl: operations.url,
    async drain(pace = 'gentle') {
      if (state.draining && pace === 'gentle') return
      state.draining = true
      const seconds = pace === 'gentle' ? settings.drainSeconds : 0
      log.info({ seconds }, 'draining')
      // what was begun last ends first: another replica leads while this one still answers
      const ledOn = leading[Symbol.asyncDispose]()
      await pause(seconds * 1000)
      if (settings.drainSeconds === 0) return
      state.closing = true
      await Promise.all([ledOn, pause(HAND_OVER_MS[pace])])
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}

/** The handler itself, unless somebody loaded an SDK that takes traces. */
function makeTracedHandler(parts: HandlerParts): Handler {
  const tracer = findTracer()
  return tracer === undefined ? makeHandler(parts) : traceHandler(tracer, parts, makeHandler)
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
