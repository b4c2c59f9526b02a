import { waitUntil } from '../../cluster/wait-until.ts'
import { createInstance } from '../../e2e/support/instances.ts'
import { untilWatched } from '../../e2e/support/until-watched.ts'
import type { Fault } from '../fault.ts'
import { reviewFor, verdictOf } from '../rig/reviews.ts'
import { secondsOf } from '../rig/timing.ts'

export const watchesStale: Fault = {
  id: 'F5',
  title: 'every way to the API server holds its bytes back, and watches go stale without a word',
  short: true,
  async run({ long, slack, stage }, record) {
    const { cluster, webhook, wire, namespace, ask } = await stage()
    const wanted = long ? 60 : 15
    record.did(`nothing passes on old and new connections until the caches are ${wanted} s old`)
    wire.clogAll()
    await createInstance(cluster, namespace, 'f5-unheard')
    await waitUntil('the age of the cache tells', async () => (await age()) >= wanted, { timeout: 120_000 })
    record.atLeast('dapr_shared_cache_age_seconds tells it of every kind', await age(), wanted, ' s')
    record.is('what is known is served', (await ask()).kind, 'injected')
    const unknown = await webhook.server.review('mutate', reviewFor('f5-unheard', namespace))
    record.is('what is not known is never called missing', verdictOf(unknown), 'handed over, Retry-After 1')
    // the API server asks again until its time is over
    const asking = await ask('f5-unheard')
    record.is('a pod that asks for it', asking.kind, 'failed call')
    record.holds('its user is told nothing false', !asking.message.includes('instance.'), asking.message)
    record.is('readiness', (await webhook.server.ask('/readyz')).status, 200)
    wire.mend()
    const back = await secondsOf(() => untilWatched(webhook, namespace, 'f5-unheard'))
    record.atMost('it is known after the way is free', back, 35 * slack, ' s')

    async function age(): Promise<number> {
      const { body } = await webhook.server.ask('/metrics')
      const ages = body.split('\n').filter((line) => line.startsWith('dapr_shared_cache_age_seconds{'))
      return Math.min(...ages.map((line) => Number(line.slice(line.lastIndexOf(' ') + 1))))
    }
  },
}
