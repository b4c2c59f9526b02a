import { z } from 'zod'
import { waitUntil } from '../../cluster/wait-until.ts'
import { NAME, SYSTEM_NAMESPACE } from '../../e2e/support/installation.ts'
import { mergePatch } from '../../e2e/support/objects.ts'
import type { Fault } from '../fault.ts'
import { underLoad } from '../rig/load.ts'
import { secondsOf } from '../rig/timing.ts'

const PATH = `/apis/coordination.k8s.io/v1/namespaces/${SYSTEM_NAMESPACE}/leases/${NAME}`
const lease = z.object({
  spec: z.object({ holderIdentity: z.string().default('') }).default({ holderIdentity: '' }),
})

export const leaseStolen: Fault = {
  id: 'F16',
  title: 'the Lease is taken by somebody else, who then says no more',
  short: true,
  async run({ slack, stage }, record) {
    const { cluster, webhook, ask } = await stage()
    const holder = async (): Promise<string> =>
      lease.parse((await cluster.request('GET', PATH)).body).spec.holderIdentity
    const saidBy = (msg: string): number => webhook.server.log.filter((line) => line.msg === msg).length

    await waitUntil('the server holds the Lease', async () => (await holder()) !== '')
    const ours = await holder()
    const ended = saidBy('not leading any more')
    record.did('the Lease written over with another holder, with 4 callers all the time')
    await underLoad(record, ask, async (load) => {
      const spec = {
        holderIdentity: 'thief',
        renewTime: '2026-01-01T00:00:00.000000Z',
        leaseDurationSeconds: 15,
      }
      const { status } = await mergePatch(cluster, PATH, { spec })
      record.is('the API server takes that', status, 200)
      const lost = await secondsOf(() =>
        waitUntil('its duties ended', async () => saidBy('not leading any more') > ended),
      )
      record.atMost('its duties end', lost, 15 * slack, ' s')
      record.is('who holds it then', await holder(), 'thief')
      const again = await secondsOf(() => waitUntil('it leads again', async () => (await holder()) === ours))
      record.atMost('it leads again after the thief is silent', again, 30 * slack, ' s')
      await waitUntil('calls throughout', async () => load.answered() > 50)
    })
    record.is('readiness', (await webhook.server.ask('/readyz')).status, 200)
  },
}
