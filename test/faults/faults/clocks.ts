import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { waitUntil } from '../../cluster/wait-until.ts'
import { sumOf } from '../../e2e/support/metrics.ts'
import type { Fault } from '../fault.ts'
import type { Record } from '../record.ts'
import { reviewFor, verdictOf } from '../rig/reviews.ts'
import { startSecondServer } from '../rig/second-server.ts'
import { NAMESPACE, type Stage } from '../rig/stage.ts'
import { secondsOf } from '../rig/timing.ts'

const MINUTE_MS = 60_000
/** longer than a watch goes unlooked at: each tick of its watchdog is 5 s */
const CLOCK_SEEN_MS = 6000
const PRELOAD = new URL('../preload/moved-clock.ts', import.meta.url).href

export const machineSuspended: Fault = {
  id: 'F11',
  title: 'the machine sleeps, and the clock of the server moves by ten minutes and by months',
  short: true,
  async run({ long, slack, stage }, record) {
    const { webhook, bring, ask } = await stage()
    const seconds = long ? 60 : 20
    record.did(`SIGSTOP of the server for ${seconds} s, longer than the Lease lasts, then SIGCONT`)
    const restarts = await webhook.metric('dapr_shared_cache_restarts')
    process.kill(webhook.server.pid, 'SIGSTOP')
    await sleep(seconds * 1000)
    process.kill(webhook.server.pid, 'SIGCONT')
    record.is('a pod is injected at once', (await ask()).kind, 'injected')
    record.atMost('a new instance is seen', await secondsOf(() => bring('f11-awake')), 35 * slack, ' s')
    record.figure('watches opened anew', (await webhook.metric('dapr_shared_cache_restarts')) - restarts)

    await moveClock(webhook, slack, record)
  },
}

/** The clock of a machine is its own: `Date` of a server is moved while it runs. */
async function moveClock(webhook: Stage['webhook'], slack: number, record: Record): Promise<void> {
  record.standIn(
    'an injected clock: Date of a server is moved while it runs; the clock of the machine is that of everybody',
  )
  const file = join(mkdtempSync(join(tmpdir(), 'moved-clock-')), 'offset')
  writeFileSync(file, '0')
  await using server = await startSecondServer(
    { webhook },
    { nodeFlags: [`--import=${PRELOAD}`], env: { MOVED_CLOCK_FILE: file } },
  )
  await waitUntil('the second server is ready', async () => (await server.ask('/readyz')).status === 200)
  const restarts = async (): Promise<number> =>
    sumOf((await server.ask('/metrics')).body, 'dapr_shared_cache_restarts')
  for (const [name, offset] of [
    ['10 minutes ahead', 10 * MINUTE_MS],
    ['10 minutes back', -10 * MINUTE_MS],
    ['true again', 0],
  ] as const) {
    const before = await restarts()
    writeFileSync(file, String(offset))
    await sleep(CLOCK_SEEN_MS)
    record.is(
      `clock ${name}: a pod`,
      verdictOf(await server.review('mutate', reviewFor('order', NAMESPACE))),
      'injected',
    )
    record.is(`clock ${name}: readiness`, (await server.ask('/readyz')).status, 200)
    record.atMost(`clock ${name}: watches cut for it`, (await restarts()) - before, 0)
  }
  writeFileSync(file, String(2 * 365 * 24 * 60 * MINUTE_MS))
  await waitUntil(
    'the certificate has ended by that clock',
    async () => (await server.ask('/readyz')).status === 503,
  )
  const { body } = await server.ask('/readyz?verbose')
  record.holds('clock two years ahead: readiness says why', /\[-\] certificate.*expired/.test(body), body)
  writeFileSync(file, '0')
  const back = await secondsOf(() =>
    waitUntil('it is ready', async () => (await server.ask('/readyz')).status === 200),
  )
  record.atMost('ready after the clock came back', back, 5 * slack, ' s')
  record.is('it ends well', await server.stop(), 0)
}
