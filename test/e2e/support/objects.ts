import { parseAllDocuments } from 'yaml'
import type { ApiResponse } from '../../cluster/api-request.ts'
import type { TestCluster } from '../../cluster/attach.ts'
import { waitUntil } from '../../cluster/wait-until.ts'

/** Any Kubernetes object, as far as it must be known to send it somewhere. */
export interface KubeObject {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: {
    readonly name?: string
    readonly generateName?: string
    readonly namespace?: string
    readonly labels?: Readonly<Record<string, string>>
    readonly annotations?: Readonly<Record<string, string>>
    readonly [field: string]: unknown
  }
  readonly [field: string]: unknown
}

/** The API path of all objects of a kind in a namespace. */
export function pathOfAll(
  { apiVersion, kind }: Pick<KubeObject, 'apiVersion' | 'kind'>,
  namespace: string,
): string {
  const group = apiVersion === 'v1' ? '/api/v1' : `/apis/${apiVersion}`
  return `${group}/namespaces/${namespace}/${kind.toLowerCase()}s`
}

export function pathOfPod(namespace: string, name: string): string {
  return `/api/v1/namespaces/${namespace}/pods/${name}`
}

/** Creates an object; any status is an answer. */
export function create(
  { request }: TestCluster,
  namespace: string,
  object: KubeObject,
  { dryRun = false } = {},
): Promise<ApiResponse> {
  return request('POST', `${pathOfAll(object, namespace)}${dryRun ? '?dryRun=All' : ''}`, object)
}

/** Creates objects that must be accepted, all at once. */
export async function createAll(
  cluster: TestCluster,
  namespace: string,
  objects: readonly KubeObject[],
): Promise<void> {
  await Promise.all(
    objects.map(async (object) => {
      const { status, body } = await create(cluster, namespace, object)
      if (status !== 201) throw new Error(`${object.kind} ${object.metadata.name}: ${JSON.stringify(body)}`)
    }),
  )
}

/** Deletes objects at once, without waiting for what depends on them. */
export async function deleteAll(
  { request }: TestCluster,
  namespace: string,
  objects: readonly KubeObject[],
): Promise<void> {
  await Promise.all(
    objects.map((object) => request('DELETE', `${pathOfAll(object, namespace)}/${object.metadata.name}`)),
  )
}

/** A namespace in which pods can be created. */
export async function createNamespace({ request }: TestCluster, name: string): Promise<string> {
  await request('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
  await waitUntil(`namespace ${name} has its ServiceAccount`, async () => {
    const { status } = await request('GET', `/api/v1/namespaces/${name}/serviceaccounts/default`)
    return status === 200
  })
  return name
}

export function parseObjects(yaml: string): KubeObject[] {
  return parseAllDocuments(yaml).map((document) => document.toJS() as KubeObject)
}

/** Changes an object by a merge patch; any status is an answer. */
export function mergePatch({ request }: TestCluster, path: string, patch: unknown): Promise<ApiResponse> {
  return request('PATCH', path, patch, { 'content-type': 'application/merge-patch+json' })
}
