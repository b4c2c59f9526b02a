import { waitUntil } from '../../cluster/wait-until.ts'
import { createInstance } from '../../e2e/support/instances.ts'
import { untilWatched } from '../../e2e/support/until-watched.ts'
import type { Fault } from '../fault.ts'
import type { Record } from '../record.ts'
import { startApiProxy } from '../rig/api-proxy.ts'
import { reviewFor, verdictOf } from '../rig/reviews.ts'
import { startSecondServer } from '../rig/second-server.ts'
import type { Stage } from '../rig/stage.ts'
import { secondsOf } from '../rig/timing.ts'

const KINDS = 9

const ERROR_FRAME = `${JSON.stringify({
  type: 'ERROR',
  object: {
    kind: 'Status',
    apiVersion: 'v1',
    status: 'Failure',
    code: 410,
    reason: 'Expired',
    message: 'too old',
  },
})}\n`

export const watchesCut: Fault = {
  id: 'F3',
  title: 'watches are cut, expire (410), bring ERROR frames and broken lines, or go silent',
  short: true,
  async run({ slack, stage }, record) {
    const shared = await stage()
    const { cluster, webhook, wire, namespace, bring } = shared

    record.did('all connections between server and API server broken, three times')
    const cuts: number[] = []
    for (const round of [1, 2, 3]) {
      wire.interrupt()
      cuts.push(await secondsOf(() => bring(`f3-cut-${round}`)))
    }
    record.atMost('a new instance is seen after a cut', Math.max(...cuts), 2 * slack, ' s')

    record.did(
      'watches cut, API server stopped, etcd compacted to its last revision, API server started: 410',
    )
    const relists = await webhook.metric('dapr_shared_cache_relists')
    wire.cut()
    await createInstance(cluster, namespace, 'f3-compacted')
    await cluster.stopApiServer()
    await cluster.compactEtcd()
    await cluster.startApiServer()
    wire.mend()
    const resync = await secondsOf(() => untilWatched(webhook, namespace, 'f3-compacted'))
    record.atMost('what came meanwhile is seen after 410', resync, 5 * slack, ' s')
    record.atLeast('lists made anew', (await webhook.metric('dapr_shared_cache_relists')) - relists, 1)

    await damaged(shared, slack, record)

    record.did('every byte on the open connections swallowed, new connections go through')
    wire.clog()
    const answers = new Set<string>()
    await createInstance(cluster, namespace, 'f3-unannounced')
    await waitUntil('a look-up has found a new connection', async () => {
      answers.add(verdictOf(await webhook.server.review('mutate', reviewFor('f3-unannounced', namespace))))
      return answers.has('injected')
    })
    const odd = [...answers].filter((answer) => !['injected', 'handed over, Retry-After 1'].includes(answer))
    record.is('a look-up meanwhile: other than injected or handed over', odd, [])
    const dead = await secondsOf(() => untilWatched(webhook, namespace, 'f3-unannounced'))
    record.atMost('watches without a sign of life are found out', dead, 35 * slack, ' s')
    const dumb = /^the watch was silent for \d+ s, and a probe shows that it is dead$/
    record.holds(
      'the log says so',
      webhook.server.log.some(({ reason }) => dumb.test(String(reason))),
    )
    wire.mend()
  },
}

/** A server of its own, behind a proxy that understands watches. */
async function damaged({ webhook, cluster, namespace }: Stage, slack: number, record: Record): Promise<void> {
  await using proxy = await startApiProxy(webhook.kubeconfig)
  await using server = await startSecondServer({ webhook }, { kubeconfig: proxy.kubeconfig })
  await waitUntil('the second server is ready', async () => (await server.ask('/readyz')).status === 200)
  const damages: [name: string, text: string, end: boolean][] = [
    ['an ERROR frame with 410', ERROR_FRAME, false],
    ['an ERROR frame without a code', '{"type":"ERROR","object":{}}\n', false],
    ['half a line, then the end', '{"type":"MODIFIED","object":{"kind":"Serv', true],
    ['a line that is no JSON', 'upstream connect error\n', false],
    ['a line of another type', '{"type":"RENAMED","object":{"kind":"Service"}}\n', false],
  ]
  for (const [index, [name, text, end]] of damages.entries()) {
    const appId = `f3-damage-${index}`
    await waitUntil('all watches are open', async () => proxy.watches() >= KINDS)
    record.did(`${name}, on ${proxy.say(text)} watches at once`)
    if (end) proxy.breakWatches()
    await createInstance(cluster, namespace, appId)
    const seconds = await secondsOf(() =>
      waitUntil(`the instance is seen after ${name}`, async () => {
        const { body } = await server.ask('/metrics')
        const before = lookUps(body)
        const answer = await server.review('mutate', reviewFor(appId, namespace))
        const after = lookUps((await server.ask('/metrics')).body)
        return verdictOf(answer) === 'injected' && before === after
      }),
    )
    record.atMost(`a new instance is seen after ${name}`, seconds, 5 * slack, ' s')
  }
  record.is('it stayed ready', (await server.ask('/readyz')).status, 200)
  record.is('and ends well', await server.stop(), 0)
}

function lookUps(metrics: string): string {
  return metrics
    .split('\n')
    .filter((line) => line.startsWith('dapr_shared_live_lookups_total'))
    .join()
}
