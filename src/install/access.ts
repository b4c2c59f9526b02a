import {
  BUILT_IN_SECRET_RULES,
  CA_BUNDLE_RULES,
  CLUSTER_RULES,
  EVENT_RULES,
  LEASE_RULES,
  secretRules,
  type Rule,
} from './access-rules.ts'
import { NAME } from './names.ts'

export interface AccessOptions {
  readonly namespace: string
  readonly labels: Readonly<Record<string, string>>
  /** where the serving certificate comes from, as `--tls-mode` has it; files need no right */
  readonly certificates?:
    | { readonly mode: 'files' }
    | { readonly mode: 'secret'; readonly secret: string }
    | { readonly mode: 'built-in' }
  /** whether refusals become Events; they do unless told otherwise */
  readonly events?: boolean
}

const API_VERSION = 'rbac.authorization.k8s.io/v1'
const RBAC_GROUP = 'rbac.authorization.k8s.io'

/**
 * The ServiceAccount and its rights, each for one thing that the service does (docs/security.md). It may change nothing that
 * is not ours, and with a certificate from files it may read no Secret at all.
 */
export function accessObjects(options: AccessOptions): object[] {
  const { namespace, labels } = options
  const metadata = { name: NAME, labels }
  const subjects = [{ kind: 'ServiceAccount', name: NAME, namespace }]
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: NAME, namespace, labels } },
    { apiVersion: API_VERSION, kind: 'ClusterRole', metadata, rules: clusterRules(options) },
    {
      apiVersion: API_VERSION,
      kind: 'ClusterRoleBinding',
      metadata,
      roleRef: { apiGroup: RBAC_GROUP, kind: 'ClusterRole', name: NAME },
      subjects,
    },
    {
      apiVersion: API_VERSION,
      kind: 'Role',
      metadata: { ...metadata, namespace },
      rules: ownNamespaceRules(options),
    },
    {
      apiVersion: API_VERSION,
      kind: 'RoleBinding',
      metadata: { ...metadata, namespace },
      roleRef: { apiGroup: RBAC_GROUP, kind: 'Role', name: NAME },
      subjects,
    },
  ]
}

/** What the ClusterRole grants. */
export function clusterRules({ certificates, events = true }: Omit<AccessOptions, 'labels'>): Rule[] {
  return [
    ...CLUSTER_RULES,
    ...(events ? EVENT_RULES : []),
    ...(certificates?.mode === 'built-in' ? CA_BUNDLE_RULES : []),
  ]
}

/** What the Role in our own namespace grants. */
export function ownNamespaceRules({ certificates }: Omit<AccessOptions, 'labels'>): Rule[] {
  if (certificates?.mode === 'built-in') return [...LEASE_RULES, ...BUILT_IN_SECRET_RULES]
  if (certificates?.mode === 'secret') return [...LEASE_RULES, ...secretRules(certificates.secret)]
  return [...LEASE_RULES]
}
