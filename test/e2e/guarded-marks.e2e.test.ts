import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { waitUntil } from '../cluster/wait-until.ts'
import { describeInstalled } from './support/describe-installed.ts'
import { injectedWith, injectionOf, knownInstance } from './support/expected.ts'
import { createInstance } from './support/instances.ts'
import { create, createAll, createNamespace, mergePatch, pathOfPod } from './support/objects.ts'
import { aPod, readPod, waitForPods } from './support/pods.ts'

const namespace = 'e2e-marks'
const APP_ID_LABEL = 'shared.dapr.io/app-id'
const NAMESPACE_LABEL = 'shared.dapr.io/app-namespace'

describeInstalled('what an injected pod says of itself', (cluster, webhook) => {
  const injected = aPod('injected', 'order', { labels: { app: 'guarded' } })
  const path = pathOfPod(namespace, 'injected')
  const plain = pathOfPod(namespace, 'plain')

  beforeAll(async () => {
    await createNamespace(cluster, namespace)
    await createInstance(cluster, namespace, 'order')
    await createInstance(cluster, namespace, 'billing', { shape: 'chart-deployment' })
    await cluster.kubectl(['apply', '-n', namespace, '-f', '-'], { stdin: JSON.stringify(injected) })
    await createAll(cluster, namespace, [aPod('plain', undefined, { labels: { app: 'guarded' } })])
    await waitForPods(cluster, namespace, 'app=guarded', { count: 2 })
  })

  const kubectl = (...args: string[]): ReturnType<typeof cluster.kubectl> =>
    cluster.kubectl([...args, '-n', namespace], { allowFailure: true })

  describe('in annotations cannot be changed', () => {
    test.for([
      ['changed', 'injected', 'dapr.io/shared=billing', 'changed'],
      ['removed', 'injected', 'dapr.io/shared-', 'removed'],
      ['added to a pod that runs', 'plain', 'dapr.io/shared=order', 'added'],
      ['forged', 'injected', 'dapr.io/shared-status={}', 'changed'],
      ['made a sidecar', 'injected', 'dapr.io/enabled=true', 'added'],
    ] as const)('by kubectl annotate: %s', async ([, pod, annotation, verb]) => {
      const { code, stderr } = await kubectl('annotate', '--overwrite', 'pod', pod, annotation)
      expect(code).toBe(1)
      expect(stderr).toContain('[annotation.changed]')
      expect(stderr).toContain(`of a running pod cannot be ${verb}: its variables are fixed.`)
    })

    test('by kubectl apply', async () => {
      const changed = aPod('injected', 'billing', { labels: { app: 'guarded' } })
      const { code, stderr } = await cluster.kubectl(['apply', '-n', namespace, '-f', '-'], {
        stdin: JSON.stringify(changed),
        allowFailure: true,
      })
      expect(code).toBe(1)
      expect(stderr).toContain(
        '[annotation.changed] the annotation dapr.io/shared of a running pod cannot be changed',
      )
    })

    test('by kubectl patch', async () => {
      const patch = '[{"op":"remove","path":"/metadata/annotations/dapr.io~1shared-status"}]'
      const { code, stderr } = await kubectl('patch', 'pod', 'injected', '--type=json', `--patch=${patch}`)
      expect(code).toBe(1)
      expect(stderr).toContain('[annotation.changed]')
    })

    test('also not in a dry run, with the code of an invalid request', async () => {
      const patch = { metadata: { annotations: { 'dapr.io/shared': null } } }
      expect(await mergePatch(cluster, `${path}?dryRun=All`, patch)).toMatchObject({
        status: 422,
        body: { reason: 'Invalid' },
      })
    })
  })

  describe('in labels cannot be forged', () => {
    test.for([
      ['on a pod that has none', plain, APP_ID_LABEL, 'order'],
      ['on an injected one', path, APP_ID_LABEL, 'billing'],
      ['by half', path, NAMESPACE_LABEL, 'elsewhere'],
      ['by half, on a pod that has none', plain, NAMESPACE_LABEL, namespace],
    ] as const)('by an update %s', async ([, pod, label, value]) => {
      const patch = { metadata: { labels: { [label]: value } } }
      expect(await mergePatch(cluster, pod, patch)).toMatchObject({
        status: 403,
        body: { reason: 'Forbidden', message: expect.stringContaining('[label.forged]') as string },
      })
    })

    test.for([
      ['on a pod that has none', plain, { [APP_ID_LABEL]: 'order' }],
      ['on a pod that has none, by half', plain, { [NAMESPACE_LABEL]: 'elsewhere' }],
      ['on an injected one', path, { [APP_ID_LABEL]: 'billing' }],
      ['by half', path, { [NAMESPACE_LABEL]: 'elsewhere' }],
      ['by removal', path, { [APP_ID_LABEL]: null, [NAMESPACE_LABEL]: null }],
    ] as const)('through pods/status %s', async ([, pod, labels]) => {
      expect(await mergePatch(cluster, `${pod}/status`, { metadata: { labels } })).toMatchObject({
        status: 403,
        body: {
          reason: 'Forbidden',
          message: expect.stringContaining("ValidatingAdmissionPolicy 'dapr-shared-labels'") as string,
        },
      })
    })

    test.for(['resize', 'ephemeralcontainers'])(
      'through pods/%s, which leaves metadata as it is',
      async (subresource) => {
        const patch = {
          metadata: { labels: { [APP_ID_LABEL]: 'billing' }, annotations: { 'dapr.io/shared': 'x' } },
        }
        const before = (await readPod(cluster, namespace, 'injected')).metadata
        await mergePatch(cluster, `${path}/${subresource}`, patch)
        await mergePatch(cluster, `${plain}/${subresource}`, patch)
        const { labels, annotations } = (await readPod(cluster, namespace, 'injected')).metadata
        expect({ labels, annotations }).toEqual({ labels: before.labels, annotations: before.annotations })
        expect((await readPod(cluster, namespace, 'plain')).metadata.labels).toEqual({ app: 'guarded' })
      },
    )

    test.for([
      ['pods/binding', `${pathOfPod(namespace, 'unbound')}/binding`],
      ['bindings, the older way', `/api/v1/namespaces/${namespace}/bindings`],
    ] as const)('through %s', async ([, bindings]) => {
      await createAll(cluster, namespace, [aPod('unbound', undefined, { schedulerName: 'nobody' })])
      const bind = (labels?: object): ReturnType<typeof cluster.request> =>
        cluster.request('POST', bindings, {
          apiVersion: 'v1',
          kind: 'Binding',
          metadata: { name: 'unbound', labels },
          target: { apiVersion: 'v1', kind: 'Node', name: 'node-1' },
        })
      for (const labels of [
        { [APP_ID_LABEL]: 'order', [NAMESPACE_LABEL]: namespace },
        { [NAMESPACE_LABEL]: namespace },
      ])
        expect(await bind(labels)).toMatchObject({
          status: 403,
          body: { message: expect.stringContaining('[label.forged]') as string },
        })
      expect(await bind()).toMatchObject({ status: 201 })
      expect((await readPod(cluster, namespace, 'unbound')).metadata.labels).toEqual({})
      const gone = { gracePeriodSeconds: 0 }
      await cluster.request('DELETE', pathOfPod(namespace, 'unbound'), gone)
    })

    test('by removal', async () => {
      const { code, stderr } = await kubectl('label', 'pod', 'injected', `${APP_ID_LABEL}-`)
      expect(code).toBe(1)
      expect(stderr).toMatch(/\[(label\.forged|annotation\.changed)\]/)
    })
  })

  test('is in no way of other updates, of which the webhook is not even told', async () => {
    const before = await webhook().metric('dapr_shared_admission_requests_total')
    const patches = [
      {
        metadata: {
          labels: { tier: 'web' },
          annotations: { 'example.com/note': 'x', 'dapr.io/app-port': '80' },
        },
      },
      { metadata: { labels: { tier: null }, finalizers: ['example.com/kept'] } },
      { metadata: { finalizers: null } },
      { spec: { activeDeadlineSeconds: 86_400 } },
    ]
    for (const pod of [path, plain])
      for (const patch of patches)
        expect(await mergePatch(cluster, pod, patch)).toMatchObject({ status: 200 })
    const { code } = await kubectl('set', 'image', 'pod/injected', 'app=example.test/app:2')
    expect(code).toBe(0)
    const status = {
      status: { message: 'from a node' },
      metadata: { annotations: { 'example.com/node': 'y' } },
    }
    expect(await mergePatch(cluster, `${path}/status`, status)).toMatchObject({ status: 200 })
    expect(
      await mergePatch(cluster, plain, { metadata: { annotations: { 'dapr.io/enabled': 'true' } } }),
    ).toMatchObject({ status: 200 })
    expect(await webhook().metric('dapr_shared_admission_requests_total')).toBe(before)
    expect(injectionOf(await readPod(cluster, namespace, 'injected'))).toEqual(
      injectedWith(knownInstance(namespace, 'order')),
    )
  })

  test('is in no way of kubectl debug: an ephemeral container is left alone', async () => {
    const before = await readPod(cluster, namespace, 'injected')
    for (const pod of ['injected', 'plain'])
      await cluster.kubectl([
        'debug',
        pod,
        '-n',
        namespace,
        '--image=example.test/debug',
        '--container=debugger',
      ])
    const after = await readPod(cluster, namespace, 'injected')
    expect(after.spec['ephemeralContainers']).toMatchObject([
      { name: 'debugger', image: 'example.test/debug' },
    ])
    expect(JSON.stringify(after.spec['ephemeralContainers'])).not.toContain('DAPR_')
    expect(injectionOf(after)).toEqual(injectionOf(before))
  })

  describe('is in no way of removal', () => {
    const name = 'finalized'
    beforeEach(async () => {
      // on no node, so that nobody else writes it
      const pod = aPod(name, 'order', { schedulerName: 'nobody' })
      await createAll(cluster, namespace, [
        { ...pod, metadata: { ...pod.metadata, finalizers: ['example.com/kept'] } },
      ])
    })

    async function deleteAndRead(): Promise<Record<string, unknown> & { metadata: Record<string, unknown> }> {
      await cluster.request('DELETE', pathOfPod(namespace, name))
      return waitUntil('it is being deleted', async () => {
        const pod = await readPod(cluster, namespace, name)
        return pod.metadata['deletionTimestamp'] !== undefined && pod
      })
    }

    const isGone = async (): Promise<boolean> =>
      (await cluster.request('GET', pathOfPod(namespace, name))).status === 404

    test('when the last finalizer goes', async () => {
      await deleteAndRead()
      await mergePatch(cluster, pathOfPod(namespace, name), { metadata: { finalizers: null } })
      await waitUntil('it is gone', isGone)
    })

    test('when a controller replaces the metadata by its own, while forging stays forbidden', async () => {
      const { metadata, ...rest } = await deleteAndRead()
      const replace = (ours: object): ReturnType<typeof cluster.request> =>
        cluster.request('PUT', pathOfPod(namespace, name), {
          ...rest,
          metadata: { ...metadata, ...ours },
        })
      const labels = { [APP_ID_LABEL]: 'billing', [NAMESPACE_LABEL]: namespace }
      expect(await replace({ labels })).toMatchObject({
        status: 403,
        body: { message: expect.stringContaining('[label.forged]') as string },
      })
      expect(await replace({ labels: {}, annotations: {}, finalizers: [] })).toMatchObject({ status: 200 })
      await waitUntil('it is gone', isGone)
    })
  })

  test('is in no way of an eviction', async () => {
    await create(cluster, namespace, aPod('evicted', 'order'))
    const { status } = await cluster.request('POST', `${pathOfPod(namespace, 'evicted')}/eviction`, {
      apiVersion: 'policy/v1',
      kind: 'Eviction',
      metadata: { name: 'evicted' },
    })
    expect(status).toBe(201)
    await waitUntil('it is gone', async () => {
      const { status: now } = await cluster.request('GET', pathOfPod(namespace, 'evicted'))
      return now === 404
    })
  })
})
