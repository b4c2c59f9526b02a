import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { describeOnCluster } from '../cluster/describe-on-cluster.ts'
import { waitUntil } from '../cluster/wait-until.ts'
import { answerTo } from './support/answers.ts'
import { describeInstalled } from './support/describe-installed.ts'
import { startForeignWebhook } from './support/foreign-webhook.ts'
import { createInstance, instanceObjects } from './support/instances.ts'
import { create, createAll, createNamespace, parseObjects, type KubeObject } from './support/objects.ts'
import { aPod, aTemplate, waitForPods, type StoredPod } from './support/pods.ts'
import { aPolicy, applyResources, deleteResources } from './support/resources.ts'
import { runProgram } from './support/run-program.ts'
import { untilWatched } from './support/until-watched.ts'

const namespace = 'e2e-server'

const workload = (apiVersion: string, kind: string, name: string, spec: object): KubeObject => ({
  apiVersion,
  kind,
  metadata: { name },
  spec,
})
const jobTemplate = aTemplate('order', { restartPolicy: 'Never' })
const deployment = (name: string, appId = 'order'): KubeObject =>
  workload('apps/v1', 'Deployment', name, {
    selector: { matchLabels: { app: name } },
    template: aTemplate(appId, { labels: { app: name } }),
  })
const statefulSet = workload('apps/v1', 'StatefulSet', 'db', {
  serviceName: 'db',
  selector: { matchLabels: { app: 'db' } },
  volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: { accessModes: ['ReadWriteOnce'] } }],
  template: aTemplate('order', {
    labels: { app: 'db' },
    containers: [
      { name: 'app', image: 'example.test/app', volumeMounts: [{ name: 'data', mountPath: '/d' }] },
    ],
  }),
})
const job = (name: string): KubeObject => workload('batch/v1', 'Job', name, { template: jobTemplate })
const cronJob = (name: string): KubeObject =>
  workload('batch/v1', 'CronJob', name, {
    schedule: '0 0 1 1 *',
    jobTemplate: { spec: { template: jobTemplate } },
  })

const item = z.looseObject({
  object: z.looseObject({ kind: z.string(), name: z.string() }),
  outcome: z.string(),
  by: z.object({ kind: z.string(), name: z.string() }),
  message: z.string(),
  warnings: z.array(z.string()),
  webhook: z.string(),
  instance: z.string(),
  offline: z.string(),
  differences: z.array(z.object({ field: z.string(), offline: z.string(), cluster: z.string() })),
  changes: z.array(z.looseObject({ field: z.string(), change: z.string() })),
  notes: z.array(z.string()),
})
const serverResult = z.object({ items: z.array(item), summary: z.record(z.string(), z.number()) })

interface Ran {
  readonly code: number
  readonly stderr: string
  readonly items: readonly z.infer<typeof item>[]
}

async function runServer(
  { dir, kubeconfig }: { dir: string; kubeconfig: string },
  objects: readonly KubeObject[],
  args: readonly string[] = [],
): Promise<Ran> {
  const { code, stdout, stderr } = await runProgram(
    ['server', '-f', '-', `--kubeconfig=${kubeconfig}`, '-o', 'json', ...args],
    { cwd: dir, stdin: JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }) },
  )
  return { code, stderr, items: stdout === '' ? [] : serverResult.parse(JSON.parse(stdout)).items }
}

describeInstalled('a dry run against the API server', (cluster, webhook) => {
  const run = (objects: readonly KubeObject[], ...args: string[]): Promise<Ran> =>
    runServer(cluster, objects, ['-n', namespace, ...args])

  beforeAll(async () => {
    await createNamespace(cluster, namespace)
    for (const appId of ['few', 'order']) await createInstance(cluster, namespace, appId)
    await waitForPods(cluster, namespace, 'app.kubernetes.io/name=dapr-shared-chart', { count: 4 })
    await untilWatched(webhook(), namespace, 'order')
  })

  test('of a pod and of all that makes pods: each is injected as the offline answer says', async () => {
    const objects = [aPod('bare', 'order'), deployment('web'), job('once'), cronJob('nightly'), statefulSet]
    const { code, items, stderr } = await run(objects)
    expect(
      items.map(({ object: { kind }, outcome, webhook: part, instance, differences, changes }) => [
        kind,
        outcome,
        part,
        instance,
        differences,
        changes,
      ]),
    ).toEqual(
      ['Pod', 'Deployment', 'Job', 'CronJob', 'StatefulSet'].map((kind) => [
        kind,
        'admitted',
        'ran',
        'e2e-server/order',
        [],
        [],
      ]),
    )
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(items[1]?.notes).toEqual([
      'Deployment e2e-server/web is not in the cluster yet: the pod was sent without an owner, so rules by kind of workload, and capacity, saw a bare pod.',
    ])
  })

  test('of a pod takes nothing that the API server fills in for the work of others', async () => {
    const [pod] = parseObjects(
      readFileSync(join(import.meta.dirname, '../server-dry-run/pod-that-says-much.yaml'), 'utf8'),
    )
    if (pod === undefined) throw new Error('there is no pod')
    const { items } = await run([pod, job('once')], '--allow-empty')
    expect(items.map(({ outcome, message, changes }) => [outcome, message, changes])).toEqual([
      ['admitted', '', []],
      ['admitted', '', []],
    ])
  })

  test('of a pod that we refuse says so, and who, in the same words as offline', async () => {
    const { code, items } = await run([deployment('web', 'oder')])
    expect(code).toBe(1)
    expect(items).toMatchObject([
      {
        outcome: 'refused',
        by: { kind: 'webhook', name: 'mutate.shared.dapr.io' },
        message: expect.stringContaining('[instance.missing]') as string,
        webhook: 'ran',
        offline: 'refused',
        differences: [],
      },
    ])
  })

  test('sends a pod of a workload that the cluster has as its own, so that rules by kind of workload hold', async () => {
    const policy = aPolicy('e2e-server-kinds', namespace, {
      match: { appIds: ['order'] },
      rules: { workloads: { allowedKinds: ['Deployment', 'CronJob'] } },
    })
    await createAll(cluster, namespace, [deployment('kept')])
    await waitForPods(cluster, namespace, 'app=kept')
    await applyResources(cluster, [policy])
    try {
      const { items } = await run([deployment('kept'), deployment('new'), job('once')])
      expect(
        items.map(({ outcome, offline, differences }) => [outcome, offline, differences.length]),
      ).toEqual([
        ['admitted', 'admitted', 0],
        // it is a bare pod for the cluster, and will not be one
        ['refused', 'admitted', 1],
        ['refused', 'refused', expect.any(Number)],
      ])
      expect(items[1]?.message).toContain('[workload.kind-not-allowed]')
      expect(items[1]?.notes).toHaveLength(1)
    } finally {
      await deleteResources(cluster, [policy])
    }
  })

  test('tells a refusal by a quota, by Pod Security and by validation as theirs', async () => {
    const full = await createNamespace(cluster, 'e2e-server-full')
    await cluster.apply(`
apiVersion: v1
kind: ResourceQuota
metadata: {name: none, namespace: ${full}}
spec: {hard: {pods: "0"}}
---
apiVersion: v1
kind: Namespace
metadata: {name: e2e-server-restricted, labels: {pod-security.kubernetes.io/enforce: restricted}}
`)
    await createNamespace(cluster, 'e2e-server-restricted')
    const inside = (pod: KubeObject, name: string): KubeObject => ({
      ...pod,
      metadata: { ...pod.metadata, namespace: name },
    })
    const unasking = aPod('plain', undefined)
    const { code, items } = await waitUntil('the quota counts', async () => {
      const ran = await run([
        inside(unasking, full),
        inside(unasking, 'e2e-server-restricted'),
        { ...unasking, spec: { containers: [{ name: 'app', image: 'a', ports: [{ containerPort: -1 }] }] } },
        { ...unasking, spec: { serviceAccountName: 'nobody', containers: [{ name: 'app', image: 'a' }] } },
      ])
      return ran.items[0]?.by.kind === 'quota' && ran
    })
    expect(items.map(({ outcome, by }) => [outcome, by])).toEqual([
      ['refused', { kind: 'quota', name: 'none' }],
      ['refused', { kind: 'pod-security', name: 'restricted:latest' }],
      ['refused', { kind: 'validation', name: '' }],
      ['refused', { kind: 'admission', name: '' }],
    ])
    expect(items[3]?.notes).toEqual([
      'ServiceAccount nobody is neither in the cluster nor in the files: create it.',
    ])
    expect(code).toBe(1)
  })

  test('tells a refusal by a ValidatingAdmissionPolicy as its own, and what a LimitRange sets as a change', async () => {
    const place = await createNamespace(cluster, 'e2e-server-policy')
    await cluster.apply(`
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: e2e-server-no-latest}
spec:
  matchConstraints:
    resourceRules: [{apiGroups: [''], apiVersions: [v1], operations: [CREATE], resources: [pods]}]
  validations: [{expression: "!object.spec.containers.exists(c, c.image == 'latest')", message: no latest}]
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: e2e-server-no-latest}
spec:
  policyName: e2e-server-no-latest
  validationActions: [Deny]
  matchResources: {namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: ${place}}}}
---
apiVersion: v1
kind: LimitRange
metadata: {name: small, namespace: ${place}}
spec: {limits: [{type: Container, default: {cpu: 500m}}]}
`)
    const within = (spec: object): KubeObject => {
      const { metadata, ...pod } = aPod('odd', undefined)
      return { ...pod, metadata: { ...metadata, namespace: place }, spec }
    }
    const items = await waitUntil('the policy is in force', async () => {
      const ran = await run([
        within({ containers: [{ name: 'app', image: 'latest' }] }),
        within({ containers: [{ name: 'app', image: 'a' }] }),
        within({ containers: [{ name: 'app', image: 'a' }], priorityClassName: 'nobody' }),
      ])
      return ran.items[0]?.outcome === 'refused' && ran.items[1]?.changes.length !== 0 && ran.items
    })
    expect(items[0]).toMatchObject({
      by: { kind: 'policy', name: 'e2e-server-no-latest' },
      message: expect.stringContaining('no latest') as string,
    })
    expect(items[1]?.changes.map(({ field }) => field)).toEqual([
      'metadata.annotations["kubernetes.io/limit-ranger"]',
      'spec.containers["app"].resources.limits["cpu"]',
      'spec.containers["app"].resources.requests["cpu"]',
    ])
    expect(items[2]?.notes).toEqual([
      'PriorityClass nobody is neither in the cluster nor in the files: create it.',
    ])
    await cluster.kubectl([
      'delete',
      'validatingadmissionpolicy,validatingadmissionpolicybinding',
      'e2e-server-no-latest',
    ])
  })

  test('does not blame the pod for a namespace or a ServiceAccount that are about to be applied', async () => {
    const made = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'e2e-server-to-be' } }
    const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'app', namespace } }
    const { code, items } = await run([
      made,
      account,
      { ...aPod('a', 'order'), metadata: { ...aPod('a', 'order').metadata, namespace: 'e2e-server-to-be' } },
      aPod('b', 'order', { serviceAccountName: 'app' }),
    ])
    expect(items.map(({ outcome, notes }) => [outcome, notes.at(-1)])).toEqual([
      [
        'unknown',
        'Namespace e2e-server-to-be is in the files and not in the cluster, and a dry run cannot make it: apply it first, then ask again.',
      ],
      [
        'unknown',
        'ServiceAccount app is in the files and not in the cluster, and a dry run cannot make it: apply it first, then ask again.',
      ],
    ])
    expect(code).toBe(3)
  })

  test('does not blame the pod for an instance that comes in the same files', async () => {
    const together = [...instanceObjects('chart-daemonset', 'coming'), deployment('early', 'coming')]
    const early = (ran: Ran): Ran['items'][number] | undefined =>
      ran.items.find(({ object }) => object.name === 'early')
    const ran = await run(together)
    expect(early(ran)).toMatchObject({
      outcome: 'unknown',
      message: expect.stringContaining('[instance.missing]') as string,
      differences: [],
    })
    expect(early(ran)?.notes.at(-1)).toMatch(/apply them first, then ask again\.$/)
    expect(ran.code).toBe(3)
    expect(early(await run(together, '--state-only'))).toMatchObject({ outcome: 'refused', differences: [] })
  })

  test('of a pod without containers tells what is wrong with it, and blames no webhook', async () => {
    const { code, items } = await run([aPod('empty', 'order', { containers: [] })])
    expect(items).toMatchObject([
      {
        outcome: 'refused',
        by: { kind: 'validation', name: '' },
        message: expect.stringContaining('spec.containers: Required value') as string,
      },
    ])
    expect(code).toBe(1)
  })

  test('of a pod that was debugged is about the pod, not about what kubectl debug put into it', async () => {
    const debugged = aPod('debugged', 'order', {
      ephemeralContainers: [{ name: 'debugger', image: 'example.test/sh' }],
    })
    const { code, items } = await run([debugged])
    expect(items).toMatchObject([{ outcome: 'admitted', instance: 'e2e-server/order', changes: [] }])
    expect(code).toBe(0)
  })

  describe('beside a webhook of somebody else', () => {
    async function beside(
      name: string,
      mutate: (pod: StoredPod) => readonly { op: 'add' | 'remove'; path: string; value?: unknown }[],
      reinvocationPolicy: 'Never' | 'IfNeeded' = 'Never',
    ): Promise<Ran> {
      await using other = await startForeignWebhook(cluster, webhook().rendered, {
        name,
        namespace,
        reinvocationPolicy,
        mutate,
      })
      await waitUntil('the API server calls it', async () => {
        await create(cluster, namespace, aPod('probe', undefined), { dryRun: true })
        return other.calls > 0
      })
      // the other must be there until it has answered
      return await run([aPod('beside', 'order')])
    }

    test('tells what it changes, and takes nothing of it for a difference of ours', async () => {
      const { code, items } = await beside('zz-server-adds', (pod) =>
        pod.spec.containers.some(({ name }) => name === 'added')
          ? []
          : [
              {
                op: 'add',
                path: '/spec/containers/-',
                value: { name: 'added', image: 'example.test/added' },
              },
              { op: 'add', path: '/metadata/labels/added-by', value: 'somebody' },
            ],
      )
      expect(items[0]).toMatchObject({ outcome: 'admitted', webhook: 'ran', differences: [] })
      expect(items[0]?.changes).toEqual([
        { field: 'metadata.labels["added-by"]', change: 'added', before: '', after: 'somebody' },
        { field: 'spec.containers["added"]', change: 'added', before: '', after: '' },
      ])
      expect(code).toBe(0)
    })

    test('that takes our variables away is seen: our second look refuses what the offline answer admits', async () => {
      const { code, items } = await beside(
        'zz-server-robs',
        ({ spec }) => {
          const index = spec.containers.findIndex(({ name }) => name === 'app')
          return spec.containers[index]?.env === undefined
            ? []
            : [{ op: 'remove', path: `/spec/containers/${index}/env` }]
        },
        'IfNeeded',
      )
      expect(items[0]).toMatchObject({
        outcome: 'refused',
        by: { kind: 'webhook', name: 'validate.shared.dapr.io' },
        offline: 'admitted',
        differences: [{ field: '', offline: 'admitted' }],
      })
      expect(code).toBe(1)
    })
  })

  test('leaves no trace: nothing is stored, no place is taken, and no counter moves but that of dry runs', async () => {
    const policy = aPolicy('e2e-server-capacity', namespace, {
      match: { appIds: ['few'] },
      rules: { capacity: { maxPods: 2 } },
    })
    await applyResources(cluster, [policy])
    try {
      const before = await Promise.all([stored(), counters()])
      const dryRuns = { webhook: 'mutate', dry_run: 'true' }
      const asked = await webhook().metric('dapr_shared_admission_requests_total', dryRuns)
      const pods = ['one', 'two', 'three', 'four'].map((name) => aPod(name, 'few'))
      const refused = [
        aPod('typo', 'fwe'),
        aPod('odd', 'few', { annotations: { 'dapr.io/shared-foo': 'x' } }),
      ]
      const { items } = await run([...pods, ...refused, deployment('never')])
      expect(items.map(({ outcome }) => outcome)).toEqual([
        ...Array<string>(4).fill('admitted'),
        'refused',
        'admitted',
        'admitted',
      ])
      expect(items[5]?.warnings[0]).toContain('[annotation.unknown]')
      expect(await Promise.all([stored(), counters()])).toEqual(before)
      expect(await webhook().metric('dapr_shared_admission_requests_total', dryRuns)).toBe(asked + 7)
      for (const name of ['real-1', 'real-2'])
        expect(await answerTo(cluster, namespace, aPod(name, 'few'))).toMatchObject({
          status: 201,
          message: '',
        })
    } finally {
      await deleteResources(cluster, [policy])
    }
  })

  /** Everything in the namespace, and our resources, by what changes with each write. */
  async function stored(): Promise<string[]> {
    const { stdout } = await cluster.kubectl([
      'get',
      'pods,events,deployments,replicasets,jobs,cronjobs,services,serviceaccounts,resourcequotas,daemonsets,daprsharedinstances,daprsharedgrants,daprsharedexceptions,daprsharedpolicies',
      '-n',
      namespace,
      '-o',
      'jsonpath={range .items[*]}{.kind}/{.metadata.name} {.metadata.resourceVersion}{"\\n"}{end}',
    ])
    return stdout.split('\n').filter((line) => line !== '')
  }

  async function counters(): Promise<string[]> {
    const { body } = await webhook().server.ask('/metrics')
    return body
      .split('\n')
      .filter((line) => /^dapr_shared_\w+(_total|_count|_bucket|_sum|_policies|_instances)\b/.test(line))
      .filter((line) => !line.includes('dry_run="true"'))
  }

  test('as somebody who may not create pods says which right is missing', async () => {
    const ran = await runServer(
      { dir: cluster.dir, kubeconfig: cluster.aliceKubeconfig },
      [aPod('a', 'order')],
      ['-n', namespace, '--no-compare'],
    )
    expect(ran.code).toBe(3)
    expect(ran.items[0]).toMatchObject({
      outcome: 'unknown',
      by: { kind: 'authorization' },
      message: expect.stringMatching(/User "alice" cannot create resource "pods"/) as string,
      notes: [
        'A dry run needs the right to create pods in namespace e2e-server. Look: kubectl auth can-i create pods -n e2e-server',
      ],
    })
  })

  test('says that nobody judged while the webhook is down', async () => {
    await webhook().server.stop()
    try {
      const { code, items } = await run([aPod('waiting', 'order'), aPod('plain', undefined)])
      expect(items.map(({ outcome, by, offline }) => [outcome, by, offline])).toEqual([
        ['unknown', { kind: 'webhook', name: 'mutate.shared.dapr.io' }, 'admitted'],
        ['admitted', { kind: '', name: '' }, 'admitted'],
      ])
      expect(code).toBe(3)
    } finally {
      await webhook().start()
      await webhook().effective()
    }
  })

  test('says why where the namespace is not served', async () => {
    const restricted = {
      securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [
        {
          name: 'app',
          image: 'example.test/app',
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
        },
      ],
    }
    const { code, items } = await runServer(
      cluster,
      [aPod('asks', 'order', restricted)],
      ['-n', 'kube-system'],
    )
    expect(items[0]).toMatchObject({ outcome: 'admitted', webhook: 'missing' })
    expect(items[0]?.notes.join(' ')).toContain('namespace kube-system is not served')
    expect(code).toBe(1)
  })
})

describeOnCluster('a dry run where nothing is installed', (cluster) => {
  test('tells that the pod went past us, and why', async () => {
    await createNamespace(cluster, 'e2e-server-bare')
    await createInstance(cluster, 'e2e-server-bare', 'order')
    const { code, items } = await waitUntil('the API server has forgotten the webhook', async () => {
      const ran = await runServer(cluster, [aPod('asks', 'order')], ['-n', 'e2e-server-bare'])
      return ran.items[0]?.outcome === 'admitted' && ran
    })
    expect(items[0]).toMatchObject({ webhook: 'missing', offline: 'admitted', instance: '' })
    expect(items[0]?.notes.join(' ')).toContain(
      'there is no MutatingWebhookConfiguration dapr-shared-admission: the webhook is not installed in this cluster',
    )
    expect(code).toBe(1)
  })
})
