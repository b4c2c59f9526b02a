import { z } from 'zod'
import type { TestCluster } from '../../cluster/attach.ts'
import { waitUntil } from '../../cluster/wait-until.ts'
import { pathOfPod, type KubeObject } from './objects.ts'

const variable = z.looseObject({
  name: z.string(),
  value: z.string().optional(),
  valueFrom: z.unknown().optional(),
})
const container = z.looseObject({ name: z.string(), env: z.array(variable).optional() })

/** A Pod as the API server keeps it. */
export const storedPod = z.looseObject({
  metadata: z.looseObject({
    name: z.string().default(''),
    labels: z.record(z.string(), z.string()).default({}),
    annotations: z.record(z.string(), z.string()).default({}),
    resourceVersion: z.string().optional(),
  }),
  spec: z.looseObject({
    containers: z.array(container),
    initContainers: z.array(container).default([]),
    nodeName: z.string().optional(),
  }),
  status: z.looseObject({ phase: z.string().optional() }).optional(),
})

export type StoredPod = z.infer<typeof storedPod>

/** A pod template that asks for an instance; of `app-id` undefined, one that does not. */
export function aTemplate(
  appId: string | undefined,
  {
    labels = {},
    annotations = {},
    ...spec
  }: { labels?: Record<string, string>; annotations?: Record<string, string>; [field: string]: unknown } = {},
): Pick<KubeObject, 'metadata'> & { spec: object } {
  const asks = appId === undefined ? {} : { 'dapr.io/shared': appId }
  return {
    metadata: { labels, annotations: { ...asks, ...annotations } },
    spec: { containers: [{ name: 'app', image: 'example.test/app' }], ...spec },
  }
}

/** A bare Pod; see {@link aTemplate}. */
export function aPod(
  name: string,
  appId: string | undefined,
  template: Parameters<typeof aTemplate>[1] = {},
): KubeObject {
  const { metadata, spec } = aTemplate(appId, template)
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, ...metadata }, spec }
}

/** @throws Error when it is not there */
export async function readPod({ request }: TestCluster, namespace: string, name: string): Promise<StoredPod> {
  const { status, body } = await request('GET', pathOfPod(namespace, name))
  if (status !== 200) throw new Error(`pod ${namespace}/${name}: ${JSON.stringify(body)}`)
  return storedPod.parse(body)
}

/** The pods with a label, once there are at least `count` of them and all have got to the phase. */
export async function waitForPods(
  cluster: TestCluster,
  namespace: string,
  labelSelector: string,
  { count = 1, phase = 'Running' } = {},
): Promise<StoredPod[]> {
  return waitUntil(`${count} pods with ${labelSelector} in ${namespace} are ${phase}`, async () => {
    const pods = await listPods(cluster, namespace, labelSelector)
    return pods.length >= count && pods.every(({ status }) => status?.phase === phase) && pods
  })
}

export async function listPods(
  { request }: TestCluster,
  namespace: string,
  labelSelector: string,
): Promise<StoredPod[]> {
  const path = `/api/v1/namespaces/${namespace}/pods?labelSelector=${encodeURIComponent(labelSelector)}`
  return z.object({ items: z.array(storedPod) }).parse((await request('GET', path)).body).items
}

/** The variables of a container, in their order; all of them, or those with one of the names. */
export function envOf(pod: StoredPod, name: string): z.infer<typeof variable>[] {
  const found = [...pod.spec.initContainers, ...pod.spec.containers].find((one) => one.name === name)
  if (found === undefined) throw new Error(`pod ${pod.metadata.name} has no container ${name}`)
  return found.env ?? []
}
