import { z } from 'zod'
import { API_VERSION, KINDS, type ResourceKind } from '../../../src/policy/kinds.ts'
import type { TestCluster } from '../../cluster/attach.ts'
import { waitUntil } from '../../cluster/wait-until.ts'
import { mergePatch, type KubeObject } from './objects.ts'

/** One of our own resources. Of namespace '' where it is the cluster's. */
export function aResource(
  kind: ResourceKind,
  namespace: string,
  name: string,
  spec: object,
): KubeObject & { kind: ResourceKind } {
  return {
    apiVersion: API_VERSION,
    kind,
    metadata: { name, ...(namespace === '' ? {} : { namespace }) },
    spec,
  }
}

/** One that governs nothing but pods of a namespace, as all tests share one cluster; `match` may narrow it further. */
export function aPolicy(
  name: string,
  namespace: string,
  { match = {}, ...spec }: { match?: object; [field: string]: unknown },
): KubeObject & { kind: ResourceKind } {
  const namespaceSelector = { matchLabels: { 'kubernetes.io/metadata.name': namespace } }
  return aResource('DaprSharedPolicy', '', name, { match: { namespaceSelector, ...match }, ...spec })
}

export function pathOfResource(kind: ResourceKind, namespace = '', name = ''): string {
  const place = namespace === '' ? '' : `/namespaces/${namespace}`
  return `/apis/${API_VERSION}${place}/${KINDS[kind].plural}${name === '' ? '' : `/${name}`}`
}

const resourceAsKept = z.looseObject({
  metadata: z.looseObject({ generation: z.number() }),
  status: z
    .looseObject({
      observedGeneration: z.number().optional(),
      conditions: z
        .array(z.looseObject({ type: z.string(), status: z.string(), reason: z.string() }))
        .default([]),
    })
    .optional(),
})

/** Creates our resources, or changes those that are there, and resolves when the service says that it knows them all. */
export async function applyResources(
  cluster: TestCluster,
  resources: readonly (KubeObject & { kind: ResourceKind })[],
): Promise<void> {
  for (const { kind, metadata, ...rest } of resources) {
    const path = pathOfResource(kind, metadata.namespace)
    const created = await cluster.request('POST', path, { kind, metadata, ...rest })
    if (created.status === 201) continue
    const { status, body } = await mergePatch(cluster, `${path}/${metadata.name}`, rest)
    if (status !== 200) throw new Error(`${kind} ${metadata.name}: ${JSON.stringify([created.body, body])}`)
  }
  for (const resource of resources) await untilKnown(cluster, resource)
}

export async function untilKnown(
  cluster: TestCluster,
  { kind, metadata }: KubeObject & { kind: ResourceKind },
): Promise<void> {
  await waitUntil(`the service knows ${kind} ${metadata.name}`, async () => {
    const { metadata: now, status } = await readResource(cluster, kind, metadata)
    return status?.observedGeneration === now.generation
  })
}

/** The conditions of a resource as `Accepted=True Valid`. */
export async function conditionsOf(
  cluster: TestCluster,
  { kind, metadata }: KubeObject & { kind: ResourceKind },
): Promise<string[]> {
  const { status } = await readResource(cluster, kind, metadata)
  return (status?.conditions ?? []).map(({ type, status: is, reason }) => `${type}=${is} ${reason}`)
}

async function readResource(
  { request }: TestCluster,
  kind: ResourceKind,
  { namespace, name }: KubeObject['metadata'],
): Promise<z.infer<typeof resourceAsKept>> {
  return resourceAsKept.parse((await request('GET', pathOfResource(kind, namespace, name))).body)
}

/** Deletes our resources, whether they are there or not. */
export async function deleteResources(
  { request }: TestCluster,
  resources: readonly (KubeObject & { kind: ResourceKind })[],
): Promise<void> {
  await Promise.all(
    resources.map(({ kind, metadata: { namespace, name } }) =>
      request('DELETE', pathOfResource(kind, namespace, name)),
    ),
  )
}
