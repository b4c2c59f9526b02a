import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { z } from 'zod'
import type { TestCluster } from '../cluster/attach.ts'
import type { KubectlResult } from '../cluster/kubectl.ts'
import { describeOnCluster } from '../cluster/describe-on-cluster.ts'
import { startCluster } from '../cluster/start.ts'
import { waitUntil } from '../cluster/wait-until.ts'
import { NAME, renderInstall, SYSTEM_NAMESPACE, type RenderedInstall } from './support/installation.ts'
import { installWebhook } from './support/installed-webhook.ts'
import { createInstance } from './support/instances.ts'
import { create, createNamespace, parseObjects } from './support/objects.ts'
import { aPod, readPod, waitForPods } from './support/pods.ts'
import { mayDo, serviceAccount } from './support/rights.ts'

const OUR_RESOURCES = [
  'daprsharedpolicies',
  'daprsharedgrants',
  'daprsharedexceptions',
  'daprsharedinstances',
]
const SERVICE = serviceAccount(SYSTEM_NAMESPACE, NAME)

// On a cluster of its own: it is new to the installation, and its audit log tells what our ServiceAccount does.
describeOnCluster('the output of dapr-shared manifests', (shared) => {
  let cluster: TestCluster
  let rendered: RenderedInstall
  let auditLog: string

  beforeAll(async () => {
    const policy = join(shared.dir, 'service-account-audit-policy.yaml')
    auditLog = join(shared.dir, 'service-account-audit.log')
    await writeFile(policy, stringify(auditPolicyOf(SERVICE.user)))
    cluster = await startCluster({
      assets: shared.assets,
      apiServerFlags: [`--audit-policy-file=${policy}`, `--audit-log-path=${auditLog}`],
    })
    rendered = await renderInstall(cluster)
  })
  afterAll(async () => cluster[Symbol.asyncDispose]())

  test('is taken whole by kubectl apply with strict validation, and changes nothing the second time', async () => {
    const apply = (): Promise<KubectlResult> =>
      cluster.kubectl(['apply', '--validate=strict', '-f', '-'], { stdin: rendered.yaml })
    const { stdout, stderr } = await apply()
    expect(stdout.trim().split('\n')).toEqual(
      parseObjects(rendered.yaml).map(() => expect.stringMatching(/ created$/) as unknown),
    )
    expect(stderr).toBe('')

    await untilReplicasRun(cluster)
    const before = await versionsOf(cluster, rendered)
    expect((await apply()).stderr).toBe('')
    expect(await versionsOf(cluster, rendered)).toEqual(before)
  })

  test('is taken by server-side apply, too, which changes nothing either', async () => {
    const args = ['apply', '--server-side', '--validate=strict', '--force-conflicts', '-f', '-']
    await cluster.kubectl(args, { stdin: rendered.yaml })
    const before = await versionsOf(cluster, rendered)
    const { stderr } = await cluster.kubectl(args, { stdin: rendered.yaml })
    expect(stderr).toBe('')
    expect(await versionsOf(cluster, rendered)).toEqual(before)
  })

  test('runs its pods under the restricted Pod Security Standard, behind its Service', async () => {
    await untilReplicasRun(cluster)
    const pods = await waitForPods(cluster, SYSTEM_NAMESPACE, `app.kubernetes.io/name=${NAME}`, { count: 2 })
    expect(pods).toHaveLength(2)
    const slices = await waitUntil('its EndpointSlice has both pods', async () => {
      const path = `/apis/discovery.k8s.io/v1/namespaces/${SYSTEM_NAMESPACE}/endpointslices`
      const { items } = endpointSlices.parse((await cluster.request('GET', path)).body)
      return items.some(({ endpoints }) => endpoints?.length === 2) && items
    })
    expect(new Set(slices.flatMap(({ ports }) => ports.map(({ port }) => port)))).toEqual(
      new Set([8080, 8443]),
    )
  })

  test('makes configurations that fail closed for pods that ask, and open for what is mere advice', async () => {
    const common = {
      sideEffects: 'NoneOnDryRun',
      matchPolicy: 'Equivalent',
      namespaceSelector: {
        matchExpressions: [
          {
            key: 'kubernetes.io/metadata.name',
            operator: 'NotIn',
            values: ['kube-system', 'kube-node-lease', 'kube-public', SYSTEM_NAMESPACE],
          },
        ],
      },
    }
    const decisive = { ...common, failurePolicy: 'Fail', timeoutSeconds: 5 }
    const read = async (resource: string): Promise<unknown> =>
      (await cluster.request('GET', `/apis/admissionregistration.k8s.io/v1/${resource}/${NAME}`)).body
    expect(await read('mutatingwebhookconfigurations')).toMatchObject({
      webhooks: [
        {
          ...decisive,
          name: 'mutate.shared.dapr.io',
          reinvocationPolicy: 'IfNeeded',
          rules: [{ operations: ['CREATE'], resources: ['pods'] }],
        },
      ],
    })
    expect(await read('validatingwebhookconfigurations')).toMatchObject({
      webhooks: [
        {
          ...decisive,
          name: 'validate.shared.dapr.io',
          rules: [{ operations: ['CREATE', 'UPDATE'], resources: ['pods'] }],
        },
        { ...common, name: 'workloads.shared.dapr.io', failurePolicy: 'Ignore', timeoutSeconds: 3 },
      ],
    })
    // it sorts before `dapr-sidecar-injector`, so that it is called before it
    expect([NAME, 'dapr-sidecar-injector'].toSorted()[0]).toBe(NAME)
  })

  test.for([
    ['get', '', 'secrets'],
    ['list', '', 'secrets'],
    ['watch', '', 'secrets'],
    ['list', '', 'configmaps'],
    ['get', '', 'pods'],
    ['create', '', 'pods'],
    ['patch', '', 'pods'],
    ['patch', '', 'services'],
    ['patch', 'shared.dapr.io', 'daprsharedpolicies'],
    ['create', 'shared.dapr.io', 'daprsharedexceptions'],
    ['use', 'shared.dapr.io', 'daprsharedinstances'],
    ['get', 'coordination.k8s.io', 'leases'],
    ['delete', 'coordination.k8s.io', 'leases'],
    ['create', 'rbac.authorization.k8s.io', 'rolebindings'],
    ['patch', 'apps', 'deployments'],
    ['delete', 'apps', 'daemonsets'],
    ['patch', 'admissionregistration.k8s.io', 'mutatingwebhookconfigurations'],
    ['impersonate', '', 'serviceaccounts'],
    ['create', '', 'serviceaccounts/token'],
  ] as const)('gives its ServiceAccount no right to %s %s/%s', async ([verb, group, path]) => {
    const [resource, subresource] = path.split('/')
    expect(await mayDo(cluster, SERVICE, { verb, group, resource, subresource })).toBe(false)
    expect(
      await mayDo(cluster, SERVICE, { verb, group, resource, subresource, namespace: SYSTEM_NAMESPACE }),
    ).toBe(false)
  })

  test('lets it keep one Lease, its own', async () => {
    const lease = { group: 'coordination.k8s.io', resource: 'leases', name: NAME }
    const may = (verb: string, rest: Record<string, string> = {}): Promise<boolean> =>
      mayDo(cluster, SERVICE, { verb, ...lease, namespace: SYSTEM_NAMESPACE, ...rest })
    for (const verb of ['get', 'update', 'patch']) expect(await may(verb)).toBe(true)
    expect(await may('create')).toBe(true)
    expect(await may('update', { name: 'another' })).toBe(false)
    expect(await may('create', { namespace: 'default' })).toBe(false)
  })

  test('grants what a server uses that syncs, injects and refuses, and what is known to be used besides', async () => {
    const webhook = await installWebhook(cluster)
    const server = await webhook.start()
    await webhook.effective()
    const namespace = await createNamespace(cluster, 'shop')
    await createInstance(cluster, namespace, 'order')
    expect(await create(cluster, namespace, aPod('injected', 'order'))).toMatchObject({ status: 201 })
    // a refusal is looked up live, in the one namespace
    expect(await create(cluster, namespace, aPod('refused', 'oder'))).toMatchObject({ status: 403 })
    expect(await server.stop()).toBe(0)

    const used = await waitUntil('the audit log has the last of it', async () => {
      const lines = (await readFile(auditLog, 'utf8')).split('\n').slice(0, -1)
      const events = lines.map((line) => serviceAccountEvent.parse(JSON.parse(line)))
      return events.some(({ objectRef }) => objectRef?.namespace === namespace) && events
    })
    const rightsUsed = used.map(({ verb, objectRef }) =>
      rightOf(
        verb,
        objectRef?.apiGroup,
        [objectRef?.resource, objectRef?.subresource].filter(Boolean).join('/'),
      ),
    )
    expect([...new Set([...rightsUsed, ...usedBesides])].toSorted()).toEqual(
      grantedRights(rendered).toSorted(),
    )
    const forbidden = used.filter(({ responseStatus }) => [401, 403].includes(responseStatus.code))
    expect(forbidden).toEqual([])
  })

  test('can be taken away so that the kinds stay, and all policies with them', async () => {
    const { stdout } = await cluster.kubectl(
      ['delete', '--dry-run=server', '-o=name', '-l', 'app.kubernetes.io/version', '-f', '-'],
      { stdin: rendered.yaml },
    )
    const deleted = stdout.trim().split('\n')
    expect(deleted.filter((name) => name.startsWith('customresourcedefinition'))).toEqual([])
    expect(deleted).toHaveLength(
      parseObjects(rendered.yaml).filter(({ kind }) => kind !== 'CustomResourceDefinition').length,
    )
  })

  test('is taken away whole by kubectl delete, and pods that ask are then created as they are', async () => {
    await cluster.kubectl(['delete', '--timeout=60s', '-f', '-'], { stdin: rendered.yaml })
    expect(await versionsOf(cluster, rendered)).toEqual(parseObjects(rendered.yaml).map(() => undefined))
    const namespace = await createNamespace(cluster, 'shop')
    await waitUntil('the API server calls nobody any more', async () => {
      const { status } = await create(cluster, namespace, aPod('afterwards', 'order'))
      return status === 201
    })
    expect((await readPod(cluster, namespace, 'afterwards')).metadata.labels).toEqual({})
  })
})

/** Records each request of one user, without bodies. */
function auditPolicyOf(user: string): object {
  return {
    apiVersion: 'audit.k8s.io/v1',
    kind: 'Policy',
    omitStages: ['RequestReceived'],
    rules: [{ level: 'Metadata', users: [user] }, { level: 'None' }],
  }
}

const serviceAccountEvent = z.looseObject({
  verb: z.string(),
  objectRef: z
    .looseObject({
      resource: z.string().optional(),
      subresource: z.string().optional(),
      apiGroup: z.string().optional(),
      namespace: z.string().optional(),
    })
    .optional(),
  responseStatus: z.looseObject({ code: z.number() }),
})

const endpointSlices = z.object({
  items: z.array(
    z.object({ endpoints: z.array(z.unknown()).nullish(), ports: z.array(z.object({ port: z.number() })) }),
  ),
})

async function untilReplicasRun(cluster: TestCluster): Promise<void> {
  await cluster.kubectl(['rollout', 'status', `deployment/${NAME}`, '-n', SYSTEM_NAMESPACE, '--timeout=60s'])
}

const CLUSTER_KINDS = new Set([
  'Namespace',
  'ClusterRole',
  'ClusterRoleBinding',
  'MutatingWebhookConfiguration',
  'ValidatingWebhookConfiguration',
  'ValidatingAdmissionPolicy',
  'ValidatingAdmissionPolicyBinding',
  'CustomResourceDefinition',
])

/** The resourceVersion of each rendered object; undefined for one that is not there. */
async function versionsOf(
  { request }: TestCluster,
  { yaml }: RenderedInstall,
): Promise<(string | undefined)[]> {
  return Promise.all(
    parseObjects(yaml).map(async ({ apiVersion, kind, metadata }) => {
      const group = apiVersion === 'v1' ? '/api/v1' : `/apis/${apiVersion}`
      const plural = kind.toLowerCase().replace(/y$/, 'ie') + 's'
      const place = CLUSTER_KINDS.has(kind) ? '' : `/namespaces/${metadata.namespace}`
      const { body } = await request('GET', `${group}${place}/${plural}/${metadata.name}`)
      return z
        .looseObject({ metadata: z.looseObject({ resourceVersion: z.string().optional() }) })
        .parse(body).metadata.resourceVersion
    }),
  )
}

/** Used where a policy, an owner or a resource of ours calls for it, and by the one replica that writes statuses. */
const usedBesides = [
  ...['list', 'watch'].flatMap((verb) => [
    rightOf(verb, '', 'pods'),
    ...OUR_RESOURCES.map((resource) => rightOf(verb, 'shared.dapr.io', resource)),
  ]),
  ...['daemonsets', 'deployments', 'replicasets', 'statefulsets'].map((owner) =>
    rightOf('get', 'apps', owner),
  ),
  rightOf('get', '', 'replicationcontrollers'),
  ...['jobs', 'cronjobs'].map((owner) => rightOf('get', 'batch', owner)),
  ...['revisions', 'configurations', 'services'].map((owner) => rightOf('get', 'serving.knative.dev', owner)),
  rightOf('create', 'authorization.k8s.io', 'subjectaccessreviews'),
  ...OUR_RESOURCES.map((resource) => rightOf('patch', 'shared.dapr.io', `${resource}/status`)),
  ...['create', 'get', 'update', 'patch'].map((verb) => rightOf(verb, 'coordination.k8s.io', 'leases')),
  ...['create', 'patch'].map((verb) => rightOf(verb, 'events.k8s.io', 'events')),
]

const ownRole = z.object({
  rules: z.array(
    z.object({ apiGroups: z.array(z.string()), resources: z.array(z.string()), verbs: z.array(z.string()) }),
  ),
})

function grantedRights({ yaml }: RenderedInstall): string[] {
  const own = parseObjects(yaml).filter(
    ({ kind, metadata }) => /^(Cluster)?Role$/.test(kind) && metadata.name === NAME,
  )
  const rules = own.flatMap((role) => ownRole.parse(role).rules)
  return rules.flatMap(({ apiGroups, resources, verbs }) =>
    apiGroups.flatMap((group) =>
      resources.flatMap((resource) => verbs.map((verb) => rightOf(verb, group, resource))),
    ),
  )
}

function rightOf(verb: string, group = '', resource = ''): string {
  return `${verb} ${group === '' ? resource : `${resource}.${group}`}`
}
