import { setTimeout as sleep } from 'node:timers/promises'
import type { Fault } from '../fault.ts'
import { reviewFor, verdictOf } from '../rig/reviews.ts'
import { secondsOf } from '../rig/timing.ts'

export const etcdStopped: Fault = {
  id: 'F6',
  title: 'etcd has no quorum for a while',
  short: false,
  async run({ slack, stage }, record) {
    const { cluster, webhook, namespace, bring } = await stage()
    const etcd = await cluster.pidOf('etcd')
    const said = webhook.server.log.length
    record.did('SIGSTOP of the only etcd for 30 s: reads from the API server hang, writes as well')
    process.kill(etcd, 'SIGSTOP')
    const verdicts = new Set<string>()
    const readiness = new Set<number>()
    try {
      for (let second = 0; second < 30; second++) {
        verdicts.add(verdictOf(await webhook.server.review('mutate', reviewFor('order', namespace))))
        readiness.add((await webhook.server.ask('/readyz')).status)
        await sleep(1000)
      }
      const unknown = await webhook.server.review('mutate', reviewFor('f6-unknown', namespace))
      record.is('what is not known is never called missing', verdictOf(unknown), 'handed over, Retry-After 1')
    } finally {
      process.kill(etcd, 'SIGCONT')
    }
    record.is('what is known is served', [...verdicts], ['injected'])
    record.is('readiness', [...readiness], [200])
    const complaints = webhook.server.log.slice(said).filter(({ level }) => level === 'warn').length
    record.atMost('complaints in the log', complaints, 60)
    record.atMost(
      'a new instance is seen afterwards',
      await secondsOf(() => bring('f6-after')),
      35 * slack,
      ' s',
    )
  },
}
