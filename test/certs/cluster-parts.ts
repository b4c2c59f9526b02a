import { setTimeout as sleep } from 'node:timers/promises'
import type { ClusterParts } from '../../src/certs/cluster-parts.ts'
import { MemoryApi } from './memory-api.ts'
import { now } from './fresh-pki.ts'
import { recordedLog, type RecordedLog } from './recorded-log.ts'
import { countedTimers } from './timers.ts'

export const NAMESPACE = 'dapr-shared-system'
export const SECRET = 'certificates'
export const SECRET_PATH = `/api/v1/namespaces/${NAMESPACE}/secrets/${SECRET}`

export interface TestParts {
  readonly api: MemoryApi
  readonly log: RecordedLog
  readonly pending: () => number
  readonly parts: ClusterParts
}

/** An API server in memory, and real time. */
export function clusterParts(differences: Partial<ClusterParts> = {}): TestParts {
  const api = new MemoryApi()
  const log = recordedLog()
  const { setTimer, pending } = countedTimers()
  const parts: ClusterParts = {
    client: api,
    now,
    clock: () => performance.now(),
    random: () => 0.1,
    sleep: (milliseconds, signal) => sleep(milliseconds, undefined, { signal }),
    setTimer,
    log: { ...log, debug: () => undefined },
    ...differences,
  }
  return { api, log, pending, parts }
}

/** A Secret with these texts. */
export function aSecret(
  texts: Readonly<Record<string, string>>,
  annotations: Readonly<Record<string, string>> = {},
) {
  const data = Object.fromEntries(
    Object.entries(texts).map(([key, text]) => [key, Buffer.from(text).toString('base64')]),
  )
  return { apiVersion: 'v1', kind: 'Secret', type: 'Opaque', metadata: { annotations }, data }
}

/** What the Secret holds by now, by key. */
export function textsOf(api: MemoryApi): Record<string, string> {
  const data = (api.read(SECRET_PATH)?.['data'] ?? {}) as Record<string, string>
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString('utf8')]),
  )
}
