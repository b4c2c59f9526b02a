/** A kind that makes pods, or Pod itself, and how the API and kubectl call it. */
export interface WorkloadKind {
  readonly apiVersion: string
  readonly kind: string
  readonly plural: string
  /** the short names of kubectl */
  readonly short: readonly string[]
  /** its definition need not be installed */
  readonly mayBeAbsent?: true
}

export const POD: WorkloadKind = { apiVersion: 'v1', kind: 'Pod', plural: 'pods', short: ['po'] }

export const KNATIVE_SERVICE: WorkloadKind = {
  apiVersion: 'serving.knative.dev/v1',
  kind: 'Service',
  plural: 'services',
  short: ['ksvc', 'kservice'],
  mayBeAbsent: true,
}

/** Every kind that has or is a pod template; who makes others comes before them, and pods are last. */
export const WORKLOAD_KINDS: readonly WorkloadKind[] = [
  { apiVersion: 'apps/v1', kind: 'Deployment', plural: 'deployments', short: ['deploy'] },
  { apiVersion: 'apps/v1', kind: 'StatefulSet', plural: 'statefulsets', short: ['sts'] },
  { apiVersion: 'apps/v1', kind: 'DaemonSet', plural: 'daemonsets', short: ['ds'] },
  { apiVersion: 'batch/v1', kind: 'CronJob', plural: 'cronjobs', short: ['cj'] },
  { apiVersion: 'batch/v1', kind: 'Job', plural: 'jobs', short: [] },
  { apiVersion: 'apps/v1', kind: 'ReplicaSet', plural: 'replicasets', short: ['rs'] },
  { apiVersion: 'v1', kind: 'ReplicationController', plural: 'replicationcontrollers', short: ['rc'] },
  KNATIVE_SERVICE,
  POD,
]

// a plain "service" is one of Kubernetes, which makes no pods
const BY_NAME: ReadonlyMap<string, WorkloadKind> = new Map(
  WORKLOAD_KINDS.flatMap((one) =>
    (one === KNATIVE_SERVICE ? one.short : [one.kind.toLowerCase(), one.plural, ...one.short]).map(
      (name) => [name, one] as const,
    ),
  ),
)

/** Every name by which a kind can be called, in lower case. */
export const WORKLOAD_KIND_NAMES: readonly string[] = [...BY_NAME.keys()]

/** The kind of a name that kubectl takes: `deployment`, `deployments`, `deploy`. */
export function workloadKind(name: string): WorkloadKind | undefined {
  return BY_NAME.get(name.toLowerCase())
}

/** Where the API has the objects of a kind. @param namespace empty for all of them */
export function workloadPath({ apiVersion, plural }: WorkloadKind, namespace: string): string {
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`
  return `${root}${namespace === '' ? '' : `/namespaces/${namespace}`}/${plural}`
}
