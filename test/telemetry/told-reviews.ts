import { makeHandler, type HandlerParts } from '../../src/admission/handle.ts'
import type { Stage } from '../../src/admission/decide-review.ts'
import type { LogLevel } from '../../src/config/log-level.ts'
import { makeAdmissionEvents } from '../../src/telemetry/admission-events.ts'
import { makeLogger } from '../../src/telemetry/logger.ts'
import { makeMetrics } from '../../src/telemetry/metrics.ts'
import { readCluster, SETTINGS } from '../corpus/read-cluster.ts'
import { KNOWN_FACTS, ungoverned } from '../admission/known-facts.ts'

const SHOP = readCluster('shop')

export interface Told {
  /** each a line of the log, parsed */
  readonly lines: Record<string, unknown>[]
  /** the log as it was written */
  readonly text: () => string
  readonly scrape: () => Promise<string>
  readonly events: ReturnType<typeof makeAdmissionEvents>
  readonly ask: (body: unknown, stage?: Stage) => Promise<string>
}

/** A handler with real log and metrics, on the cluster "shop". */
export function toldReviews({
  level = 'debug',
  ...parts
}: Partial<HandlerParts> & { readonly level?: LogLevel } = {}): Told {
  const written: string[] = []
  const lines: Record<string, unknown>[] = []
  const log = makeLogger(level, {
    write(line) {
      written.push(line)
      lines.push(JSON.parse(line) as Record<string, unknown>)
    },
  })
  const metrics = makeMetrics(
    {
      instances: () => [],
      policies: () => ({ accepted: 0, invalid: 0 }),
      resources: () => [],
      certificates: () => [],
    },
    { version: '0' },
    () => 0,
  )
  const events = makeAdmissionEvents(metrics, log)
  let time = 0
  const handle = makeHandler({
    known: () => ungoverned(SHOP),
    facts: KNOWN_FACTS,
    now: () => 0,
    lookUp: undefined,
    isRefusal: () => false,
    settings: SETTINGS,
    clock: () => (time += 2),
    events,
    ...parts,
  })
  return {
    lines,
    text: () => written.join(''),
    events,
    scrape: () => metrics.registry.metrics(),
    ask: async (body, stage = 'mutate') => (await handle(stage, body, 1000)).body,
  }
}
