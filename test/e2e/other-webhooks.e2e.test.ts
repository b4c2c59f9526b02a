import { expect, test } from 'vitest'
import { waitUntil } from '../cluster/wait-until.ts'
import { describeInstalled } from './support/describe-installed.ts'
import {
  injectedWith,
  injectionOf,
  knownInstance,
  labelsFor,
  statusFor,
  variablesFor,
} from './support/expected.ts'
import { startForeignWebhook, type ForeignWebhookOptions } from './support/foreign-webhook.ts'
import { createInstance } from './support/instances.ts'
import { create, createNamespace } from './support/objects.ts'
import { aPod, readPod, type StoredPod } from './support/pods.ts'

describeInstalled('beside a webhook of somebody else', (cluster, webhook) => {
  let suites = 0

  /**
   * Creates a pod in a namespace where a foreign webhook is at work. A name from `a` on is called before us, one
   * from `z` on after us.
   */
  async function createBeside(
    foreign: Omit<ForeignWebhookOptions, 'namespace'>,
    pod: Parameters<typeof create>[2],
  ): Promise<{ status: number; body: unknown; namespace: string }> {
    suites += 1
    const namespace = await createNamespace(cluster, `e2e-foreign-${suites}`)
    await createInstance(cluster, namespace, 'order')
    await using other = await startForeignWebhook(cluster, webhook().rendered, { ...foreign, namespace })
    await waitUntil('the API server calls it', async () => {
      await create(cluster, namespace, aPod('probe', undefined), { dryRun: true })
      return other.calls > 0
    })
    const { status, body } = await create(cluster, namespace, pod)
    return { status, body, namespace }
  }

  const appIndex = ({ spec }: StoredPod): number => spec.containers.findIndex(({ name }) => name === 'app')
  const addContainer = (container: { name: string }, at: 0 | '-') => (pod: StoredPod) =>
    pod.spec.containers.some(({ name }) => name === container.name)
      ? []
      : [
          {
            op: 'add' as const,
            path: `/spec/containers/${at}`,
            value: { image: 'example.test/added', ...container },
          },
        ]

  test.for([
    ['at the end', '-', ['app', 'added']],
    ['at the front', 0, ['added', 'app']],
  ] as const)(
    'that adds a container %s after we ran, the container is injected, too',
    async ([, at, containers]) => {
      const foreign = { name: 'zz-adds-container', mutate: addContainer({ name: 'added' }, at) }
      const { status, body, namespace } = await createBeside(foreign, aPod('grown', 'order'))
      expect(status, JSON.stringify(body)).toBe(201)
      const order = knownInstance(namespace, 'order')
      expect(injectionOf(await readPod(cluster, namespace, 'grown'))).toEqual({
        labels: labelsFor(order),
        status: statusFor(order, [...containers]),
        env: { app: variablesFor(order), added: variablesFor(order) },
      })
    },
  )

  test('that takes our variables away once, they are put back', async () => {
    const foreign = {
      name: 'zz-removes-once',
      mutate: (pod: StoredPod) =>
        pod.spec.containers[appIndex(pod)]?.env === undefined
          ? []
          : [{ op: 'remove' as const, path: `/spec/containers/${appIndex(pod)}/env` }],
    }
    const { status, body, namespace } = await createBeside(foreign, aPod('robbed', 'order'))
    expect(status, JSON.stringify(body)).toBe(201)
    expect(injectionOf(await readPod(cluster, namespace, 'robbed'))).toEqual(
      injectedWith(knownInstance(namespace, 'order')),
    )
  })

  test('that takes our variables away each time, the pod is refused', async () => {
    const foreign = {
      name: 'zz-removes-always',
      reinvocationPolicy: 'IfNeeded' as const,
      mutate: (pod: StoredPod) =>
        pod.spec.containers[appIndex(pod)]?.env === undefined
          ? []
          : [{ op: 'remove' as const, path: `/spec/containers/${appIndex(pod)}/env` }],
    }
    const { status, body } = await createBeside(foreign, aPod('robbed', 'order'))
    expect(status).toBe(403)
    expect(body).toMatchObject({
      message: expect.stringMatching(
        /^admission webhook "validate\.shared\.dapr\.io" denied the request: \[injection\.incomplete\] after injection container "app" lacks DAPR_HTTP_ENDPOINT, DAPR_GRPC_ENDPOINT, DAPR_API_TOKEN/,
      ) as string,
    })
  })

  test('that adds the annotation after us, the pod is refused, and the cause is named', async () => {
    const foreign = {
      name: 'zz-adds-annotation',
      mutate: ({ metadata: { name, annotations } }: StoredPod) =>
        name === 'late' && annotations['dapr.io/shared'] === undefined
          ? [{ op: 'add' as const, path: '/metadata/annotations', value: { 'dapr.io/shared': 'order' } }]
          : [],
    }
    const pod = { ...aPod('late', undefined), metadata: { name: 'late' } }
    const { status, body } = await createBeside(foreign, pod)
    expect(status).toBe(403)
    expect(body).toMatchObject({
      message: expect.stringContaining(
        '[injection.incomplete] the pod was not injected: dapr.io/shared was added after this webhook ran',
      ) as string,
    })
  })

  test('that adds the annotation before us, the pod is injected', async () => {
    const foreign = {
      name: 'aa-adds-annotation',
      mutate: ({ metadata: { name, annotations } }: StoredPod) =>
        name === 'early' && annotations['dapr.io/shared'] === undefined
          ? [{ op: 'add' as const, path: '/metadata/annotations', value: { 'dapr.io/shared': 'order' } }]
          : [],
    }
    const pod = { ...aPod('early', undefined), metadata: { name: 'early' } }
    const { status, body, namespace } = await createBeside(foreign, pod)
    expect(status, JSON.stringify(body)).toBe(201)
    expect(injectionOf(await readPod(cluster, namespace, 'early'))).toEqual(
      injectedWith(knownInstance(namespace, 'order')),
    )
  })

  test('that adds a sidecar, as Dapr does, the pod is refused', async () => {
    const foreign = { name: 'dapr-sidecar-injector', mutate: addContainer({ name: 'daprd' }, '-') }
    const { status, body } = await createBeside(foreign, aPod('doubled', 'order'))
    expect(status).toBe(403)
    expect(body).toMatchObject({ message: expect.stringContaining('[sidecar.conflict]') as string })
  })

  test('that sets an endpoint of its own before us, that one stays, with a warning', async () => {
    const own = { name: 'DAPR_HTTP_ENDPOINT', value: 'http://elsewhere.example.com:80' }
    const foreign = {
      name: 'aa-sets-endpoint',
      mutate: (pod: StoredPod) =>
        pod.spec.containers[appIndex(pod)]?.env === undefined
          ? [{ op: 'add' as const, path: `/spec/containers/${appIndex(pod)}/env`, value: [own] }]
          : [],
    }
    const { status, body, namespace } = await createBeside(foreign, aPod('preset', 'order'))
    expect(status, JSON.stringify(body)).toBe(201)
    const [, grpc, token] = variablesFor(knownInstance(namespace, 'order'))
    expect(injectionOf(await readPod(cluster, namespace, 'preset'))).toMatchObject({
      env: { app: [grpc, token, own] },
    })
  })
})
