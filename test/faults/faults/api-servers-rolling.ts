import { waitUntil } from '../../cluster/wait-until.ts'
import { spreadConnections } from '../../e2e/support/spread-connections.ts'
import { sumOf } from '../../e2e/support/metrics.ts'
import type { Fault } from '../fault.ts'
import { startApiServerBeside } from '../rig/api-server-beside.ts'
import { underLoad } from '../rig/load.ts'
import { kubeconfigVia } from '../rig/kubeconfig-via.ts'
import { startSecondServer } from '../rig/second-server.ts'

const KINDS = 9

export const apiServersRolling: Fault = {
  id: 'F2',
  title: 'one of two API servers is killed and started, the other goes on',
  short: false,
  spoils: true,
  async run({ stage }, record) {
    const { cluster, webhook, ask } = await stage()
    record.did(
      'two API servers on one etcd, with --goaway-chance=0.02, behind one address; each killed and started in turn, 3 times',
    )
    record.standIn('two API servers instead of three, on one etcd')
    await using beside = await startApiServerBeside(cluster, ['--goaway-chance=0.02'])
    const first = Number(new URL(cluster.url).port)
    await using front = await spreadConnections([first, beside.port])
    await using server = await startSecondServer(
      { webhook },
      { kubeconfig: kubeconfigVia(webhook.kubeconfig, front.port) },
    )
    await waitUntil('it is ready', async () => (await server.ask('/readyz')).status === 200)
    const relists = async (): Promise<number> =>
      sumOf((await server.ask('/metrics')).body, 'dapr_shared_cache_relists')

    const readiness = new Set<number>()
    const before = await relists()
    // callers ask the API server that goes on
    let going = ask
    await underLoad(
      record,
      () => going(),
      async (load) => {
        const someCalls = async (): Promise<void> => {
          const from = load.answered()
          await waitUntil('50 calls more', async () => load.answered() > from + 50)
          readiness.add((await server.ask('/readyz')).status)
        }
        for (let round = 0; round < 3; round++) {
          going = ask
          await beside.kill()
          await someCalls()
          await beside.start()
          going = beside.ask
          // those who are asked already are answered first
          await someCalls()
          await cluster.stopApiServer('SIGKILL')
          await someCalls()
          await cluster.startApiServer()
        }
      },
    )
    record.is('readiness throughout', [...readiness], [200])
    record.atMost('lists made anew by 6 restarts, of 9 kinds', (await relists()) - before, 6 * KINDS)
  },
}
