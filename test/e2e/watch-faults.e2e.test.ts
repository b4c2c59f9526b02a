import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { waitUntil } from '../cluster/wait-until.ts'
import { describeInstalled } from './support/describe-installed.ts'
import { injectedWith, injectionOf, knownInstance } from './support/expected.ts'
import { expectHandOver } from './support/expect-hand-over.ts'
import { NAME } from './support/installation.ts'
import { createInstance } from './support/instances.ts'
import { create, createNamespace } from './support/objects.ts'
import { aPod, storedPod } from './support/pods.ts'
import { reviewOf } from './support/reviews.ts'
import { wireTo, type TcpProxy } from './support/tcp-proxy.ts'
import { untilWatched } from './support/until-watched.ts'

const namespace = 'e2e-watches'

/** All that goes between our server and the API server; reviews come another way. */
let wire: TcpProxy | undefined

describeInstalled(
  'when the way to the API server',
  (cluster, webhook) => {
    beforeAll(async () => {
      await createNamespace(cluster, namespace)
      await createInstance(cluster, namespace, 'order')
      await untilWatched(webhook(), namespace, 'order')
    })
    afterEach(async () => {
      wire?.mend()
      // whatever happened, it was this one process that lived through it
      expect(webhook().server.hasEnded()).toBe(false)
      expect(await webhook().metric('dapr_shared_cache_synced')).toBe(9)
    })
    afterAll(async () => wire?.[Symbol.asyncDispose]())

    const review = (appId: string): ReturnType<ReturnType<typeof webhook>['server']['review']> =>
      webhook().server.review('mutate', reviewOf(aPod('asking', appId), namespace))

    async function expectInjected(appId: string): Promise<void> {
      const { status, body } = await create(cluster, namespace, aPod('asking', appId), { dryRun: true })
      expect(status, JSON.stringify(body)).toBe(201)
      expect(injectionOf(storedPod.parse(body))).toEqual(injectedWith(knownInstance(namespace, appId)))
    }

    test('is interrupted again and again, the watches go on where they were', async () => {
      for (const appId of ['first', 'second', 'third']) {
        wire?.interrupt()
        await createInstance(cluster, namespace, appId)
        await untilWatched(webhook(), namespace, appId)
        await expectInjected(appId)
      }
    })

    test('is cut, what is known is served, and what is not is never called missing', async () => {
      wire?.cut()
      await createInstance(cluster, namespace, 'beyond')
      await expectInjected('order')
      expectHandOver(await review('beyond'))
      // what a user sees of it: the API server asked again until its time was over
      const { status, body } = await create(cluster, namespace, aPod('asking', 'beyond'), { dryRun: true })
      expect(status).toBe(500)
      expect(JSON.stringify(body)).toMatch(/failed calling webhook \\"mutate\.shared\.dapr\.io\\"/)
      expect(JSON.stringify(body)).not.toContain('instance.')

      wire?.mend()
      await untilWatched(webhook(), namespace, 'beyond')
      await expectInjected('beyond')
    })

    test('dies without a word, pods are still decided live, and the watches find out by themselves', async () => {
      // brought by watches that are open, and not by the lists that some begin with after the last test
      await createInstance(cluster, namespace, 'announced')
      await untilWatched(webhook(), namespace, 'announced')
      wire?.clog()
      await createInstance(cluster, namespace, 'unannounced')
      const answers: string[] = []
      await waitUntil('a look-up has found a new connection', async () => {
        const { status, body } = await review('unannounced')
        answers.push(body)
        return status === 200
      })
      expect(answers.filter((answer) => answer.includes('denied'))).toEqual([])
      await expectInjected('unannounced')
      // 25 s of silence, 5 s to the next look at it, 5 s for a probe
      await untilWatched(webhook(), namespace, 'unannounced')
      expect(webhook().server.log.map(({ reason }) => reason)).toContainEqual(
        expect.stringMatching(/^the watch was silent for \d+ s, and a probe shows that it is dead$/),
      )
    })

    test('holds everything back, the answer is none rather than a wrong one', async () => {
      wire?.clogAll()
      await expectInjected('order')
      expectHandOver(await review('never-heard-of'))
      wire?.mend()
      await waitUntil('what is not there is refused again', async () =>
        (await review('never-heard-of')).body.includes('[instance.missing]'),
      )
    })

    test('ends in a refusal, as the rights are gone, it waits for them', async () => {
      const bindings = '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings'
      const { body: binding } = await cluster.request('GET', `${bindings}/${NAME}`)
      await cluster.request('DELETE', `${bindings}/${NAME}`)
      await createInstance(cluster, namespace, 'without-rights')
      wire?.interrupt()
      await waitUntil('the watches are refused', async () =>
        webhook().server.log.some(({ reason }) => String(reason).startsWith('403 Forbidden')),
      )
      await expectInjected('order')
      expectHandOver(await review('without-rights'))
      expect((await webhook().server.ask('/readyz')).status).toBe(200)

      const { apiVersion, kind, roleRef, subjects } = binding as Record<string, unknown>
      await cluster.request('POST', bindings, {
        apiVersion,
        kind,
        roleRef,
        subjects,
        metadata: { name: NAME },
      })
      await untilWatched(webhook(), namespace, 'without-rights')
      await expectInjected('without-rights')
    })
  },
  async (kubeconfig) => {
    const via = await wireTo(kubeconfig)
    wire = via.wire
    return via.kubeconfig
  },
)
