import { afterAll, describe, inject, test } from 'vitest'
import { attachCluster } from './attach.ts'
import type { TestCluster } from './attach.ts'
import type { ProvidedCluster } from './global-setup.ts'

/**
 * Describes tests that run on the shared cluster of the e2e project. Where there is none, one skipped
 * test stands for them, whose name tells why.
 */
export function describeOnCluster(name: string, tests: (cluster: TestCluster) => void): void {
  const provided = inject('cluster') as ProvidedCluster | undefined
  if (provided === undefined) throw new Error('these tests need the globalSetup test/cluster/global-setup.ts')
  if ('reason' in provided) {
    describe.skip(name, () => {
      test(provided.reason, () => {})
    })
    return
  }
  describe(name, () => {
    const cluster = attachCluster(provided.data)
    afterAll(async () => cluster[Symbol.asyncDispose]())
    tests(cluster)
  })
}
