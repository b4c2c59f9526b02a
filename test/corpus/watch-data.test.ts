import { join } from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { z } from 'zod'
import { decodeReview } from '../../src/admission/review.ts'
import type { Inventory } from '../../src/core/inventory.ts'
import { watchCluster } from '../../src/discovery/cluster-source.ts'
import { changedReview } from './ordinary-review.ts'
import { decideUngoverned } from '../admission/known-facts.ts'
import { readYaml, WATCHED } from './read-corpus.ts'
import { WatchedCluster } from './watched-cluster.ts'
import { PATIENCE, PATIENT } from '../admission/patience.ts'

vi.setConfig(PATIENT)

const oneCase = z.strictObject({
  name: z.string(),
  lines: z.array(z.string()).min(1),
  /** what the server must ask for anew, as it can no longer trust the watch */
  again: z.enum(['nothing', 'watch', 'list']),
})
const file = z.strictObject({
  row: z.literal(90),
  name: z.string(),
  note: z.string(),
  cases: z.array(oneCase).min(1),
})
const { name: title, cases } = readYaml(join(import.meta.dirname, WATCHED), file)

const QUIET = { info: () => undefined, warn: () => undefined, error: () => undefined, debug: () => undefined }
const DELETED =
  '{"type":"DELETED","object":{"metadata":{"name":"cart-dapr","namespace":"shop","resourceVersion":"50"}}}'

function watching() {
  const cluster = new WatchedCluster('shop')
  const source = watchCluster({
    client: cluster,
    clusterDomain: 'cluster.local',
    log: QUIET,
    now: Date.now,
    clock: () => performance.now(),
    // no jitter: what is tried again is tried at once
    random: () => 0,
  })
  onTestFinished(() => source[Symbol.asyncDispose]())
  return { cluster, source }
}

function outcome(inventory: Inventory | undefined): string {
  if (inventory === undefined) return 'not synced'
  const { outcome: is, findings } = decideUngoverned('mutate', decodeReview(changedReview()), inventory)
  return is === 'denied' ? (findings.find(({ action }) => action === 'Deny')?.rule ?? '') : is
}

describe(`row 90: ${title}`, () => {
  test.each(cases)('$name', async ({ lines, again }) => {
    const { cluster, source } = watching()
    const asked = (what: string): number => cluster.asked.filter((one) => one === `${what} services`).length
    await expect.poll(() => asked('watch'), PATIENCE).toBe(1)
    await expect.poll(() => outcome(source.current()), PATIENCE).toBe('injected')

    for (const line of lines) {
      const before = asked('watch')
      cluster.say('services', line)
      if (again !== 'nothing') await expect.poll(() => asked('watch'), PATIENCE).toBe(before + 1)
    }
    expect(outcome(source.current())).toBe('injected')
    if (again === 'list') expect(asked('list')).toBe(2)
    if (again === 'nothing') expect(asked('watch')).toBe(1)

    cluster.say('services', DELETED)
    await expect.poll(() => outcome(source.current()), PATIENCE).toBe('instance.misconfigured')
    expect(({} as { cart?: string }).cart).toBeUndefined()
  })
})
