import type { TestCluster } from '../../cluster/attach.ts'
import { waitUntil } from '../../cluster/wait-until.ts'
import { answerTo } from './answers.ts'
import { aPod } from './pods.ts'

/** Resolves when a pod is given the instance and nothing is said of its readiness: the server has heard that it is ready. */
export async function untilReady(cluster: TestCluster, namespace: string, appId: string): Promise<void> {
  await waitUntil(`the instance ${appId} is known to be ready`, async () => {
    const { pod, warnings } = await answerTo(cluster, namespace, aPod('ready', appId), { dryRun: true })
    return pod !== undefined && !warnings.join('').includes('instance.not-ready')
  })
}
