import { setTimeout as sleep } from 'node:timers/promises'
import { createInstance } from '../../e2e/support/instances.ts'
import { waitUntil } from '../../cluster/wait-until.ts'
import { mergePatch } from '../../e2e/support/objects.ts'
import type { Fault } from '../fault.ts'
import { underLoad } from '../rig/load.ts'
import { reviewFor } from '../rig/reviews.ts'

export const churn: Fault = {
  id: 'F23',
  title: 'instances change hundreds of times a second',
  short: false,
  async run({ long, slack, stage }, record) {
    const { cluster, webhook, namespace, ask } = await stage()
    const writers = long ? 16 : 6
    const seconds = long ? 20 : 6
    record.did(
      `${writers} writers change Services of 20 instances without a pause for ${seconds} s; one instance changes its port, which is looked for`,
    )
    const appIds = Array.from({ length: 20 }, (_, index) => `f23-${index}`)
    await Promise.all([...appIds, 'f23-seen'].map((appId) => createInstance(cluster, namespace, appId)))
    let changes = 0
    let turn = 0
    const late: number[] = []
    await underLoad(
      record,
      ask,
      async () => {
        const until = performance.now() + seconds * 1000
        const writer = async (): Promise<void> => {
          while (performance.now() < until) {
            turn += 1
            const path = `/api/v1/namespaces/${namespace}/services/${appIds[turn % appIds.length]}-dapr`
            const { status } = await mergePatch(cluster, path, {
              metadata: { labels: { turn: String(turn) } },
            })
            if (status === 200) changes += 1
          }
        }
        const seen = async (): Promise<void> => {
          for (let port = 4000; performance.now() < until; port++) {
            const path = `/api/v1/namespaces/${namespace}/services/f23-seen-dapr`
            const service = (await cluster.request('GET', path)).body as {
              spec: { ports: { port: number }[] }
            }
            const [first, ...others] = service.spec.ports
            await mergePatch(cluster, path, { spec: { ports: [{ ...first, port }, ...others] } })
            const at = performance.now()
            await waitUntil(
              'the new port is given',
              async () => {
                const { body } = await webhook.server.review('mutate', reviewFor('f23-seen', namespace))
                return patchOf(body).includes(`:${port}`)
              },
              { interval: 10 },
            )
            late.push(performance.now() - at)
            await sleep(100)
          }
        }
        await Promise.all([seen(), ...Array.from({ length: writers }, writer)])
      },
      1,
    )
    record.figure('changes per second', changes / seconds)
    record.figure('looks for a change', late.length)
    record.atMost('oldest state that was given', Math.max(...late), 1000 * slack, ' ms')
  },
}

function patchOf(body: string): string {
  const patch = /"patch":"([^"]+)"/.exec(body)?.[1] ?? ''
  return Buffer.from(patch, 'base64').toString()
}
