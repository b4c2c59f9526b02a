import { BUILT_IN_SECRET } from '../config/tls-settings.ts'
import { GROUP, KINDS } from '../policy/kinds.ts'
import { NAME } from './names.ts'

/** One rule of a Role or ClusterRole. */
export interface Rule {
  readonly apiGroups: readonly string[]
  readonly resources: readonly string[]
  readonly resourceNames?: readonly string[]
  readonly verbs: readonly string[]
}

const OUR_RESOURCES = Object.values(KINDS).map(({ plural }) => plural)
const GET = ['get']
const WATCH = ['list', 'watch']
const READ = [...GET, ...WATCH]

/** Everywhere in the cluster: what tells of instances, owners and policies. */
export const CLUSTER_RULES: readonly Rule[] = [
  // instances; `get` of an owner that one of them may be
  { apiGroups: ['apps'], resources: ['daemonsets', 'deployments'], verbs: READ },
  // the way to an instance, the labels of namespaces, and the pods that use one (RBAC knows no label selector)
  { apiGroups: [''], resources: ['services', 'namespaces', 'pods'], verbs: WATCH },
  { apiGroups: [GROUP], resources: OUR_RESOURCES, verbs: WATCH },
  // what owns a pod, as a pod's own word for it is a claim
  { apiGroups: ['apps'], resources: ['replicasets', 'statefulsets'], verbs: GET },
  { apiGroups: [''], resources: ['replicationcontrollers'], verbs: GET },
  { apiGroups: ['batch'], resources: ['jobs', 'cronjobs'], verbs: GET },
  { apiGroups: ['serving.knative.dev'], resources: ['revisions', 'configurations', 'services'], verbs: GET },
  // `unlisted: RBAC`: may the pod's ServiceAccount use the instance?
  { apiGroups: ['authorization.k8s.io'], resources: ['subjectaccessreviews'], verbs: ['create'] },
  {
    apiGroups: [GROUP],
    resources: OUR_RESOURCES.map((resource) => `${resource}/status`),
    verbs: ['patch'],
  },
]

/** A refusal is told on what owns the pod, in its namespace; `patch` counts the next one of the same. */
export const EVENT_RULES: readonly Rule[] = [
  { apiGroups: ['events.k8s.io'], resources: ['events'], verbs: ['create', 'patch'] },
]

/** In our own namespace: one replica has the duties. It is created by server-side apply, so `create` can ask for the name. */
export const LEASE_RULES: readonly Rule[] = [
  {
    apiGroups: ['coordination.k8s.io'],
    resources: ['leases'],
    resourceNames: [NAME],
    verbs: [...GET, 'create', 'update', 'patch'],
  },
]

/** In our own namespace: the one Secret with a certificate that somebody else keeps. */
export function secretRules(secret: string): readonly Rule[] {
  return [{ apiGroups: [''], resources: ['secrets'], resourceNames: [secret], verbs: READ }]
}

/** In our own namespace: the one Secret that holds our CA; taken away, it is made again by server-side apply. */
export const BUILT_IN_SECRET_RULES: readonly Rule[] = [
  {
    apiGroups: [''],
    resources: ['secrets'],
    resourceNames: [BUILT_IN_SECRET],
    verbs: [...READ, 'create', 'patch'],
  },
]

/** `caBundle` of our own two configurations. RBAC knows no field: `patch` would reach the rest of them, too. */
export const CA_BUNDLE_RULES: readonly Rule[] = [
  {
    apiGroups: ['admissionregistration.k8s.io'],
    resources: ['mutatingwebhookconfigurations', 'validatingwebhookconfigurations'],
    resourceNames: [NAME],
    verbs: [...READ, 'patch'],
  },
]
