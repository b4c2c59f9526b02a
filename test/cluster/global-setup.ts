import type { TestProject } from 'vitest/node'
import { findAssets } from './assets.ts'
import type { ClusterData } from './attach.ts'
import { clusterPrograms } from './programs.ts'
import { startCluster } from './start.ts'

/** The cluster that all e2e tests share, or why there is none. */
export type ProvidedCluster = { data: ClusterData } | { reason: string }

declare module 'vitest' {
  interface ProvidedContext {
    cluster: ProvidedCluster
  }
}

/**
 * Starts the one cluster of the e2e project; describeOnCluster is the other end.
 *
 * @returns what ends the cluster, called by vitest after the last test
 * @throws Error without assets when CI=true: there a skipped test would pass for a good one
 */
export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const result = await findAssets(clusterPrograms)
  if (!result.found) {
    if (process.env['CI'] === 'true') throw new Error(`no test cluster: ${result.reason}`)
    process.stderr.write(`test cluster: tests that need it are skipped: ${result.reason}\n`)
    project.provide('cluster', { reason: result.reason })
    return undefined
  }
  const cluster = await startCluster({ assets: result.assets, audit: true })
  project.provide('cluster', { data: cluster.data })
  return async () => cluster[Symbol.asyncDispose]()
}
