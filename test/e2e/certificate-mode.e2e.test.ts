import { expect, test } from 'vitest'
import { z } from 'zod'
import { describeOnCluster } from '../cluster/describe-on-cluster.ts'
import { findFreePorts } from '../cluster/free-ports.ts'
import { waitUntil } from '../cluster/wait-until.ts'
import {
  installCertified,
  launchCertified,
  LEASE_PATH,
  SECRET,
  uninstallCertified,
} from './support/certified-install.ts'
import { NAME, removeConfigurations, SYSTEM_NAMESPACE } from './support/installation.ts'
import type { LaunchedServer } from './support/server-process.ts'

const lease = z.object({
  spec: z.object({ holderIdentity: z.string().default('') }).default({ holderIdentity: '' }),
})

describeOnCluster('a change to certificates of our own making', (cluster) => {
  const holder = async (): Promise<string> =>
    lease.parse((await cluster.request('GET', LEASE_PATH)).body).spec.holderIdentity
  const leads = async (server: LaunchedServer): Promise<boolean> =>
    (await server.ask('/metrics')).body.includes('dapr_shared_leader 1')

  test('comes to its end while the replicas of before go on', async () => {
    const ports = await findFreePorts(2)
    await installCertified(cluster, { address: '198.51.100.1', port: ports[0] ?? 0 }, { mode: 'built-in' })
    await removeConfigurations(cluster)
    const kubeconfig = await cluster.createServiceAccountKubeconfig(SYSTEM_NAMESPACE, NAME)
    const before = await launchCertified(kubeconfig, ports[0], [
      '--tls-mode=secret',
      `--tls-secret=${SECRET}`,
    ])
    await waitUntil('the one of before leads', () => leads(before))
    const first = await holder()
    const next = await launchCertified(kubeconfig, ports[1], ['--tls-mode=built-in', '--ca-settle-seconds=0'])
    try {
      await waitUntil('the next one is ready', async () => (await next.ask('/readyz')).status === 200)
      await waitUntil('one leads', async () => !(await leads(before)) && (await leads(next)))
      expect(before.hasEnded()).toBe(false)
      expect(await holder()).not.toBe(first)
    } finally {
      await uninstallCertified(cluster)
      expect(await Promise.all([before.stop(), next.stop()])).toEqual([0, 0])
    }
  })
})
