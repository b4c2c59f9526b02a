import { GROUP, KINDS } from '../policy/kinds.ts'

const READ = ['get', 'list', 'watch']
const WRITE = ['create', 'update', 'patch', 'delete', 'deletecollection']

const POLICIES = KINDS.DaprSharedPolicy.plural
const GRANTS = KINDS.DaprSharedGrant.plural
const EXCEPTIONS = KINDS.DaprSharedException.plural
const INSTANCES = KINDS.DaprSharedInstance.plural
const NAMESPACED = [GRANTS, EXCEPTIONS, INSTANCES]

interface Rule {
  readonly resources: readonly string[]
  readonly verbs: readonly string[]
}

/**
 * Roles for people. No verb is a wildcard, as that would be `use` as well: the right of a ServiceAccount to an app-id, which a
 * policy with `unlisted: RBAC` asks for and which is given one instance at a time.
 *
 * Only `dapr-shared-view` and `dapr-shared-admin` reach the owner of a namespace by themselves. An exception would let him
 * out of a rule of the cluster, so somebody must bind its role to him.
 */
export function userRoles(labels: Readonly<Record<string, string>>): object[] {
  const role = (name: string, rules: readonly Rule[], aggregateTo?: 'view' | 'admin'): object => ({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: {
      name: `dapr-shared-${name}`,
      labels: {
        ...labels,
        ...(aggregateTo === undefined
          ? {}
          : { [`rbac.authorization.k8s.io/aggregate-to-${aggregateTo}`]: 'true' }),
      },
    },
    rules: rules.map(({ resources, verbs }) => ({ apiGroups: [GROUP], resources, verbs })),
  })
  return [
    role('policy-author', [
      { resources: [POLICIES], verbs: [...READ, ...WRITE] },
      { resources: NAMESPACED, verbs: READ },
    ]),
    role('policy-viewer', [{ resources: [POLICIES, ...NAMESPACED], verbs: READ }]),
    role('exception-author', [{ resources: [EXCEPTIONS], verbs: [...READ, ...WRITE] }]),
    role('view', [{ resources: NAMESPACED, verbs: READ }], 'view'),
    // not to `edit`: both decide who gets at what the namespace has, as RoleBindings do, which `edit` may not write either
    role('admin', [{ resources: [GRANTS, INSTANCES], verbs: WRITE }], 'admin'),
  ]
}
