import { beforeAll, describe, expect, test } from 'vitest'
import type { ResourceKind } from '../../src/policy/kinds.ts'
import { waitUntil } from '../cluster/wait-until.ts'
import { describeInstalled } from './support/describe-installed.ts'
import { createInstance } from './support/instances.ts'
import { create, createNamespace, type KubeObject } from './support/objects.ts'
import { aTemplate } from './support/pods.ts'
import { applyResources, aPolicy, deleteResources } from './support/resources.ts'
import { untilWatched } from './support/until-watched.ts'
import { DEFINITIONS, KNATIVE_DEFINITION } from './support/definitions.ts'

// Who applies a workload is told at once what its pods would be told, as a warning that kubectl prints.

const namespace = 'e2e-advice'

const labels = { app: 'a' }
type Template = Pick<KubeObject, 'metadata'> & { spec: object }
const forJobs = ({ metadata, spec }: Template): Template => ({
  metadata,
  spec: { ...spec, restartPolicy: 'Never' },
})

const selecting = (kind: string, more: object = {}) => {
  return (template: Template): KubeObject => ({
    apiVersion: 'apps/v1',
    kind,
    metadata: { name: kind.toLowerCase() },
    spec: { selector: { matchLabels: labels }, template, ...more },
  })
}

const KINDS: Readonly<Record<string, (template: Template) => KubeObject>> = {
  Deployment: selecting('Deployment', { replicas: 0 }),
  StatefulSet: selecting('StatefulSet', { serviceName: 'a', replicas: 0 }),
  ReplicaSet: selecting('ReplicaSet', { replicas: 0 }),
  DaemonSet: selecting('DaemonSet'),
  Job: (template) => ({
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: 'job' },
    spec: { suspend: true, template: forJobs(template) },
  }),
  CronJob: (template) => ({
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name: 'cronjob' },
    spec: { schedule: '0 0 1 1 *', jobTemplate: { spec: { template: forJobs(template) } } },
  }),
  'Knative Service': (template) => ({
    apiVersion: 'serving.knative.dev/v1',
    kind: 'Service',
    metadata: { name: 'knative' },
    spec: { template },
  }),
}

const POLICIES: readonly (KubeObject & { kind: ResourceKind })[] = [
  aPolicy('e2e-advice-only', namespace, {
    match: { appIds: ['order'], objectSelector: { matchLabels: { policy: 'advice' } } },
    rules: { strategies: { allowed: ['Deployment'] } },
  }),
  aPolicy('e2e-advice-refused', namespace, {
    match: { appIds: ['order'], objectSelector: { matchLabels: { policy: 'refused' } } },
    rules: { strategies: { allowed: ['Deployment'] } },
    scopedActions: [{ points: ['Workload'], actions: ['Deny'] }],
  }),
  aPolicy('e2e-advice-kinds', namespace, {
    match: { objectSelector: { matchLabels: { policy: 'kinds' } } },
    rules: { workloads: { allowedKinds: ['Deployment'] } },
  }),
]

describeInstalled('a workload', (cluster, webhook) => {
  beforeAll(async () => {
    await cluster.request('POST', DEFINITIONS, KNATIVE_DEFINITION)
    await createNamespace(cluster, namespace)
    await createInstance(cluster, namespace, 'order')
    await applyResources(cluster, POLICIES)
    await untilWatched(webhook(), namespace, 'order')
    const knative = KINDS['Knative Service']?.(aTemplate(undefined)) as KubeObject
    await waitUntil(
      'Knative Services can be created',
      async () => (await create(cluster, namespace, knative, { dryRun: true })).status === 201,
    )
    return async () => {
      await deleteResources(cluster, POLICIES)
      await cluster.request('DELETE', `${DEFINITIONS}/${KNATIVE_DEFINITION.metadata.name}`)
    }
  })

  const apply = async (
    object: unknown,
    ...flags: readonly string[]
  ): Promise<{ code: number; stdout: string; stderr: string }> =>
    cluster.kubectl(['apply', '-n', namespace, '-f', '-', ...flags], {
      stdin: JSON.stringify(object),
      allowFailure: true,
    })
  const calls = (): Promise<number> =>
    webhook().metric('dapr_shared_admission_requests_total', { webhook: 'workloads' })

  describe.for(Object.entries(KINDS))('of kind %s', ([, workload]) => {
    test('that asks for what is not there is applied with the warning that its pods would be refused', async () => {
      const { code, stderr, stdout } = await apply(workload(aTemplate('oder', { labels })))
      expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(/ created\n$/) as string })
      expect(stderr).toContain('Warning: [instance.missing] ')
      expect(stderr).toContain('Did you mean "order"?')
    })

    test('that is mended is applied in silence, and changed in nothing', async () => {
      const object = workload(aTemplate('order', { labels }))
      const { code, stderr } = await apply(object)
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
      const { stdout } = await cluster.kubectl(['get', '-n', namespace, '-o', 'json', '-f', '-'], {
        stdin: JSON.stringify(object),
      })
      expect(stdout).not.toMatch(/DAPR_HTTP_ENDPOINT|dapr\.io\/shared-status|"shared\.dapr\.io\//)
    })

    test('with the annotation in the wrong place is told where to move it', async () => {
      const object = workload(aTemplate(undefined, { labels }))
      const metadata = { ...object.metadata, name: 'misplaced', annotations: { 'dapr.io/shared': 'order' } }
      const { code, stderr } = await apply({ ...object, metadata }, '--dry-run=server')
      expect(code).toBe(0)
      expect(stderr).toContain('Warning: [annotation.unknown] dapr.io/shared is on the ')
      expect(stderr).toContain('template.metadata.annotations')
    })

    test('is not even told of, where it does not ask', async () => {
      const before = await calls()
      const object = workload(aTemplate(undefined, { labels }))
      const { code, stderr } = await apply(
        { ...object, metadata: { name: `plain-${object.metadata.name}` } },
        '--dry-run=server',
      )
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
      expect(await calls()).toBe(before)
    })
  })

  describe('with our labels', () => {
    const forging = (key: string, template: Template, more: object): KubeObject => ({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: `forging-${key.length}` },
      spec: { replicas: 0, template, ...more },
    })
    const template = aTemplate('order', { labels })
    const label = { 'shared.dapr.io/app-id': 'order' }
    test.for([
      [
        'in its template',
        forging('a', aTemplate('order', { labels: { ...labels, ...label } }), {
          selector: { matchLabels: labels },
        }),
      ],
      [
        'in its selector',
        forging('aa', aTemplate('order', { labels: { ...labels, ...label } }), {
          selector: { matchLabels: label },
        }),
      ],
      [
        'in an expression of its selector',
        forging('aaa', template, {
          selector: {
            matchLabels: labels,
            matchExpressions: [{ key: 'shared.dapr.io/app-namespace', operator: 'DoesNotExist' }],
          },
        }),
      ],
    ] as const)('%s is refused', async ([, object]) => {
      const { code, stderr } = await apply(object)
      expect(code).toBe(1)
      expect(stderr).toContain('[label.forged]')
    })
  })

  describe('under a policy', () => {
    const Deployment = KINDS['Deployment'] as (template: Template) => KubeObject
    const under = (policy: string): KubeObject => {
      const object = Deployment(aTemplate('order', { labels: { ...labels, policy } }))
      return { ...object, metadata: { name: `under-${policy}` } }
    }
    test('that refuses its pods is applied, as nobody would try again', async () => {
      const { code, stderr } = await apply(under('advice'))
      expect(code).toBe(0)
      expect(stderr).toContain('Warning: [strategy.not-allowed]')
    })

    test('that wants workloads refused is refused', async () => {
      const { code, stderr } = await apply(under('refused'))
      expect(code).toBe(1)
      expect(stderr).toContain('[strategy.not-allowed]')
    })

    test('of kinds is known by its own kind', async () => {
      expect((await apply(under('kinds'))).stderr).toBe('')
      const Job = KINDS['Job'] as (template: Template) => KubeObject
      const job = Job(aTemplate('order', { labels: { ...labels, policy: 'kinds' } }))
      const { code, stderr } = await apply({ ...job, metadata: { name: 'under-kinds' } })
      expect(code).toBe(0)
      expect(stderr).toContain('Warning: [workload.kind-not-allowed]')
    })
  })

  test('is applied while the webhook is gone: it is only advice', async () => {
    await webhook().server.stop()
    const Deployment = KINDS['Deployment'] as (template: Template) => KubeObject
    const object = { ...Deployment(aTemplate('oder', { labels })), metadata: { name: 'meanwhile' } }
    const { code, stderr } = await apply(object)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    await webhook().start()
  })
})
