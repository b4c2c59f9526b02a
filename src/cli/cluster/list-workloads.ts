import { objectOr } from '../../core/cluster-facts.ts'
import { textOf } from '../../discovery/loose.ts'
import { recognizeNamespace } from '../../discovery/recognize.ts'
import type { KubeClient } from '../../kube/kube-client.ts'
import type { Manifest } from '../../state/manifest.ts'
import { readAsking, rememberAsking, standsAlone } from '../../what-if/asking-workload.ts'
import { KNATIVE_SERVICE, WORKLOAD_KINDS, workloadPath, type WorkloadKind } from '../../workloads/kinds.ts'
import type { AskedCluster } from './ask-cluster.ts'
import { CommandError, type Io } from '../io.ts'

/** The workloads of a cluster whose pods ask for an instance. */
export interface ListedWorkloads {
  readonly manifests: readonly Manifest[]
  /** a sentence for each list that could not be read to its end */
  readonly missing: readonly string[]
}

const ASK_MS = 30_000
const PAGE_SIZE = 500

/**
 * Lists what asks, of one namespace or of all, page by page; of what does not ask nothing is kept. What cannot be listed is
 * told, and does not keep the rest from being looked at.
 *
 * @param namespace empty for all of them
 * @throws CommandError 3 where nothing at all can be listed
 */
export async function listWorkloads(
  { client, namespaces }: AskedCluster,
  namespace: string,
  io: Io,
): Promise<ListedWorkloads> {
  const found = new Map<string, Manifest>()
  const asking = rememberAsking()
  const missing: string[] = []
  let read = 0
  let silence: unknown
  const isThere = (await hasKnative(client)) ? () => true : (one: WorkloadKind) => one !== KNATIVE_SERVICE
  const lists = WORKLOAD_KINDS.filter(isThere)
  for (const list of lists) {
    const before = read
    try {
      // who has stopped answering would keep us waiting for each list
      if (silence !== undefined) throw silence
      await walk(client, list, namespace, (item) => {
        read += 1
        if (read % PAGE_SIZE === 0) io.progress?.(`${read.toLocaleString('en')} objects read`)
        take(found, asking, readAsking(item, { ...list, server: client.server }))
      })
    } catch (error) {
      if (error instanceof Error && error.name === 'TimeoutError') silence = error
      missing.push(tellMissing(list, namespace, client.server, read - before, error))
    }
  }
  io.progress?.('')
  if (read === 0 && missing.length === lists.length)
    throw new CommandError(`nothing could be listed: ${missing[0] ?? ''}`, 3)
  if (namespace === '') await readNamespaces(client, namespaces)
  return { manifests: [...found.values()].toSorted(byPlace), missing }
}

/** By its place, as a list may begin anew. */
function take(
  found: Map<string, Manifest>,
  asking: ReturnType<typeof rememberAsking>,
  manifest: Manifest | undefined,
): void {
  if (manifest === undefined) return
  asking.add(manifest)
  if (!standsAlone(manifest.object, asking.has)) return
  found.set(`${manifest.kind}/${manifest.namespace}/${manifest.name}`, manifest)
}

async function walk(
  client: KubeClient,
  kind: WorkloadKind,
  namespace: string,
  read: (item: unknown) => void,
): Promise<void> {
  const { listInPages } = await import('../../kube/page-list.ts')
  await listInPages(
    (query) => client.get(workloadPath(kind, namespace), { query, signal: AbortSignal.timeout(ASK_MS) }),
    read,
    PAGE_SIZE,
  )
}

function tellMissing(
  { apiVersion, plural }: WorkloadKind,
  namespace: string,
  server: string,
  read: number,
  error: unknown,
): string {
  const group = apiVersion.includes('/') ? `.${apiVersion.split('/')[0] ?? ''}` : ''
  const place = namespace === '' ? 'all namespaces' : `namespace ${namespace}`
  const some = read === 0 ? '' : `, after the first ${read.toLocaleString('en')}`
  const reason = error instanceof Error ? error.message : 'no answer'
  return `${server} did not list ${plural}${group} of ${place}${some} (${reason}).`
}

/** Asked of what is open to everybody: where there is no such kind, a list of it may be forbidden all the same. */
async function hasKnative(client: KubeClient): Promise<boolean> {
  const { ApiError } = await import('../../kube/call-errors.ts')
  try {
    const group = await client.get(`/apis/${KNATIVE_SERVICE.apiVersion}`, {
      signal: AbortSignal.timeout(ASK_MS),
    })
    const resources = objectOr(group)['resources']
    return (
      Array.isArray(resources) &&
      resources.some((one) => textOf(objectOr(one)['name']) === KNATIVE_SERVICE.plural)
    )
  } catch (error) {
    // whatever else is wrong, the list will say it
    return !(error instanceof ApiError && error.status === 404)
  }
}

/** One list instead of a question for each namespace; who may not list them asks for each that matters. */
async function readNamespaces(client: KubeClient, namespaces: AskedCluster['namespaces']): Promise<void> {
  const { listInPages } = await import('../../kube/page-list.ts')
  try {
    await listInPages(
      (query) => client.get('/api/v1/namespaces', { query, signal: AbortSignal.timeout(ASK_MS) }),
      (object) => {
        const facts = recognizeNamespace(object)
        if (facts !== undefined) namespaces.set(facts.name, facts)
      },
      PAGE_SIZE,
    )
  } catch {
    // then each decision that needs the labels of one asks for them, and tells what it does not know
  }
}

function byPlace(a: Manifest, b: Manifest): number {
  const [one, other] = [a, b].map(({ namespace, kind, name }) => `${namespace}\0${kind}\0${name}`)
  return (one ?? '') < (other ?? '') ? -1 : 1
}
