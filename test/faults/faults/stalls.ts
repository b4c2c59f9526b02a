import { setTimeout as sleep } from 'node:timers/promises'
import { waitUntil } from '../../cluster/wait-until.ts'
import type { Fault } from '../fault.ts'
import { quantile, underLoad } from '../rig/load.ts'
import { secondsOf } from '../rig/timing.ts'

export const serverStalled: Fault = {
  id: 'F14',
  title: 'the event loop stands still for 2 s',
  short: true,
  async run({ slack, stage }, record) {
    const { webhook, ask } = await stage()
    record.did('SIGSTOP of the server, 2 s, SIGCONT, with 4 callers all the time')
    await underLoad(record, ask, async (load) => {
      await waitUntil('some calls', async () => load.answered() > 50)
      process.kill(webhook.server.pid, 'SIGSTOP')
      await sleep(2000)
      process.kill(webhook.server.pid, 'SIGCONT')
      const live = await secondsOf(() => webhook.server.ask('/livez'))
      record.atMost('liveness answers', live, 1 * slack, ' s')
      await sleep(1000 * slack)
      const from = load.ledger.milliseconds.length
      await waitUntil('more calls', async () => load.ledger.milliseconds.length > from + 100)
      record.atMost(
        'p99 a moment later',
        quantile(load.ledger.milliseconds.slice(from), 0.99),
        500 * slack,
        ' ms',
      )
    })
  },
}
