import { beforeAll, describe, expect, test } from 'vitest'
import { describeInstalled } from './support/describe-installed.ts'
import { injectedWith, injectionOf, knownInstance, variablesFor } from './support/expected.ts'
import { createInstance } from './support/instances.ts'
import { create, createNamespace, type KubeObject } from './support/objects.ts'
import { aPod, aTemplate, envOf, readPod, storedPod } from './support/pods.ts'

const shop = 'e2e-apply'
const pay = 'e2e-apply-pay'
const order = knownInstance(shop, 'order')

describeInstalled('manifests', (cluster) => {
  beforeAll(async () => {
    await Promise.all([createNamespace(cluster, shop), createNamespace(cluster, pay)])
    await createInstance(cluster, shop, 'order')
  })

  const apply = (object: unknown, ...flags: string[]): ReturnType<typeof cluster.kubectl> =>
    cluster.kubectl(['apply', ...flags, '-n', shop, '-f', '-'], {
      stdin: JSON.stringify(object),
      allowFailure: true,
    })

  describe('applied again and again change nothing', () => {
    const own = [
      { name: 'B', value: '2' },
      { name: 'A', value: '$(DAPR_HTTP_ENDPOINT)' },
    ]
    const containers = [{ name: 'app', image: 'example.test/app', env: own }]
    const deployment = (name: string): KubeObject => ({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name },
      spec: {
        replicas: 1,
        selector: { matchLabels: { app: name } },
        template: aTemplate('order', { labels: { app: name }, containers }),
      },
    })

    test('a Deployment, by the client', async () => {
      expect((await apply(deployment('applied'))).stdout).toMatch(/ created$/m)
      for (let round = 0; round < 2; round++)
        expect((await apply(deployment('applied'))).stdout).toMatch(/ unchanged$/m)
    })

    test.for([
      ['by the client', 'applied', []],
      ['server-side', 'applied-server-side', ['--server-side']],
    ] as const)('a Pod, %s', async ([, name, flags]) => {
      const pod = aPod(name, 'order', { containers })
      for (let round = 0; round < 3; round++) {
        const { code, stderr } = await apply(pod, ...flags)
        expect(code, stderr).toBe(0)
        const stored = await readPod(cluster, shop, name)
        expect(stored.metadata['generation']).toBe(1)
        expect(injectionOf(stored)).toEqual(injectedWith(order, own))
      }
      const stdin = JSON.stringify(pod)
      const difference = await cluster.kubectl(['diff', ...flags, '-n', shop, '-f', '-'], { stdin })
      expect(difference).toMatchObject({ code: 0, stdout: '' })
    })

    test('server-side, not even the version of a Pod that nobody else writes', async () => {
      const pod = aPod('applied-unbound', 'order', { containers, schedulerName: 'nobody' })
      const versions = new Set<string | undefined>()
      for (let round = 0; round < 3; round++) {
        await apply(pod, '--server-side')
        versions.add((await readPod(cluster, shop, 'applied-unbound')).metadata.resourceVersion)
      }
      expect(versions.size).toBe(1)
    })
  })

  test('may leave lists, maps and values empty, which the API server drops before it asks', async () => {
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'emptied', labels: null, annotations: { 'dapr.io/shared': 'order' } },
      spec: {
        initContainers: [{ name: 'init', image: 'example.test/i', env: null }],
        containers: [
          { name: 'app', image: 'example.test/app', env: [] },
          {
            name: 'filled',
            image: 'example.test/app',
            env: [
              { name: 'FIRST', value: '1' },
              { name: 'DAPR_GRPC_ENDPOINT', value: '' },
              { name: 'LAST', value: '' },
            ],
          },
        ],
      },
    }
    const { code, stderr } = await apply(pod)
    expect(code, stderr).toBe(0)
    const stored = await readPod(cluster, shop, 'emptied')
    const [http, grpc, token] = variablesFor(order)
    expect(envOf(stored, 'init')).toEqual([http, grpc, token])
    expect(envOf(stored, 'app')).toEqual([http, grpc, token])
    // an empty one is unset: it is filled where it stands
    expect(envOf(stored, 'filled')).toEqual([
      http,
      token,
      { name: 'FIRST', value: '1' },
      grpc,
      { name: 'LAST' },
    ])

    // documented: kubectl wants the empty value back, and a Pod's variables cannot change
    expect((await apply(pod)).stderr).toContain('pod updates may not change fields')
  })

  describe('of a Pod that runs', () => {
    /** As `kubectl get pod -o yaml`, edited by hand to become another one. */
    async function copyOf(name: string): Promise<KubeObject> {
      const { metadata, spec } = await readPod(cluster, shop, 'original')
      const { nodeName: _, ...unbound } = spec
      const { labels, annotations } = metadata
      return { apiVersion: 'v1', kind: 'Pod', metadata: { name, labels, annotations }, spec: unbound }
    }

    beforeAll(async () => {
      const own = {
        containers: [{ name: 'app', image: 'example.test/app', env: [{ name: 'A', value: 'b' }] }],
      }
      await create(cluster, shop, aPod('original', 'order', own))
    })

    test('made again beside it, it is the same', async () => {
      const { status, body } = await create(cluster, shop, await copyOf('copy'))
      expect(status, JSON.stringify(body)).toBe(201)
      const copy = await readPod(cluster, shop, 'copy')
      expect(injectionOf(copy)).toEqual(injectionOf(await readPod(cluster, shop, 'original')))
      expect(injectionOf(copy)).toEqual(injectedWith(order, [{ name: 'A', value: 'b' }]))
    })

    test('made again in a namespace without the instance, it is refused', async () => {
      expect(await create(cluster, pay, await copyOf('moved'))).toMatchObject({
        status: 403,
        body: { message: expect.stringContaining('[instance.missing]') as string },
      })
    })

    test('made again in another namespace with an instance of its own, it uses that one', async () => {
      await createInstance(cluster, pay, 'order', { shape: 'chart-deployment', release: 'pay' })
      const { status, body } = await create(cluster, pay, await copyOf('moved'))
      expect(status, JSON.stringify(body)).toBe(201)
      const theirs = knownInstance(pay, 'order', {
        strategy: 'deployment',
        tokenSecret: 'pay-dapr-shared-chart',
      })
      expect(injectionOf(await readPod(cluster, pay, 'moved'))).toEqual(
        injectedWith(theirs, [{ name: 'A', value: 'b' }]),
      )
    })

    test('copied by kubectl debug with its annotations, it is injected as well', async () => {
      const flags = ['--container=app', '--image=example.test/debug', '--keep-annotations', '--keep-labels']
      await cluster.kubectl(['debug', 'original', '-n', shop, '--copy-to=debugged', ...flags, '--', 'sh'])
      const pod = await readPod(cluster, shop, 'debugged')
      expect(injectionOf(pod)).toEqual(injectedWith(order, [{ name: 'A', value: 'b' }]))
    })

    test('copied by kubectl debug without them, it asks for nothing and has no marks', async () => {
      const flags = ['--container=app', '--image=example.test/debug']
      await cluster.kubectl(['debug', 'original', '-n', shop, '--copy-to=unmarked', ...flags, '--', 'sh'])
      const pod = await readPod(cluster, shop, 'unmarked')
      expect(injectionOf(pod)).toMatchObject({ labels: {}, status: undefined })
    })

    test('replaced by force, it is the same', async () => {
      const object = aPod('replaced', 'order')
      await create(cluster, shop, object)
      await cluster.kubectl(['replace', '--force', '-n', shop, '-f', '-'], { stdin: JSON.stringify(object) })
      expect(injectionOf(await readPod(cluster, shop, 'replaced'))).toEqual(injectedWith(order))
    })

    test('exported and replaced as it is, nothing changes', async () => {
      const { stdout } = await cluster.kubectl(['get', 'pod', 'original', '-n', shop, '-o', 'json'])
      await cluster.kubectl(['replace', '-n', shop, '-f', '-'], { stdin: stdout })
      const before = storedPod.parse(JSON.parse(stdout))
      expect(injectionOf(await readPod(cluster, shop, 'original'))).toEqual(injectionOf(before))
    })
  })
})
