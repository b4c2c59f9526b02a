import { GROUP, REVIEWS } from '../policy/kinds.ts'
import type { Rule } from './access-rules.ts'
import { NAME } from './names.ts'

const API_VERSION = 'rbac.authorization.k8s.io/v1'
const RBAC_GROUP = 'rbac.authorization.k8s.io'
const TOKENS = `${NAME}-tokens`

/** What the service itself needs for it. */
export const TOKEN_RULES: readonly Rule[] = [
  { apiGroups: ['authentication.k8s.io'], resources: ['tokenreviews'], verbs: ['create'] },
]

/**
 * What the review API needs besides: the service may ask whose token a caller has (what he may, it may ask already), and the
 * role of callers. Who may create pods in a namespace learns the same by a dry run, so `edit` takes the role in.
 */
export function reviewApiAccess({
  namespace,
  labels,
}: {
  readonly namespace: string
  readonly labels: Readonly<Record<string, string>>
}): object[] {
  return [
    {
      apiVersion: API_VERSION,
      kind: 'ClusterRole',
      metadata: { name: TOKENS, labels },
      rules: TOKEN_RULES,
    },
    {
      apiVersion: API_VERSION,
      kind: 'ClusterRoleBinding',
      metadata: { name: TOKENS, labels },
      roleRef: { apiGroup: RBAC_GROUP, kind: 'ClusterRole', name: TOKENS },
      subjects: [{ kind: 'ServiceAccount', name: NAME, namespace }],
    },
    {
      apiVersion: API_VERSION,
      kind: 'ClusterRole',
      metadata: {
        name: 'dapr-shared-reviewer',
        labels: { ...labels, [`${RBAC_GROUP}/aggregate-to-edit`]: 'true' },
      },
      rules: [{ apiGroups: [GROUP], resources: [REVIEWS], verbs: ['create'] }],
    },
  ]
}
