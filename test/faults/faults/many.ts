import { namespaceObjectOf } from '../../../bench/consumers.ts'
import { readImageStart } from '../../../bench/image-flags.ts'
import { appIdOf, daemonSetOf, namespaceOf, serviceOf, type Fleet } from '../../../bench/fleet.ts'
import { supervisionOf } from '../../cluster/supervision.ts'
import { waitUntil } from '../../cluster/wait-until.ts'
import type { Fault } from '../fault.ts'
import { writeToEtcd } from '../rig/etcd-writes.ts'
import { quantile } from '../rig/load.ts'
import { memoryOf } from '../rig/process-figures.ts'
import { reviewFor, verdictOf } from '../rig/reviews.ts'
import { startSecondServer } from '../rig/second-server.ts'

const FLEET: Fleet = { instances: 10_000, namespaces: 1000 }

export const manyInstances: Fault = {
  id: 'F21',
  title: '10,000 instances in 1,000 namespaces',
  short: true,
  async run({ slack, ownStage }, record) {
    await using stage = await ownStage()
    const { cluster, webhook } = stage
    record.did(
      '10,000 DaemonSets and Services and 1,000 Namespaces written to etcd; a server started on that as the image starts it',
    )
    // they would make 20,000 pods of it
    for (const program of ['kube-controller-manager', 'kube-scheduler', 'kwok'] as const)
      await supervisionOf(cluster.dir).stop(program, 'SIGKILL')
    await writeToEtcd(cluster.etcdUrl, [...stored(FLEET)])
    await waitUntil('the API server has them all', async () => {
      const { body } = await cluster.request('GET', '/api/v1/services?limit=1&resourceVersion=0')
      return JSON.stringify(body).length > 0
    })

    const began = performance.now()
    const { flags: nodeFlags, env } = readImageStart()
    await using server = await startSecondServer(stage, { nodeFlags, env })
    await waitUntil('it is ready', async () => (await server.ask('/readyz')).status === 200, {
      timeout: 120_000,
    })
    record.atMost(
      'from the start of the process to ready',
      (performance.now() - began) / 1000,
      8 * slack,
      ' s',
    )
    const milliseconds: number[] = []
    const verdicts = new Set<string>()
    for (let count = 0; count < 1000; count++) {
      const index = (count * 7919) % FLEET.instances
      const at = performance.now()
      const review = reviewFor(appIdOf(index), namespaceOf(index, FLEET))
      verdicts.add(verdictOf(await server.review('mutate', review)))
      milliseconds.push(performance.now() - at)
    }
    record.is('1,000 reviews of as many instances', [...verdicts], ['injected'])
    record.figure(
      'a review and its way there, ms',
      `p50 ${quantile(milliseconds, 0.5).toFixed(2)}, p99 ${quantile(milliseconds, 0.99).toFixed(2)}`,
    )
    const { now, peak } = memoryOf(server.pid)
    record.figure('memory now and at most, MiB', `${now.toFixed(0)}, ${peak.toFixed(0)}`)
    // from source; bench/ has the figure of the bundle, which is much less
    record.atMost('memory', now, 256, ' MiB')
    const metrics = (await server.ask('/metrics')).body
    const known = metrics.split('\n').filter((line) => line.startsWith('dapr_shared_instances{'))
    const count = known.reduce((total, line) => total + Number(line.slice(line.lastIndexOf(' ') + 1)), 0)
    record.atLeast('instances known', count, FLEET.instances)
    void webhook
  },
}

function* stored(fleet: Fleet): Generator<{ key: string; value: string }> {
  for (let index = 0; index < fleet.namespaces; index++) {
    const namespace = namespaceObjectOf(index)
    yield {
      key: `/registry/namespaces/team-${index}`,
      value: JSON.stringify(withKind(namespace, 'v1', 'Namespace')),
    }
  }
  for (let index = 0; index < fleet.instances; index++) {
    const [daemonSet, service] = [daemonSetOf(index, fleet), serviceOf(index, fleet)]
    const namespace = namespaceOf(index, fleet)
    yield {
      key: `/registry/daemonsets/${namespace}/${nameOf(daemonSet)}`,
      value: JSON.stringify(withKind(daemonSet, 'apps/v1', 'DaemonSet')),
    }
    yield {
      key: `/registry/services/specs/${namespace}/${nameOf(service)}`,
      value: JSON.stringify(withKind(service, 'v1', 'Service')),
    }
  }
}

/** Without a resourceVersion, which is etcd's to give. */
function withKind(object: object, apiVersion: string, kind: string): object {
  const { metadata, ...rest } = object as { metadata: Record<string, unknown> }
  const { resourceVersion: _own, ...kept } = metadata
  return { ...rest, apiVersion, kind, metadata: kept }
}

function nameOf(object: object): string {
  return (object as { metadata: { name: string } }).metadata.name
}
