import { GROUP, KINDS } from '../policy/kinds.ts'
import type { Rule } from './access-rules.ts'
import { NAME } from './names.ts'

/**
 * What `dapr-shared check --cluster` reads, for the ServiceAccount that `helm test` has while it runs. No Secret: that the
 * certificate is good, the dry run shows.
 */
export const CHECK_RULES = {
  /** everywhere */
  cluster: [
    {
      apiGroups: ['admissionregistration.k8s.io'],
      resources: [
        'mutatingwebhookconfigurations',
        'validatingwebhookconfigurations',
        'validatingadmissionpolicies',
        'validatingadmissionpolicybindings',
      ],
      verbs: ['get', 'list'],
    },
    { apiGroups: ['apiextensions.k8s.io'], resources: ['customresourcedefinitions'], verbs: ['get'] },
    { apiGroups: ['apps'], resources: ['daemonsets', 'deployments', 'statefulsets'], verbs: ['get', 'list'] },
    { apiGroups: [''], resources: ['namespaces', 'services'], verbs: ['get', 'list'] },
    { apiGroups: [''], resources: ['nodes'], verbs: ['list'] },
    { apiGroups: [GROUP], resources: Object.values(KINDS).map(({ plural }) => plural), verbs: ['list'] },
    { apiGroups: ['authorization.k8s.io'], resources: ['subjectaccessreviews'], verbs: ['create'] },
  ],
  /** in the namespace of the service */
  own: [
    { apiGroups: ['policy'], resources: ['poddisruptionbudgets'], resourceNames: [NAME], verbs: ['get'] },
    { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: ['list'] },
    { apiGroups: ['coordination.k8s.io'], resources: ['leases'], resourceNames: [NAME], verbs: ['get'] },
  ],
  /** in the one namespace where it asks for a pod by dry run, which RBAC cannot tell from a real one */
  dryRun: [{ apiGroups: [''], resources: ['pods'], verbs: ['create'] }],
} as const satisfies Record<string, readonly Rule[]>
