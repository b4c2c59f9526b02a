import { beforeAll, expect, test } from 'vitest'
import { describeInstalled } from './support/describe-installed.ts'
import { injectedWith, injectionOf, knownInstance } from './support/expected.ts'
import { createInstance, instanceObjects } from './support/instances.ts'
import { create, createAll, createNamespace, deleteAll } from './support/objects.ts'
import { aPod, storedPod } from './support/pods.ts'

const namespace = 'e2e-charts'
const PATIENCE = { timeout: 30_000 }

describeInstalled('an instance', (cluster) => {
  beforeAll(async () => {
    await createNamespace(cluster, namespace)
  })

  const askFor = (appId: string, annotations: Record<string, string> = {}): ReturnType<typeof create> =>
    create(cluster, namespace, aPod('asking', appId, { annotations }), { dryRun: true })

  test.for([
    ['chart-daemonset', {}],
    ['chart-deployment', { strategy: 'deployment' }],
    ['chart-0.0.10', { strategy: 'deployment', service: 'old-release', httpPort: 80 }],
    ['chart-dapr-ambient', { service: 'old-release-dapr-ambient', httpPort: 80, tokenSecret: undefined }],
  ] as const)('of %s is recognised by its shape', async ([shape, differences]) => {
    const appId = shape.replaceAll('.', '-')
    const release = 'service' in differences ? 'old-release' : appId
    const instance = await createInstance(cluster, namespace, appId, { shape, release })
    const { status, body } = await askFor(appId)
    expect(status, JSON.stringify(body)).toBe(201)
    expect(injectionOf(storedPod.parse(body))).toEqual(
      injectedWith(
        knownInstance(namespace, appId, { tokenSecret: `${release}-dapr-shared-chart`, ...differences }),
      ),
    )
    await instance.delete()
  })

  test('is accepted by a pod that wants its strategy, and by no other', async () => {
    const strategy = (value: string): Record<string, string> => ({ 'dapr.io/shared-strategy': value })
    await createInstance(cluster, namespace, 'strategic', { shape: 'chart-deployment' })
    expect(await askFor('strategic', strategy('deployment'))).toMatchObject({ status: 201 })
    expect(await askFor('strategic', strategy('daemonset'))).toMatchObject({
      status: 403,
      body: {
        message: expect.stringContaining(
          '[strategy.not-allowed] this pod accepts the strategy "daemonset" only, but the instance "strategic" (Deployment/strategic-dapr-shared-chart) is a "deployment".',
        ) as string,
      },
    })
  })

  test('is not that which Dapr made for an application with a sidecar, though the Service has its name', async () => {
    await createInstance(cluster, namespace, 'decoy', { shape: 'sidecar-application' })
    expect(await askFor('decoy')).toMatchObject({
      status: 403,
      body: { message: expect.stringContaining('[instance.missing]') as string },
    })
  })

  test('is refused while two releases claim its key, and both are named', async () => {
    const old = await createInstance(cluster, namespace, 'twice', {
      shape: 'chart-0.0.10',
      release: 'twice-old',
    })
    expect(await askFor('twice')).toMatchObject({ status: 201 })
    const current = await createInstance(cluster, namespace, 'twice')
    // until the watches have brought the other, the one that is known serves
    await expect
      .poll(() => askFor('twice'), PATIENCE)
      .toMatchObject({
        status: 403,
        body: {
          message: expect.stringContaining(
            '[instance.ambiguous] 2 workloads claim app-id "twice" in namespace "e2e-charts": "DaemonSet/twice-dapr-shared-chart", "Deployment/twice-old-dapr-shared-chart".',
          ) as string,
        },
      })
    await old.delete()
    const { body } = await askFor('twice')
    expect(injectionOf(storedPod.parse(body))).toEqual(injectedWith(knownInstance(namespace, 'twice')))
    await current.delete()
  })

  test('stays one while its strategy is changed: both workloads stand behind one Service', async () => {
    await createInstance(cluster, namespace, 'moving')
    const deployment = instanceObjects('chart-deployment', 'moving').filter(
      ({ kind }) => kind === 'Deployment',
    )
    await createAll(cluster, namespace, deployment)
    const { status, body } = await askFor('moving')
    expect(status, JSON.stringify(body)).toBe(201)
  })

  test('is misconfigured, not missing, without its Service, and mended by one', async () => {
    const objects = instanceObjects('chart-daemonset', 'unserved')
    const service = objects.filter(({ kind }) => kind === 'Service')
    await createAll(
      cluster,
      namespace,
      objects.filter(({ kind }) => kind !== 'Service'),
    )
    expect(await askFor('unserved')).toMatchObject({
      status: 403,
      body: { message: expect.stringContaining('[instance.misconfigured]') as string },
    })
    await createAll(cluster, namespace, service)
    expect(await askFor('unserved')).toMatchObject({ status: 201 })

    await deleteAll(cluster, namespace, service)
    await createAll(
      cluster,
      namespace,
      service.map((one) => ({
        ...one,
        spec: { ...(one['spec'] as object), ports: [{ port: 80, targetPort: 8080 }] },
      })),
    )
    await expect
      .poll(() => askFor('unserved'), PATIENCE)
      .toMatchObject({
        status: 403,
        body: { message: expect.stringContaining('[instance.misconfigured]') as string },
      })
  })
})
