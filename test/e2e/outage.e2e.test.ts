import { once } from 'node:events'
import { connect } from 'node:tls'
import { beforeAll, describe, expect, test } from 'vitest'
import { waitUntil } from '../cluster/wait-until.ts'
import { describeInstalled } from './support/describe-installed.ts'
import { injectedWith, injectionOf, knownInstance } from './support/expected.ts'
import { createInstance } from './support/instances.ts'
import {
  create,
  createAll,
  createNamespace,
  mergePatch,
  pathOfAll,
  pathOfPod,
  type KubeObject,
} from './support/objects.ts'
import { aPod, aTemplate, readPod, waitForPods } from './support/pods.ts'

const namespace = 'e2e-outage'

describeInstalled('the webhook', (cluster, webhook) => {
  beforeAll(async () => {
    await createNamespace(cluster, namespace)
    await createInstance(cluster, namespace, 'order')
  })

  const deployment = (name: string, appId: string | undefined): KubeObject => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: {
      selector: { matchLabels: { app: name } },
      template: aTemplate(appId, { labels: { app: name } }),
    },
  })

  test('ends at once though the API server holds connections on which it never asked anything', async () => {
    const { port, rendered, server } = webhook()
    const unused = connect({ port, host: '127.0.0.1', ca: rendered.caPem })
    await once(unused, 'secureConnect')
    expect(await server.stop()).toBe(0)
    expect(server.log.at(-1)?.msg).toBe('stopped')
    unused.destroy()
  })

  describe('while it is gone', () => {
    beforeAll(async () => {
      await webhook().server.stop()
    })

    test('has no part in pods that did not ask', async () => {
      const odd = aPod('odd', undefined, {
        annotations: { 'dapr.io/enabled': 'false', 'dapr.io/app-id': 'x', 'Dapr.io/shared': 'order' },
        labels: { 'dapr.io/app-id': 'x', 'shared.dapr.io/instance': 'true' },
      })
      const bare = { ...aPod('bare', undefined), metadata: { name: 'bare' } }
      await createAll(cluster, namespace, [odd, bare, deployment('plain', undefined)])
      await waitForPods(cluster, namespace, 'app=plain')
      await createInstance(cluster, namespace, 'another', { shape: 'chart-deployment' })
      await waitForPods(cluster, namespace, 'app.kubernetes.io/instance=another')

      const path = pathOfPod(namespace, 'bare')
      const patch = { metadata: { labels: { a: 'b' }, annotations: { c: 'd' } } }
      expect(await mergePatch(cluster, path, patch)).toMatchObject({ status: 200 })
      expect(await mergePatch(cluster, path, { metadata: { labels: null } })).toMatchObject({ status: 200 })
      expect(await cluster.request('DELETE', path)).toMatchObject({ status: 200 })
    })

    test('leaves alone what asks in namespaces that must come up without it', async () => {
      for (const excluded of ['kube-system', 'dapr-shared-system']) {
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
        const { status, body } = await create(cluster, excluded, aPod('asks', 'order', restricted), {
          dryRun: true,
        })
        expect(status, JSON.stringify(body)).toBe(201)
      }
    })

    test('stops pods that ask, and kubectl says whose fault it is', async () => {
      const { code, stderr } = await cluster.kubectl(['create', '-n', namespace, '-f', '-'], {
        stdin: JSON.stringify(aPod('waiting', 'order')),
        allowFailure: true,
      })
      expect(code).toBe(1)
      expect(stderr).toMatch(
        /^Error from server \(InternalError\): error when creating "STDIN": Internal error occurred: failed calling webhook "mutate\.shared\.dapr\.io": failed to call webhook: .*connection refused\n$/,
      )
      expect((await cluster.request('GET', pathOfPod(namespace, 'waiting'))).status).toBe(404)
    })

    test('still has its labels guarded', async () => {
      const patch = { metadata: { labels: { 'shared.dapr.io/app-id': 'order' } } }
      expect(await mergePatch(cluster, `${pathOfPod(namespace, 'odd')}/status`, patch)).toMatchObject({
        status: 403,
      })
    })

    test('and after it is back, controllers make by themselves what had to wait', async () => {
      await createAll(cluster, namespace, [deployment('patient', 'order')])
      const replicaSets = pathOfAll({ apiVersion: 'apps/v1', kind: 'ReplicaSet' }, namespace)
      await waitUntil('its ReplicaSet was refused a pod', async () => {
        const { body } = await cluster.request('GET', `${replicaSets}?labelSelector=app%3Dpatient`)
        return JSON.stringify(body).includes('"reason":"FailedCreate"')
      })
      await webhook().start()
      const [pod] = await waitForPods(cluster, namespace, 'app=patient')
      expect(pod && injectionOf(pod)).toEqual(injectedWith(knownInstance(namespace, 'order')))
    })
  })

  test('was in no way of removing an injected pod while it was gone', async () => {
    expect(await create(cluster, namespace, aPod('injected', 'order'))).toMatchObject({ status: 201 })
    await webhook().server.stop()
    const path = pathOfPod(namespace, 'injected')
    expect(await mergePatch(cluster, path, { metadata: { annotations: { a: 'b' } } })).toMatchObject({
      status: 200,
    })
    expect((await readPod(cluster, namespace, 'injected')).metadata.annotations['a']).toBe('b')
    await cluster.request('DELETE', path)
    await waitUntil('it is gone', async () => (await cluster.request('GET', path)).status === 404)
    await webhook().start()
  })
})
