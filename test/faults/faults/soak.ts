import { setTimeout as sleep } from 'node:timers/promises'
import { createInstance } from '../../e2e/support/instances.ts'
import { mergePatch } from '../../e2e/support/objects.ts'
import type { Fault } from '../fault.ts'
import { openBehindService } from '../rig/behind-service.ts'
import { underLoad } from '../rig/load.ts'
import { filesOf, memoryOf } from '../rig/process-figures.ts'
import { NAMESPACE } from '../rig/stage.ts'
import { sayHow } from './replicas.ts'

const REPLACE_EVERY = 6
const PAUSE_MS = 10_000

export const soak: Fault = {
  id: 'F39',
  title: 'hours of load, changes and replacements',
  short: false,
  needs: 'network-namespace',
  async run({ assets, soakMinutes }, record) {
    await using rig = await openBehindService(assets, { lagMs: 500 })
    sayHow(rig, record)
    record.did(
      `${soakMinutes} minutes (--soak-minutes): 4 callers, an instance that changes, connections broken every 10 s, one replica replaced every minute`,
    )
    const lasting = rig.replicas.running[0]?.server
    if (lasting === undefined) throw new Error('a replica was wanted')
    await createInstance(rig.cluster, NAMESPACE, 'changing')
    await sleep(PAUSE_MS)
    const memory = [memoryOf(lasting.pid).now]
    const files = [filesOf(lasting.pid).open]
    await underLoad(record, rig.ask, async () => {
      const until = performance.now() + soakMinutes * 60_000
      for (let round = 1; performance.now() < until; round++) {
        const path = `/api/v1/namespaces/${NAMESPACE}/services/changing-dapr`
        await mergePatch(rig.cluster, path, { metadata: { labels: { round: String(round) } } })
        for (const { wire } of rig.replicas.running) wire.interrupt()
        if (round % REPLACE_EVERY === 0) await rig.replicas.replaceOne(rig.replicas.running[1])
        await sleep(PAUSE_MS)
        memory.push(memoryOf(lasting.pid).now)
        files.push(filesOf(lasting.pid).open)
      }
    })
    record.holds('the replica that stayed is alive', !lasting.hasEnded())
    record.atMost(
      'its open files, at the end against the most of the first half',
      files.at(-1) ?? 0,
      Math.max(...files.slice(0, files.length / 2 + 1)) + 20,
    )
    record.figure('its memory, MiB', memory.map((mib) => mib.toFixed(0)).join(' '))
  },
}
