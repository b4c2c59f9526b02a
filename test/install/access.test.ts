import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { accessObjects, type AccessOptions } from '../../src/install/access.ts'
import { userRoles } from '../../src/install/user-roles.ts'

const Role = z.looseObject({
  kind: z.string(),
  metadata: z.looseObject({
    name: z.string(),
    namespace: z.string().optional(),
    labels: z.record(z.string(), z.string()),
  }),
  rules: z.array(
    z.object({
      apiGroups: z.array(z.string()),
      resources: z.array(z.string()),
      resourceNames: z.array(z.string()).optional(),
      verbs: z.array(z.string()),
    }),
  ),
})

const rolesOf = (objects: readonly object[]) =>
  objects.filter((object) => 'rules' in object).map((object) => Role.parse(object))

/** Each right in one word: `list services`, `get jobs.batch`. */
const rightsOf = ({ rules }: z.infer<typeof Role>): string[] =>
  rules.flatMap(({ apiGroups, resources, resourceNames, verbs }) =>
    verbs.flatMap((verb) =>
      resources.flatMap((resource) =>
        apiGroups.map((group) =>
          [verb, group === '' ? resource : `${resource}.${group}`, ...(resourceNames ?? [])].join(' '),
        ),
      ),
    ),
  )

const own = rolesOf(accessObjects({ namespace: 'platform', labels: {} }))
const people = rolesOf(userRoles({ 'app.kubernetes.io/name': 'x' }))

describe('the service', () => {
  test('may read what tells of instances, owners and policies, ask for authorization, and write statuses and Events', () => {
    const ours = ['policies', 'grants', 'exceptions', 'instances'].map((kind) => `daprshared${kind}`)
    expect(
      own
        .filter(({ kind }) => kind === 'ClusterRole')
        .flatMap(rightsOf)
        .toSorted(),
    ).toEqual(
      [
        ...['daemonsets', 'deployments'].flatMap((kind) =>
          ['get', 'list', 'watch'].map((verb) => `${verb} ${kind}.apps`),
        ),
        ...['services', 'namespaces', 'pods'].flatMap((kind) => [`list ${kind}`, `watch ${kind}`]),
        ...ours.flatMap((kind) => [
          `list ${kind}.shared.dapr.io`,
          `watch ${kind}.shared.dapr.io`,
          `patch ${kind}/status.shared.dapr.io`,
        ]),
        'get replicasets.apps',
        'get statefulsets.apps',
        'get replicationcontrollers',
        'get jobs.batch',
        'get cronjobs.batch',
        'get revisions.serving.knative.dev',
        'get configurations.serving.knative.dev',
        'get services.serving.knative.dev',
        'create subjectaccessreviews.authorization.k8s.io',
        ...['create', 'patch'].map((verb) => `${verb} events.events.k8s.io`),
      ].toSorted(),
    )
  })

  test('may keep one Lease, in its own namespace', () => {
    const roles = own.filter(({ kind }) => kind === 'Role')
    expect(roles.map(({ metadata }) => metadata.namespace)).toEqual(['platform'])
    expect(roles.flatMap(rightsOf)).toEqual([
      'get leases.coordination.k8s.io dapr-shared-admission',
      'create leases.coordination.k8s.io dapr-shared-admission',
      'update leases.coordination.k8s.io dapr-shared-admission',
      'patch leases.coordination.k8s.io dapr-shared-admission',
    ])
  })

  const rightsWith = (options: Omit<AccessOptions, 'namespace' | 'labels'>): string[] =>
    rolesOf(accessObjects({ namespace: 'platform', labels: {}, ...options })).flatMap(rightsOf)
  const without = (more: readonly string[]): string[] => {
    const usual = rightsWith({})
    return more.filter((right) => !usual.includes(right))
  }

  test('writes no Events where they are off', () => {
    expect(rightsWith({ events: false })).not.toContain('create events.events.k8s.io')
  })

  test('may read a certificate that somebody else keeps, and no other Secret', () => {
    expect(without(rightsWith({ certificates: { mode: 'secret', secret: 'ours' } }))).toEqual([
      'get secrets ours',
      'list secrets ours',
      'watch secrets ours',
    ])
  })

  test('may keep a certificate of its own, and put its CA into its own configurations', () => {
    const name = 'dapr-shared-admission'
    expect(without(rightsWith({ certificates: { mode: 'built-in' } })).toSorted()).toEqual(
      [
        ...['get', 'list', 'watch', 'create', 'patch'].map((verb) => `${verb} secrets ${name}-certificates`),
        ...['mutating', 'validating'].flatMap((kind) =>
          ['get', 'list', 'watch', 'patch'].map(
            (verb) => `${verb} ${kind}webhookconfigurations.admissionregistration.k8s.io ${name}`,
          ),
        ),
      ].toSorted(),
    )
  })

  test('binds each role to its one ServiceAccount', () => {
    const bindings = accessObjects({ namespace: 'platform', labels: {} }).filter(
      (object) => 'roleRef' in object,
    )
    const subjects = [{ kind: 'ServiceAccount', name: 'dapr-shared-admission', namespace: 'platform' }]
    expect(bindings).toMatchObject([
      {
        kind: 'ClusterRoleBinding',
        roleRef: { kind: 'ClusterRole', name: 'dapr-shared-admission' },
        subjects,
      },
      { kind: 'RoleBinding', roleRef: { kind: 'Role', name: 'dapr-shared-admission' }, subjects },
    ])
  })
})

describe('the roles for people', () => {
  test('concern our own resources only, and neither the use of an app-id nor everything', () => {
    for (const { apiGroups, verbs, resources } of people.flatMap(({ rules }) => rules)) {
      expect(apiGroups).toEqual(['shared.dapr.io'])
      expect([...verbs, ...resources].filter((word) => /^use$|[*/]/.test(word))).toEqual([])
    }
  })

  test.each([
    ['view', ['dapr-shared-view']],
    ['edit', []],
    ['admin', ['dapr-shared-admin']],
  ])('%s of a namespace takes in %j', (standard, expected) => {
    const label = `rbac.authorization.k8s.io/aggregate-to-${standard}`
    expect(
      people.filter(({ metadata }) => label in metadata.labels).map(({ metadata }) => metadata.name),
    ).toEqual(expected)
  })

  test("let no namespace's owner write an exception or a policy by himself", () => {
    const aggregated = people.filter(({ metadata }) =>
      Object.keys(metadata.labels).some((label) => label.includes('aggregate-to')),
    )
    expect(
      aggregated
        .flatMap(rightsOf)
        .filter((right) => /(exceptions|policies)/.test(right) && !/^(get|list|watch) /.test(right)),
    ).toEqual([])
  })
})
