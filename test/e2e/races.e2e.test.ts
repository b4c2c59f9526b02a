import { beforeAll, expect, test } from 'vitest'
import { waitUntil } from '../cluster/wait-until.ts'
import { describeInstalled } from './support/describe-installed.ts'
import { injectedWith, injectionOf, knownInstance } from './support/expected.ts'
import { createInstance, instanceObjects, type InstanceShape } from './support/instances.ts'
import { create, createAll, createNamespace, deleteAll } from './support/objects.ts'
import { aPod, storedPod } from './support/pods.ts'

const namespace = 'e2e-races'
const ROUNDS = 50

describeInstalled('an instance', (cluster) => {
  beforeAll(async () => {
    await createNamespace(cluster, namespace)
  })

  const askFor = (appId: string): ReturnType<typeof create> =>
    create(cluster, namespace, aPod('asking', appId), { dryRun: true })

  test(`that came milliseconds before its pod is used, in ${ROUNDS} rounds of ${ROUNDS}`, async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const appId = `new-${round}`
      const shape = round % 2 === 0 ? 'chart-daemonset' : 'chart-deployment'
      // in any order, as Helm and Argo CD do
      const objects = instanceObjects(shape, appId).filter(({ kind }) => kind !== 'Secret')
      await createAll(cluster, namespace, round % 3 === 0 ? objects : objects.toReversed())
      const { status, body } = await askFor(appId)
      expect(status, JSON.stringify(body)).toBe(201)
      const strategy = shape === 'chart-daemonset' ? 'daemonset' : 'deployment'
      expect(injectionOf(storedPod.parse(body))).toEqual(
        injectedWith(knownInstance(namespace, appId, { strategy })),
      )
    }
  })

  test('that comes together with its pods: a refusal is never the last word', async () => {
    for (let round = 0; round < 10; round++) {
      const appId = `together-${round}`
      const [, first] = await Promise.all([createInstance(cluster, namespace, appId), askFor(appId)])
      // it may truly not have been there yet, in whole or in part
      if (first.status !== 201)
        expect(JSON.stringify(first.body)).toMatch(/\[instance\.(missing|misconfigured)\]/)
      const { status, body } = await askFor(appId)
      expect(status, JSON.stringify(body)).toBe(201)
    }
  })

  test('that is deleted and made again, otherwise than before, is never a mixture of both', async () => {
    const appId = 'again'
    const shapes: Record<string, { shape: InstanceShape; known: object }> = {
      current: { shape: 'chart-daemonset', known: injectedWith(knownInstance(namespace, appId)) },
      old: {
        shape: 'chart-0.0.10',
        known: injectedWith(
          knownInstance(namespace, appId, { strategy: 'deployment', service: appId, httpPort: 80 }),
        ),
      },
    }
    const either = Object.values(shapes).map(({ known }) => known)
    for (let round = 0; round < 10; round++) {
      const { shape, known } = (round % 2 === 0 ? shapes['current'] : shapes['old']) ?? {}
      if (shape === undefined) throw new Error('no such shape')
      const { objects } = await createInstance(cluster, namespace, appId, { shape })
      const { status, body } = await askFor(appId)
      expect(status, JSON.stringify(body)).toBe(201)
      // for a moment a watch may still show what was
      expect(either).toContainEqual(injectionOf(storedPod.parse(body)))
      await waitUntil('the new one is used', async () => {
        const answer = storedPod.parse((await askFor(appId)).body)
        return JSON.stringify(injectionOf(answer)) === JSON.stringify(known)
      })
      await deleteAll(cluster, namespace, objects)
    }
    await waitUntil('it is missing in the end', async () => {
      const { status, body } = await askFor(appId)
      return status === 403 && JSON.stringify(body).includes('[instance.missing]')
    })
  })
})
