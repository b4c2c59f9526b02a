import { objectOr } from '../../core/cluster-facts.ts'
import { recognizeWorkload } from '../../discovery/recognize.ts'
import type { KubeClient } from '../../kube/kube-client.ts'
import { API_VERSION, KINDS, RESOURCE_KINDS, resourcePath, type ResourceKind } from '../../policy/kinds.ts'
import { liveManifest, type Manifest } from '../../state/manifest.ts'
import { orIncomplete } from './ask-cluster.ts'

const ASK_MS = 30_000
const PAGE_SIZE = 500

interface Listed {
  readonly apiVersion: string
  readonly kind: string
  readonly path: string
  readonly keep?: (object: unknown) => boolean
  /** its CRD need not be installed */
  readonly mayBeAbsent?: true
}

/**
 * What `lint` looks at, as a cluster has it: our resources, namespaces, Services, and the workloads of instances. Policies and
 * namespaces are those of all the cluster, also where one namespace is asked for: a policy is not of any.
 *
 * @param namespace empty for all of them
 * @throws CommandError 3 where the cluster does not tell
 */
export async function listLinted(client: KubeClient, namespace: string): Promise<Manifest[]> {
  const place = namespace === '' ? '' : `/namespaces/${namespace}`
  const lists: readonly Listed[] = [
    ...RESOURCE_KINDS.map((kind) => ourList(kind, namespace)),
    { apiVersion: 'v1', kind: 'Namespace', path: '/api/v1/namespaces' },
    { apiVersion: 'v1', kind: 'Service', path: `/api/v1${place}/services` },
    ...(['DaemonSet', 'Deployment'] as const).map((kind) => ({
      apiVersion: 'apps/v1',
      kind,
      path: `/apis/apps/v1${place}/${kind.toLowerCase()}s`,
      keep: (object: unknown) => recognizeWorkload(kind, object) !== undefined,
    })),
  ]
  return (await Promise.all(lists.map((one) => list(client, one)))).flat()
}

function ourList(kind: ResourceKind, namespace: string): Listed {
  const path = resourcePath(kind, KINDS[kind].scope === 'Cluster' ? '' : namespace)
  return { apiVersion: API_VERSION, kind, path, mayBeAbsent: true }
}

async function list(
  client: KubeClient,
  { apiVersion, kind, path, keep, mayBeAbsent }: Listed,
): Promise<Manifest[]> {
  const { listIfInstalled, listInPages } = await import('../../kube/page-list.ts')
  const ask = (query: Readonly<Record<string, string>>): Promise<unknown> =>
    client.get(path, { query, signal: AbortSignal.timeout(ASK_MS) })
  return orIncomplete(`${client.server} did not list ${path.split('/').at(-1)}`, async () => {
    const read = (object: unknown): unknown => object
    const items = mayBeAbsent
      ? await listIfInstalled(ask, read, PAGE_SIZE)
      : (await listInPages(ask, read, PAGE_SIZE)).items
    return items
      .filter((object) => keep?.(object) ?? true)
      .map((object) => liveManifest(objectOr(object), { apiVersion, kind }, client.server))
  })
}
