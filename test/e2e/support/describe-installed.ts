import { afterAll, beforeAll } from 'vitest'
import type { TestCluster } from '../../cluster/attach.ts'
import { describeOnCluster } from '../../cluster/describe-on-cluster.ts'
import { expectGoodEnd } from './expect-good-end.ts'
import { installWebhook, type InstalledWebhook } from './installed-webhook.ts'

/**
 * Describes tests on the shared cluster with Dapr Shared Admission installed: the API server calls a server on this host
 * that has no more rights than the rendered ServiceAccount. `webhook` is there from the first `beforeAll` on; afterwards it
 * is uninstalled, and must have come to a good end.
 *
 * @param viaKubeconfig makes another kubeconfig of the ServiceAccount's, for another way to the API server
 * @param flags of `manifests`, as `--backstop`
 */
export function describeInstalled(
  name: string,
  tests: (cluster: TestCluster, webhook: () => InstalledWebhook) => void,
  viaKubeconfig?: (kubeconfig: string) => Promise<string>,
  flags: readonly string[] = [],
): void {
  describeOnCluster(name, (cluster) => {
    let webhook: InstalledWebhook | undefined

    beforeAll(async () => {
      webhook = await installWebhook(cluster, viaKubeconfig, flags)
      await webhook.start()
      await webhook.effective()
    })
    afterAll(async () => {
      if (webhook !== undefined) await expectGoodEnd(cluster, webhook)
    })

    tests(cluster, () => {
      if (webhook === undefined) throw new Error('nothing is installed yet')
      return webhook
    })
  })
}
