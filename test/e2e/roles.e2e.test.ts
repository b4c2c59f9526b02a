import { beforeAll, expect, test } from 'vitest'
import type { TestCluster } from '../cluster/attach.ts'
import { describeOnCluster } from '../cluster/describe-on-cluster.ts'
import { waitUntil } from '../cluster/wait-until.ts'
import { removeConfigurations, renderInstall } from './support/installation.ts'
import { createNamespace } from './support/objects.ts'
import { mayDo } from './support/rights.ts'

// What people may do with our resources. No CRD is needed for that: authorization knows names alone.

const namespace = 'e2e-roles'
const RBAC = '/apis/rbac.authorization.k8s.io/v1'
const [POLICIES, GRANTS, EXCEPTIONS, INSTANCES] = [
  'daprsharedpolicies',
  'daprsharedgrants',
  'daprsharedexceptions',
  'daprsharedinstances',
] as const
const NAMESPACED = [GRANTS, EXCEPTIONS, INSTANCES]
const READ = ['get', 'list', 'watch']
const WRITE = ['create', 'update', 'patch', 'delete', 'deletecollection']

type Expected = readonly (readonly [resources: readonly string[], verbs: readonly string[]])[]

/** Bound in the namespace. */
const OWNERS: readonly (readonly [role: string, may: Expected])[] = [
  ['view', [[NAMESPACED, READ]]],
  ['edit', [[NAMESPACED, READ]]],
  [
    'admin',
    [
      [NAMESPACED, READ],
      [[GRANTS, INSTANCES], WRITE],
    ],
  ],
  ['dapr-shared-exception-author', [[[EXCEPTIONS], [...READ, ...WRITE]]]],
]
/** Bound in the cluster. */
const PLATFORM: readonly (readonly [role: string, may: Expected])[] = [
  [
    'dapr-shared-policy-author',
    [
      [[POLICIES], [...READ, ...WRITE]],
      [NAMESPACED, READ],
    ],
  ],
  ['dapr-shared-policy-viewer', [[[POLICIES, ...NAMESPACED], READ]]],
]

describeOnCluster('the roles for people', (cluster) => {
  beforeAll(async () => {
    await createNamespace(cluster, namespace)
    const { yaml } = await renderInstall(cluster)
    await cluster.apply(yaml)
    await removeConfigurations(cluster)
    const roles = [
      ...OWNERS.map((entry) => [entry, true] as const),
      ...PLATFORM.map((entry) => [entry, false] as const),
    ]
    for (const [[role], inNamespace] of roles) {
      const place = inNamespace ? `/namespaces/${namespace}/rolebindings` : '/clusterrolebindings'
      const { status } = await cluster.request('POST', `${RBAC}${place}`, {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: inNamespace ? 'RoleBinding' : 'ClusterRoleBinding',
        metadata: { name: `e2e-${role}` },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
        subjects: [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: `user-${role}` }],
      })
      expect(status).toBe(201)
    }
    await waitUntil('the standard roles have taken ours in', () =>
      may(cluster, 'user-admin', 'create', GRANTS),
    )
    return async () => {
      for (const [role] of PLATFORM)
        await cluster.request('DELETE', `${RBAC}/clusterrolebindings/e2e-${role}`)
    }
  })

  test.for([...OWNERS, ...PLATFORM])('%s gives these rights and no others', async ([role, expected]) => {
    const wanted = expected.flatMap(([resources, verbs]) =>
      resources.flatMap((resource) => verbs.map((verb) => `${verb} ${resource}`)),
    )
    // the roles that are gathered from others take one after the other in
    await expect
      .poll(async () => (await rightsOf(cluster, `user-${role}`)).toSorted(), { timeout: 30_000 })
      .toEqual(wanted.toSorted())
  })

  test('an admin of a namespace cannot give himself the use of an app-id, nor an exception', async () => {
    for (const rule of [
      { resources: [INSTANCES], verbs: ['use'] },
      { resources: [EXCEPTIONS], verbs: ['create'] },
    ]) {
      const { status, body } = await cluster.request(
        'POST',
        `${RBAC}/namespaces/${namespace}/roles?dryRun=All`,
        {
          apiVersion: 'rbac.authorization.k8s.io/v1',
          kind: 'Role',
          metadata: { name: 'mine' },
          rules: [{ apiGroups: ['shared.dapr.io'], ...rule }],
        },
        { 'impersonate-user': 'user-admin' },
      )
      expect(status).toBe(403)
      expect(JSON.stringify(body)).toContain('attempting to grant RBAC permissions not currently held')
    }
  })
})

async function rightsOf(cluster: TestCluster, user: string): Promise<string[]> {
  const resources = [POLICIES, ...NAMESPACED].flatMap((resource) => [resource, `${resource}/status`])
  const pairs = resources.flatMap((resource) =>
    [...READ, ...WRITE, 'use', '*'].map((verb) => [verb, resource] as const),
  )
  const answers = await Promise.all(
    pairs.map(async ([verb, resource]) =>
      (await may(cluster, user, verb, resource)) ? [`${verb} ${resource}`] : [],
    ),
  )
  return answers.flat()
}

function may(cluster: TestCluster, user: string, verb: string, path: string): Promise<boolean> {
  const [resource, subresource] = path.split('/')
  return mayDo(
    cluster,
    { user, groups: ['system:authenticated'] },
    { group: 'shared.dapr.io', verb, resource, subresource, namespace, name: 'order' },
  )
}
