import { expect } from 'vitest'
import type { ApiResponse } from '../../cluster/api-request.ts'
import type { TestCluster } from '../../cluster/attach.ts'
import { applyInstall, renderInstall } from './installation.ts'
import { sumOf } from './metrics.ts'

/**
 * Installs with nobody to listen: of webhooks on which nothing depends, the API server's own count of calls tells what they
 * are asked about.
 */
export async function installUnanswered(cluster: TestCluster): Promise<void> {
  // port 9 is nobody's
  await applyInstall(cluster, await renderInstall(cluster, ['--protect']), 9)
}

/** How often a webhook was called, whatever came of it. */
export async function callsOf({ request }: TestCluster, webhook: string): Promise<number> {
  const { body } = await request('GET', '/metrics')
  return sumOf(String(body), 'apiserver_admission_webhook_request_total', { name: webhook })
}

/** How often it was called for what is done, which must succeed. */
export async function callsFor(
  cluster: TestCluster,
  webhook: string,
  act: () => Promise<ApiResponse>,
): Promise<number> {
  const before = await callsOf(cluster, webhook)
  const { status, body } = await act()
  expect(status, JSON.stringify(body)).toBeLessThan(300)
  return (await callsOf(cluster, webhook)) - before
}

/** How many match conditions could not be evaluated. */
export async function failedConditions({ request }: TestCluster): Promise<number> {
  const { body } = await request('GET', '/metrics')
  return sumOf(String(body), 'apiserver_admission_match_condition_evaluation_errors_total')
}
