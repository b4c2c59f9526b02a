import { objectOr } from '../core/cluster-facts.ts'
import { LABEL } from '../core/vocabulary.ts'
import type { KubeClient } from '../kube/kube-client.ts'
import { listInPages } from '../kube/page-list.ts'
import { textOf } from './loose.ts'

const PAGE_SIZE = 500
const METADATA_ONLY = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1'

/**
 * Pods by the instance that their labels name, `<namespace>/<appId>`. Reads labels only, page by page.
 *
 * @param namespace of the pods; empty for all namespaces
 */
export async function countConsumers(
  client: KubeClient,
  namespace: string,
  signal: AbortSignal,
): Promise<Map<string, number>> {
  const counts = new Map<string, number>()
  const count = (pod: unknown): void => {
    const labels = objectOr(objectOr(objectOr(pod)['metadata'])['labels'])
    const key = `${textOf(labels[LABEL.appNamespace]) ?? ''}/${textOf(labels[LABEL.appId]) ?? ''}`
    counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  const list = (query: Readonly<Record<string, string>>): Promise<unknown> =>
    client.get(namespace === '' ? '/api/v1/pods' : `/api/v1/namespaces/${namespace}/pods`, {
      query: { ...query, labelSelector: LABEL.appId },
      headers: { accept: METADATA_ONLY },
      signal,
    })
  await listInPages(list, count, PAGE_SIZE)
  return counts
}
