import { beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { waitUntil } from '../cluster/wait-until.ts'
import { describeInstalled } from './support/describe-installed.ts'
import { create, createNamespace, pathOfAll, type KubeObject } from './support/objects.ts'
import { aPod, aTemplate } from './support/pods.ts'
import { reviewOf } from './support/reviews.ts'

const namespace = 'e2e-events'

const event = z.looseObject({
  metadata: z.looseObject({ name: z.string() }),
  reason: z.string(),
  note: z.string(),
  regarding: z.looseObject({ kind: z.string(), name: z.string() }),
  series: z.looseObject({ count: z.number() }).optional(),
})
const withUid = z.looseObject({ metadata: z.looseObject({ uid: z.string() }) })

describeInstalled('a refusal that no person reads', (cluster, webhook) => {
  beforeAll(async () => {
    await createNamespace(cluster, namespace)
  })

  /** Our Events about one object. */
  const eventsAbout = async (kind: string, name: string): Promise<z.infer<typeof event>[]> => {
    const { body } = await cluster.request('GET', `/apis/events.k8s.io/v1/namespaces/${namespace}/events`)
    const { items } = z.looseObject({ items: z.array(event) }).parse(body)
    return items.filter(
      ({ reason, regarding }) =>
        reason === 'RefusedByDaprShared' && regarding.kind === kind && regarding.name === name,
    )
  }
  const told = (result: string): Promise<number> =>
    webhook().metric('dapr_shared_refusal_events_total', { result })
  const refusals = (): Promise<number> =>
    webhook().metric('dapr_shared_admission_requests_total', { decision: 'denied', dry_run: 'false' })
  const deployment = (name: string, appId: string): KubeObject => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: {
      replicas: 1,
      selector: { matchLabels: { app: name } },
      template: aTemplate(appId, { labels: { app: name } }),
    },
  })
  const kubectl = async (...args: string[]): Promise<string> =>
    (await cluster.kubectl([...args, '-n', namespace])).stdout

  test('is a warning on the Deployment, however often its ReplicaSet tries again', async () => {
    const before = await refusals()
    expect((await create(cluster, namespace, deployment('web', 'nobody'))).status).toBe(201)
    await waitUntil('the ReplicaSet has tried again and again', async () => (await refusals()) >= before + 9)
    const [one, ...more] = await waitUntil('the Event tells that it goes on', async () => {
      const events = await eventsAbout('Deployment', 'web')
      return (events[0]?.series?.count ?? 0) >= 2 && events
    })
    expect(more).toEqual([])
    expect(one?.note).toMatch(
      /^\[instance\.missing\] no Dapr Shared instance "nobody" in namespace "e2e-events"/,
    )
    expect(await kubectl('describe', 'deployment', 'web')).toMatch(
      /Warning +RefusedByDaprShared +.*dapr-shared-admission +\[instance\.missing\] no Dapr Shared instance "nobody"/,
    )
    expect(await kubectl('events', '--for', 'deployment/web')).toContain('RefusedByDaprShared')
  })

  test('is on the CronJob that made the Job', async () => {
    const cronJob = {
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      metadata: { name: 'report' },
      spec: {
        schedule: '0 0 1 1 *',
        jobTemplate: { spec: { template: aTemplate('nobody', { restartPolicy: 'Never' }) } },
      },
    }
    expect((await create(cluster, namespace, cronJob)).status).toBe(201)
    await kubectl('create', 'job', 'report-now', '--from=cronjob/report')
    await waitUntil(
      'the CronJob has an Event',
      async () => (await eventsAbout('CronJob', 'report')).length === 1,
    )
  })

  const replicaSet = async (name: string): Promise<{ readonly name: string; readonly uid: string }> =>
    waitUntil(`the ReplicaSet of ${name} is there`, async () => {
      const path = `${pathOfAll({ apiVersion: 'apps/v1', kind: 'ReplicaSet' }, namespace)}?labelSelector=app=${name}`
      const { body } = await cluster.request('GET', path)
      const { items } = z.looseObject({ items: z.array(withUid) }).parse(body)
      const [found] = items
      return found && { name: String(found.metadata['name']), uid: found.metadata.uid }
    })
  const claiming = (
    { name, uid }: { name: string; uid: string },
    labels: Record<string, string>,
  ): KubeObject => {
    const pod = aPod('claims', 'nobody-there', { labels })
    const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name, uid, controller: true }
    return { ...pod, metadata: { ...pod.metadata, ownerReferences: [owner] } }
  }

  test('of a dry run, or of a pod that only claims its owner, is told nowhere', async () => {
    // a Deployment that is admitted: all that could be told of it is forged
    expect((await create(cluster, namespace, deployment('quiet', 'nobody'), { dryRun: true })).status).toBe(
      201,
    )
    const idle = deployment('quiet', 'nobody')
    expect(
      (await create(cluster, namespace, { ...idle, spec: { ...(idle['spec'] as object), replicas: 0 } }))
        .status,
    ).toBe(201)
    const owner = await replicaSet('quiet')
    const { 'pod-template-hash': hash = '', ...labels } = {
      app: 'quiet',
      'pod-template-hash': owner.name.split('-').at(-1),
    }
    const dropped = await told('dropped')

    const honest = { ...labels, 'pod-template-hash': hash }
    const dryRun = await create(cluster, namespace, claiming(owner, honest), { dryRun: true })
    expect(dryRun.status, 'a dry run').toBe(403)
    for (const [what, pod] of [
      ['labels that the ReplicaSet does not select', claiming(owner, { app: 'other' })],
      ['another uid', claiming({ ...owner, uid: '00000000-0000-0000-0000-000000000000' }, honest)],
      ['no such ReplicaSet', claiming({ ...owner, name: 'gone' }, honest)],
    ] as const) {
      const { body } = await webhook().server.review('mutate', reviewOf(pod, namespace))
      expect(body, what).toContain('"allowed":false')
    }
    await waitUntil('the claims were looked at', async () => (await told('dropped')) >= dropped + 3)
    expect(await eventsAbout('Deployment', 'quiet')).toEqual([])
    expect(await eventsAbout('ReplicaSet', owner.name)).toEqual([])

    const { body } = await webhook().server.review('mutate', reviewOf(claiming(owner, honest), namespace))
    expect(body).toContain('"allowed":false')
    await waitUntil('one with the owner that it has is told', async () => {
      return (await eventsAbout('Deployment', 'quiet')).length === 1
    })
  })

  test('costs no right that the service does not have', async () => {
    expect(await told('failed')).toBe(0)
    expect(webhook().server.log.filter(({ msg }) => msg === 'an event was not written')).toEqual([])
  })
})
