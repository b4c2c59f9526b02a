import type { Entry, NamespaceInventory } from '../core/inventory.ts'
import type { Instance } from '../core/instance.ts'
import type { Manifest } from '../state/manifest.ts'
import { isReviewable, reviewManifest, type ReviewContext } from './review-manifest.ts'

/** One line of the inventory. What does not apply is an empty string. */
export interface InstanceRow {
  readonly namespace: string
  readonly appId: string
  readonly strategy: string
  /** `2/3`, or `unknown` where there is no status */
  readonly ready: string
  readonly workload: string
  readonly service: string
  readonly httpEndpoint: string
  readonly grpcEndpoint: string
  /** `<secret>/<key>` of the instance's own token */
  readonly token: string
  readonly consumers: number
  /** why consumers are refused */
  readonly problem: string
}

/**
 * The inventory as rows, by namespace and app-id.
 *
 * @param counted consumers by `<namespace>/<appId>` where a cluster knows them; otherwise the manifests are asked
 */
export async function listInstances(
  manifests: readonly Manifest[],
  context: ReviewContext,
  counted: ReadonlyMap<string, number> | undefined,
): Promise<InstanceRow[]> {
  const consumers = counted ?? (await countConsumers(manifests, context))
  return [...context.known.inventory]
    .flatMap(([namespace, inventory]) => rowsOf(namespace, inventory, consumers))
    .toSorted((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1))
}

function rowsOf(
  namespace: string,
  { entries, unusable }: NamespaceInventory,
  consumers: ReadonlyMap<string, number>,
): InstanceRow[] {
  return [
    ...[...entries].map(([appId, entry]) => ({
      ...NO_ROW,
      ...describeEntry(entry),
      namespace,
      appId,
      consumers: consumers.get(`${namespace}/${appId}`) ?? 0,
    })),
    ...unusable.map(({ kind, name, reason }) => ({
      ...NO_ROW,
      namespace,
      workload: `${kind}/${name}`,
      problem: `${kind}/${name} ${reason}`,
    })),
  ]
}

const NO_ROW: InstanceRow = {
  namespace: '',
  appId: '',
  strategy: '',
  ready: '',
  workload: '',
  service: '',
  httpEndpoint: '',
  grpcEndpoint: '',
  token: '',
  consumers: 0,
  problem: '',
}

function describeEntry(entry: Entry): Partial<InstanceRow> {
  switch (entry.kind) {
    case 'instance':
      return describeInstance(entry.instance)
    case 'ambiguous':
      return { workload: entry.workloads.join(', '), problem: `ambiguous: ${entry.workloads.join(', ')}` }
    case 'misconfigured':
      return { workload: entry.workload, problem: `misconfigured: ${entry.reason}` }
  }
}

function describeInstance({
  strategy,
  workload,
  service,
  httpEndpoint,
  grpcEndpoint,
  token,
  readiness,
}: Instance): Partial<InstanceRow> {
  return {
    strategy,
    ready: readiness.known ? `${readiness.ready}/${readiness.wanted}` : 'unknown',
    workload,
    service: service ?? '',
    httpEndpoint,
    grpcEndpoint,
    token: token === undefined ? '' : `${token.name}/${token.key}`,
  }
}

/** The pods and workloads among the manifests that would be given each instance. */
async function countConsumers(
  manifests: readonly Manifest[],
  context: ReviewContext,
): Promise<Map<string, number>> {
  const counts = new Map<string, number>()
  for (const manifest of manifests.filter(isReviewable)) {
    const { instance } = await reviewManifest(manifest, context)
    if (instance !== '') counts.set(instance, (counts.get(instance) ?? 0) + 1)
  }
  return counts
}

function sortKey({ namespace, appId, workload }: InstanceRow): string {
  return `${namespace}\0${appId}\0${workload}`
}
