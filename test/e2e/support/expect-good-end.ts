import { expect } from 'vitest'
import type { TestCluster } from '../../cluster/attach.ts'
import { removeConfigurations } from './installation.ts'
import type { InstalledWebhook } from './installed-webhook.ts'
import { sumOf } from './metrics.ts'

/** Uninstalls; nothing may have been logged as an error, no match condition may have failed, and the server ends in peace. */
export async function expectGoodEnd(cluster: TestCluster, { server }: InstalledWebhook): Promise<void> {
  await removeConfigurations(cluster)
  const code = await server.stop()
  const { body } = await cluster.request('GET', '/metrics')
  expect(sumOf(String(body), 'apiserver_admission_match_condition_evaluation_errors_total')).toBe(0)
  expect(server.log.filter(({ level }) => level === 'error' || level === 'fatal')).toEqual([])
  expect(code).toBe(0)
}
