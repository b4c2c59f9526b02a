import { setTimeout as sleep } from 'node:timers/promises'
import { waitUntil } from '../../cluster/wait-until.ts'
import type { Fault } from '../fault.ts'
import type { Record } from '../record.ts'
import { openBehindService, type BehindService } from '../rig/behind-service.ts'
import { startLoad, underLoad } from '../rig/load.ts'

/** How a call may fail whose replica was killed while it was asked, or is still published. */
const OF_A_DEAD_REPLICA = /connection refused|connection reset|EOF|no route|host unreachable|timeout|deadline/

export const stoppedPolitely: Fault = {
  id: 'F12',
  title: 'replicas are restarted one after the other (SIGTERM), under load',
  short: false,
  needs: 'network-namespace',
  async run({ assets }, record) {
    await using rig = await openBehindService(assets, { lagMs: 500 })
    sayHow(rig, record)
    record.did(
      '10 rolling restarts of two replicas behind a Service whose endpoints lag 0.5 s, with 6 callers all the time',
    )
    await underLoad(
      record,
      rig.ask,
      async () => {
        for (let round = 0; round < 10; round++) await rig.replicas.rollingRestart()
      },
      6,
    )
  },
}

export const killed: Fault = {
  id: 'F13',
  title: 'one of two replicas is killed (SIGKILL), under load',
  short: false,
  needs: 'network-namespace',
  async run({ assets, long }, record) {
    await using rig = await openBehindService(assets)
    sayHow(rig, record)
    const rounds = long ? 10 : 2
    record.did(
      `kill -9 of a replica behind a Service and a new one, ${rounds} times, with 4 callers all the time`,
    )
    const load = startLoad(rig.ask)
    const failed = (): number => load.ledger.counts['failed call'] ?? 0
    let unexplained = 0
    for (let round = 0; round < rounds; round++) {
      const [victim, other] = rig.replicas.running
      if (victim === undefined || other === undefined) throw new Error('two replicas were wanted')
      await victim.kill()
      await waitUntil('its endpoint is gone', async () => victim.published?.ready !== true)
      // calls that were made before the API server learned of it
      await sleep(500)
      const explained = failed()
      await sleep(1000)
      unexplained += failed() - explained
      record.is(
        `round ${round + 1}: the other replica is ready`,
        (await other.server.ask('/readyz')).status,
        200,
      )
      await victim.remove()
      await rig.replicas.add()
      await rig.replicas.untilPublished()
    }
    const { counts, messages } = await load.stop()
    record.is('calls not injected', counts['not injected'] ?? 0, 0)
    record.is('calls refused by us', counts['refused by us'] ?? 0, 0)
    record.is('calls failed after the endpoint was removed', unexplained, 0)
    const causes = [...messages.keys()].filter((text) => text.startsWith('failed call'))
    record.is(
      'causes other than the dead replica',
      causes.filter((text) => !OF_A_DEAD_REPLICA.test(text)),
      [],
    )
    record.figure('calls failed while the dead endpoint was published', counts['failed call'] ?? 0)
    record.figure('calls', JSON.stringify(counts))
  },
}

export function sayHow({ replicas }: BehindService, record: Record): void {
  if (replicas.how !== 'network namespaces')
    record.standIn(`replicas on ${replicas.how}: network namespaces are not permitted`)
}
