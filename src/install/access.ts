import { GROUP, KINDS } from '../policy/kinds.ts'
import { NAME } from './names.ts'

export interface AccessOptions {
  readonly namespace: string
  readonly labels: Readonly<Record<string, string>>
}

const API_VERSION = 'rbac.authorization.k8s.io/v1'
const RBAC_GROUP = 'rbac.authorization.k8s.io'
const OUR_RESOURCES = Object.values(KINDS).map(({ plural }) => plural)

/**
 * The ServiceAccount and its rights, each for one thing that the service does (docs/security.md). No right to a Secret, and
 * none to change what is not ours but for its own Lease.
 */
export function accessObjects({ namespace, labels }: AccessOptions): object[] {
  const metadata = { name: NAME, labels }
  const subjects = [{ kind: 'ServiceAccount', name: NAME, namespace }]
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: NAME, namespace, labels } },
    { apiVersion: API_VERSION, kind: 'ClusterRole', metadata, rules: clusterRules() },
    {
      apiVersion: API_VERSION,
      kind: 'ClusterRoleBinding',
      metadata,
      roleRef: { apiGroup: RBAC_GROUP, kind: 'ClusterRole', name: NAME },
      subjects,
    },
    { apiVersion: API_VERSION, kind: 'Role', metadata: { ...metadata, namespace }, rules: leaseRules() },
    {
      apiVersion: API_VERSION,
      kind: 'RoleBinding',
      metadata: { ...metadata, namespace },
      roleRef: { apiGroup: RBAC_GROUP, kind: 'Role', name: NAME },
      subjects,
    },
  ]
}

function clusterRules(): object[] {
  const get = ['get']
  const watch = ['list', 'watch']
  return [
    // instances; `get` of an owner that one of them may be
    { apiGroups: ['apps'], resources: ['daemonsets', 'deployments'], verbs: ['get', ...watch] },
    // the way to an instance, the labels of namespaces, and the pods that use one (RBAC knows no label selector)
    { apiGroups: [''], resources: ['services', 'namespaces', 'pods'], verbs: watch },
    { apiGroups: [GROUP], resources: OUR_RESOURCES, verbs: watch },
    // what owns a pod, as a pod's own word for it is a claim
    { apiGroups: ['apps'], resources: ['replicasets', 'statefulsets'], verbs: get },
    { apiGroups: [''], resources: ['replicationcontrollers'], verbs: get },
    { apiGroups: ['batch'], resources: ['jobs', 'cronjobs'], verbs: get },
    {
      apiGroups: ['serving.knative.dev'],
      resources: ['revisions', 'configurations', 'services'],
      verbs: get,
    },
    // `unlisted: RBAC`: may the pod's ServiceAccount use the instance?
    { apiGroups: ['authorization.k8s.io'], resources: ['subjectaccessreviews'], verbs: ['create'] },
    {
      apiGroups: [GROUP],
      resources: OUR_RESOURCES.map((resource) => `${resource}/status`),
      verbs: ['patch'],
    },
  ]
}

/** One replica writes the statuses. A name cannot be demanded of what is yet to be created. */
function leaseRules(): object[] {
  const lease = { apiGroups: ['coordination.k8s.io'], resources: ['leases'] }
  return [
    { ...lease, verbs: ['create'] },
    { ...lease, resourceNames: [NAME], verbs: ['get', 'update', 'patch'] },
  ]
}
