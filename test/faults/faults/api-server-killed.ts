import { waitUntil } from '../../cluster/wait-until.ts'
import type { Fault } from '../fault.ts'
import { underLoad } from '../rig/load.ts'
import { reviewFor, verdictOf } from '../rig/reviews.ts'
import { secondsOf } from '../rig/timing.ts'

export const apiServerKilled: Fault = {
  id: 'F1',
  title: 'the only API server is killed and started, under load',
  short: true,
  async run({ long, slack, stage }, record) {
    const { cluster, webhook, namespace, ask, bring } = await stage()
    const rounds = long ? 20 : 3
    record.did(
      `the API server stopped (SIGKILL, every third time SIGTERM) and started, ${rounds} times, with 4 callers all the time`,
    )
    const unknown = new Set<string>()
    const readiness = new Set<number>()
    const back: number[] = []
    await underLoad(record, ask, async (load) => {
      for (let round = 0; round < rounds; round++) {
        await cluster.stopApiServer(round % 3 === 2 ? 'SIGTERM' : 'SIGKILL')
        await waitUntil('callers found nobody', async () => (load.ledger.counts['no connection'] ?? 0) > 0)
        readiness.add((await webhook.server.ask('/readyz')).status)
        unknown.add(verdictOf(await webhook.server.review('mutate', reviewFor('f1-unknown', namespace))))
        await cluster.startApiServer()
        back.push(await secondsOf(() => bring(`f1-${round}`)))
        readiness.add((await webhook.server.ask('/readyz')).status)
        const before = load.answered()
        await waitUntil('callers are answered again', async () => load.answered() > before + 20)
      }
    })
    record.is(
      'meanwhile what is not known is never called missing',
      [...unknown],
      ['handed over, Retry-After 1'],
    )
    record.is('readiness throughout', [...readiness], [200])
    record.atMost('watches are back after the API server', Math.max(...back), 5 * slack, ' s')
  },
}
