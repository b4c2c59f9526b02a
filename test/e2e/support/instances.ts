import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestCluster } from '../../cluster/attach.ts'
import { createAll, deleteAll, parseObjects, type KubeObject } from './objects.ts'

export type InstanceShape =
  'chart-daemonset' | 'chart-deployment' | 'chart-0.0.10' | 'chart-dapr-ambient' | 'sidecar-application'

/** The objects that a chart makes for one release. */
export function instanceObjects(
  shape: InstanceShape,
  appId: string,
  { release = appId }: { release?: string } = {},
): KubeObject[] {
  const file = join(import.meta.dirname, `../fixtures/${shape}.yaml`)
  const text = readFileSync(file, 'utf8').replaceAll('APP_ID', appId).replaceAll('RELEASE', release)
  return parseObjects(text)
}

export interface CreatedInstance {
  readonly appId: string
  readonly objects: readonly KubeObject[]
  /** Takes it away again. */
  delete(): Promise<void>
}

/** Creates an instance as the chart would. */
export async function createInstance(
  cluster: TestCluster,
  namespace: string,
  appId: string,
  { shape = 'chart-daemonset', release = appId }: { shape?: InstanceShape; release?: string } = {},
): Promise<CreatedInstance> {
  const objects = instanceObjects(shape, appId, { release })
  await createAll(cluster, namespace, objects)
  return { appId, objects, delete: () => deleteAll(cluster, namespace, objects) }
}
