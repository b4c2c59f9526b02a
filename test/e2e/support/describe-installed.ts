import { afterAll, beforeAll, expect } from 'vitest'
import type { TestCluster } from '../../cluster/attach.ts'
import { describeOnCluster } from '../../cluster/describe-on-cluster.ts'
import { removeConfigurations } from './installation.ts'
import { installWebhook, type InstalledWebhook } from './installed-webhook.ts'
import { sumOf } from './metrics.ts'

/**
 * Describes tests on the shared cluster with Dapr Shared Admission installed: the API server calls a server on this host
 * that has no more rights than the rendered ServiceAccount. `webhook` is there from the first `beforeAll` on.
 *
 * Afterwards it is uninstalled, and must have ended well: nothing logged as an error, no match condition that failed.
 */
export function describeInstalled(
  name: string,
  tests: (cluster: TestCluster, webhook: () => InstalledWebhook) => void,
  viaKubeconfig?: (kubeconfig: string) => Promise<string>,
): void {
  describeOnCluster(name, (cluster) => {
    let webhook: InstalledWebhook | undefined

    beforeAll(async () => {
      webhook = await installWebhook(cluster, viaKubeconfig)
      await webhook.start()
      await webhook.effective()
    })
    afterAll(async () => {
      await removeConfigurations(cluster)
      if (webhook === undefined) return
      const { server } = webhook
      const code = await server.stop()
      const { body } = await cluster.request('GET', '/metrics')
      expect(sumOf(String(body), 'apiserver_admission_match_condition_evaluation_errors_total')).toBe(0)
      expect(server.log.filter(({ level }) => level === 'error' || level === 'fatal')).toEqual([])
      expect(code).toBe(0)
    })

    tests(cluster, () => {
      if (webhook === undefined) throw new Error('nothing is installed yet')
      return webhook
    })
  })
}
