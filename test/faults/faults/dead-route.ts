import { spawnSync } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { applyInstall } from '../../e2e/support/installation.ts'
import { createInstance } from '../../e2e/support/instances.ts'
import { sumOf } from '../../e2e/support/metrics.ts'
import type { Replica } from '../../e2e/support/replicas/replica.ts'
import { waitUntil } from '../../cluster/wait-until.ts'
import type { Fault } from '../fault.ts'
import { openBehindService } from '../rig/behind-service.ts'
import { underLoad } from '../rig/load.ts'
import { startSlowFront } from '../rig/slow-front.ts'
import { NAMESPACE } from '../rig/stage.ts'
import { secondsOf } from '../rig/timing.ts'
import { sayHow } from './replicas.ts'

/** Nobody has it: what is sent there is lost, and nobody says so. */
const NOBODY = '02:00:00:00:00:99'

export const deadRoute: Fault = {
  id: 'F3',
  title: 'the route of a replica dies without a word: half-open connections',
  short: true,
  needs: 'network-namespace',
  async run({ assets, slack }, record) {
    await using rig = await openBehindService(assets, { count: 1 })
    sayHow(rig, record)
    const [replica] = rig.replicas.running
    if (replica === undefined) throw new Error('a replica was wanted')
    const { server } = replica
    const troubles = (): number =>
      server.log.filter(({ resource, reason }) => resource !== undefined && reason !== undefined).length
    // some kinds begin to watch a moment later
    await sleep(2000)
    const before = troubles()
    if (replica.netns === undefined) {
      record.standIn(
        'a TCP proxy that swallows every byte: there is no network namespace whose route could die',
      )
      replica.wire.clogAll()
    } else {
      record.did(
        'the neighbour entries of replica and host replaced by an address that nobody has: every packet is lost',
      )
      setRoute(replica, 'dead')
    }
    const found = await secondsOf(() =>
      waitUntil('the server has found out', async () => troubles() > before, { timeout: 120_000 }),
    )
    record.atMost('the dead watches are found out', found, 35 * slack, ' s')
    await createInstance(rig.cluster, NAMESPACE, 'meanwhile')
    if (replica.netns === undefined) replica.wire.mend()
    else setRoute(replica, 'alive')
    const back = await secondsOf(() =>
      waitUntil(
        'what came meanwhile is known',
        async () => sumOf((await server.ask('/metrics')).body, 'dapr_shared_instances') >= 2,
        { timeout: 120_000 },
      ),
    )
    record.atMost('what came meanwhile is known after the route is back', back, 35 * slack, ' s')
    record.holds('it is the same process', !server.hasEnded())
    record.is('a pod', (await rig.ask()).kind, 'injected')
  },
}

function setRoute({ netns = '', address }: Replica, to: 'dead' | 'alive'): void {
  const device = /dev (\S+)/.exec(ip('-o', 'route', 'get', address))?.[1] ?? ''
  const host = /src (\S+)/.exec(ip('-o', 'route', 'get', address))?.[1] ?? ''
  for (const [place, neighbour, dev] of [
    [[], address, device],
    [['-n', netns], host, 'eth0'],
  ] as const) {
    if (to === 'dead')
      ip(...place, 'neigh', 'replace', neighbour, 'lladdr', NOBODY, 'dev', dev, 'nud', 'permanent')
    else ip(...place, 'neigh', 'del', neighbour, 'dev', dev)
  }
}

function ip(...args: string[]): string {
  const { status, stdout, stderr } = spawnSync('ip', args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`ip ${args.join(' ')}: ${stderr.trim()}`)
  return stdout
}

export const slowNetwork: Fault = {
  id: 'F35',
  title: 'between API server and replica: 200 ms of latency, and 5 % is lost',
  short: false,
  needs: 'netem',
  async run({ assets, privileges, ownStage }, record) {
    if (privileges.has('netem')) {
      await using rig = await openBehindService(assets)
      sayHow(rig, record)
      record.did('tc netem delay 200ms loss 5% in the network namespaces of two replicas, 4 callers for 30 s')
      for (const { netns } of rig.replicas.running)
        if (netns !== undefined)
          ip(
            'netns',
            'exec',
            netns,
            'tc',
            'qdisc',
            'add',
            'dev',
            'eth0',
            'root',
            'netem',
            'delay',
            '200ms',
            'loss',
            '5%',
          )
      await underLoad(record, rig.ask, async () => sleep(30_000))
      return
    }
    record.standIn(
      'a TCP proxy that holds each piece back for 200 ms and one in twenty for a second more, as a retransmission: the kernel has no netem',
    )

    await using stage = await ownStage()
    await using front = await startSlowFront(stage.webhook.port, {
      milliseconds: 200,
      lost: 0.05,
      again: 1000,
    })
    await applyInstall(stage.cluster, stage.webhook.rendered, front.port)
    await waitUntil('calls go through it', async () => {
      await stage.ask()
      return front.pieces() > 0
    })
    await underLoad(record, stage.ask, async () => sleep(30_000))
  },
}
