import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { KINDS, RESOURCE_KINDS, type ResourceKind } from '../../src/policy/kinds.ts'
import { waitUntil } from '../cluster/wait-until.ts'
import { answerTo, type Answer } from './support/answers.ts'
import { describeInstalled } from './support/describe-installed.ts'
import { createInstance } from './support/instances.ts'
import { createNamespace, mergePatch, type KubeObject } from './support/objects.ts'
import { aPod } from './support/pods.ts'
import {
  applyResources,
  aPolicy,
  aResource,
  conditionsOf,
  deleteResources,
  pathOfResource,
  untilKnown,
} from './support/resources.ts'
import { untilReady } from './support/until-ready.ts'
import { untilWatched } from './support/until-watched.ts'
import { DEFINITIONS, OWN_DEFINITIONS } from './support/definitions.ts'

// Policies as they should not be, or too many, or not there: a clear answer, no crash, and never a wrong allow.

const namespace = 'e2e-bad-input'
const theirs = 'e2e-bad-input-theirs'
const crdOf = (kind: ResourceKind): string => `${DEFINITIONS}/${KINDS[kind].plural}.shared.dapr.io`

type Resource = KubeObject & { kind: ResourceKind }
const policy = (name: string, spec: object): Resource =>
  aPolicy(`e2e-bad-input-${name}`, namespace, {
    match: { objectSelector: { matchLabels: { policy: name } } },
    ...spec,
  })
const under = (name: string): { labels: Record<string, string> } => ({ labels: { policy: name } })
const onlyDeployments = { strategies: { allowed: ['Deployment'] } }

describeInstalled('bad policies', (cluster, webhook) => {
  beforeAll(async () => {
    for (const name of [namespace, theirs]) {
      await createNamespace(cluster, name)
      await createInstance(cluster, name, 'order')
    }
    await untilWatched(webhook(), namespace, 'order')
    await untilReady(cluster, namespace, 'order')
  })

  const ask = (pod: KubeObject): Promise<Answer> => answerTo(cluster, namespace, pod, { dryRun: true })

  describe('that the API server would refuse, but did not', () => {
    const invalid = policy('invalid', { rules: { capacity: { maxPods: 'many' } } })
    const ignored = policy('ignored', {
      rules: { strategies: { allowed: ['Sidecar'] } },
      failurePolicy: 'Ignore',
    })
    const unreadable: Resource = aResource('DaprSharedPolicy', '', 'e2e-bad-input-unreadable', {
      match: { namespaceSelector: { matchExpressions: [{ key: 'a', operator: 'Like', values: ['b'] }] } },
      rules: onlyDeployments,
    })
    const valid = policy('valid', { rules: onlyDeployments, exceptions: { namespaceSelector: {} } })
    const endless = aResource('DaprSharedException', namespace, 'endless', {
      policies: [{ name: 'e2e-bad-input-valid', rules: ['strategy.not-allowed'] }],
      subjects: { appIds: ['order'] },
      reason: 'Forever.',
      expiresAt: 'never',
    })
    const wildcard = aResource('DaprSharedGrant', theirs, 'for-all', {
      appIds: ['order'],
      from: [{ namespace: '*' }],
    })
    const nowhere = aResource('DaprSharedInstance', namespace, 'nowhere', {
      appId: 'nowhere',
      external: { httpEndpoint: 'javascript:alert(1)', grpcEndpoint: 'grpc' },
    })
    const BAD = [invalid, ignored, unreadable, endless, wildcard, nowhere]

    beforeAll(async () => {
      await Promise.all(RESOURCE_KINDS.map((kind) => loosen(kind)))
      for (const resource of BAD)
        await waitUntil(`${resource.kind} ${resource.metadata.name} is stored`, async () => {
          const path = pathOfResource(resource.kind, resource.metadata.namespace)
          const { status } = await cluster.request('POST', path, resource)
          return status === 201 || status === 409
        })
      await applyResources(cluster, [valid])
      for (const resource of BAD) await untilKnown(cluster, resource)
    })
    afterAll(async () => {
      await deleteResources(cluster, [...BAD, valid])
      await cluster.apply(OWN_DEFINITIONS)
    })

    /** Lets the API server store anything of a kind, and keep its status. */
    const loosen = async (kind: ResourceKind): Promise<void> => {
      const { body } = await cluster.request('GET', crdOf(kind))
      const { spec } = crd.parse(body)
      const versions = spec.versions.map((version) => ({
        ...version,
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      }))
      const { status, body: answer } = await mergePatch(cluster, crdOf(kind), { spec: { versions } })
      if (status !== 200) throw new Error(JSON.stringify(answer))
    }

    test('refuse their pods, and name themselves', async () => {
      const { status, message } = await ask(aPod('x', 'order', under('invalid')))
      expect(status).toBe(403)
      expect(message).toContain(
        '[policy.invalid] policy e2e-bad-input-invalid, which governs this pod, is invalid',
      )
      expect(message).toContain('spec.rules.capacity.maxPods')
      expect(await conditionsOf(cluster, invalid)).toEqual(
        expect.arrayContaining([
          expect.stringMatching(/^Accepted=False /),
          expect.stringMatching(/^Ready=False /),
        ]),
      )
    })

    test('are only counted, where they say that failures are ignored', async () => {
      const labels = { rule: 'policy.invalid', action: 'Audit' }
      const before = await webhook().metric('dapr_shared_findings_total', labels)
      const answer = await answerTo(cluster, namespace, aPod('ignored', 'order', under('ignored')))
      expect(answer).toMatchObject({ message: '', warnings: [] })
      expect(await webhook().metric('dapr_shared_findings_total', labels)).toBeGreaterThan(before)
      expect((await conditionsOf(cluster, ignored)).join()).toContain('Accepted=False ')
    })

    test('govern nothing where nobody can tell what, and say so', async () => {
      expect((await ask(aPod('x', 'order'))).message).toBe('')
      expect((await conditionsOf(cluster, unreadable)).join()).toContain('Accepted=False ')
    })

    test('have no part in what others say, nor have bad exceptions, grants and instances', async () => {
      expect((await ask(aPod('x', 'order', under('valid')))).message).toContain('[strategy.not-allowed]')
      expect((await conditionsOf(cluster, endless)).join()).toContain('Accepted=False ')

      const annotations = { 'dapr.io/shared-namespace': theirs }
      expect((await ask(aPod('x', 'order', { annotations }))).message).toContain('[namespace.not-granted]')
      expect((await conditionsOf(cluster, wildcard)).join()).toContain('Accepted=False ')

      expect((await ask(aPod('x', 'nowhere'))).message).toContain('DaprSharedInstance/nowhere is invalid')
      expect((await conditionsOf(cluster, nowhere)).join()).toContain('Accepted=False ')
    })
  })

  describe('in great number', () => {
    const COUNT = 1000
    const labels = { bulk: namespace }
    const bulk = (index: number): Resource => {
      const governs = index % 100 === 0 ? namespace : `${namespace}-${index}`
      const resource = aPolicy(`e2e-bad-input-bulk-${index}`, governs, {
        match: { appIds: ['order'] },
        rules: { security: { mtls: 'Preferred' }, ...(index === 500 ? { capacity: { maxPods: 0 } } : {}) },
        defaults: { env: [{ name: `BULK_${index}`, from: 'AppID' }] },
        priority: index,
      })
      return { ...resource, metadata: { ...resource.metadata, labels } }
    }
    const policies = (): Promise<number> => webhook().metric('dapr_shared_policies')
    const all = `${pathOfResource('DaprSharedPolicy')}?labelSelector=bulk%3D${namespace}`
    afterAll(() => cluster.request('DELETE', all))

    const stored = async (): Promise<number> =>
      listed.parse((await cluster.request('GET', pathOfResource('DaprSharedPolicy'))).body).items.length

    test('are all heeded, and others are left alone', async () => {
      // those of the tests above may be on their way out
      const before = await waitUntil('what is stored is known', async () => {
        const [there, known] = [await stored(), await policies()]
        return known === there && { count: there }
      })
      for (let first = 0; first < COUNT; first += 100) {
        await Promise.all(
          Array.from({ length: 100 }, (_, index) =>
            cluster.request('POST', pathOfResource('DaprSharedPolicy'), bulk(first + index)),
          ),
        )
      }
      await waitUntil('all are known', async () => (await policies()) === before.count + COUNT)
      const started = performance.now()
      const answers = await Promise.all(Array.from({ length: 100 }, () => ask(aPod('x', 'order'))))
      process.stdout.write(`1,000 policies: 100 pods in ${Math.round(performance.now() - started)} ms\n`)
      for (const { message } of answers) expect(message).toContain('[capacity.pods]')

      const elsewhere = await answerTo(cluster, theirs, aPod('x', 'order'), { dryRun: true })
      expect(elsewhere.message).toBe('')
      expect(elsewhere.warnings.join()).not.toContain('bulk')
      // the one that refuses goes: all others that match still have their say, and the highest its defaults
      await cluster.request('DELETE', pathOfResource('DaprSharedPolicy', '', bulk(500).metadata.name))
      await waitUntil('it is gone', async () => (await ask(aPod('x', 'order'))).message === '')
      const { pod } = await answerTo(cluster, namespace, aPod('governed', 'order'))
      for (const index of [0, 100, 200, 300, 400, 600, 700, 800, 900]) {
        const finding = { rule: 'security.mtls', action: 'Warn', policy: bulk(index).metadata.name ?? '' }
        expect(await webhook().metric('dapr_shared_findings_total', finding), finding.policy).toBeGreaterThan(
          0,
        )
      }
      expect(JSON.stringify(pod?.spec.containers)).toContain('"BULK_900"')

      await cluster.request('DELETE', all)
      await waitUntil('all are gone', async () => (await policies()) === before.count)
    })
  })

  test('that come and go while pods are judged never take another along', async () => {
    const lasting = policy('lasting', { rules: { security: { mtls: 'Required' } } })
    const fleeting: Resource = aPolicy('e2e-bad-input-fleeting', namespace, {
      match: { objectSelector: { matchLabels: { policy: 'lasting' } } },
      rules: onlyDeployments,
    })
    await applyResources(cluster, [lasting])
    const judging = { goesOn: true }
    const seen = new Set<string>()
    const judges = Array.from({ length: 4 }, async () => {
      while (judging.goesOn) {
        const { message } = await ask(aPod('x', 'order', under('lasting')))
        expect(message).toContain('[security.mtls]')
        seen.add(message.includes('[strategy.not-allowed]') ? 'both' : 'one')
      }
    })
    for (let round = 0; round < 10; round++) {
      await cluster.request('POST', pathOfResource('DaprSharedPolicy'), fleeting)
      await ask(aPod('x', 'order', under('lasting')))
      await deleteResources(cluster, [fleeting])
    }
    await waitUntil('it was seen with and without', async () => {
      if (seen.size === 2) return true
      await cluster.request('POST', pathOfResource('DaprSharedPolicy'), fleeting)
      return false
    })
    judging.goesOn = false
    await Promise.all(judges)
    await deleteResources(cluster, [lasting, fleeting])
    await waitUntil(
      'both are gone',
      async () => (await ask(aPod('x', 'order', under('lasting')))).message === '',
    )
  })

  describe('whose kind is not there', () => {
    const strict = policy('strict', { rules: onlyDeployments })
    const isRefused = async (): Promise<boolean> =>
      (await ask(aPod('x', 'order', under('strict')))).message.includes('[strategy.not-allowed]')
    const isReady = async (): Promise<boolean> => (await webhook().server.ask('/readyz')).status === 200
    const withoutKinds = async (): Promise<void> => {
      for (const kind of RESOURCE_KINDS) await cluster.request('DELETE', crdOf(kind))
      await waitUntil('the kinds are gone', async () => {
        const statuses = await Promise.all(RESOURCE_KINDS.map((kind) => cluster.request('GET', crdOf(kind))))
        return statuses.every(({ status }) => status === 404)
      })
    }
    const withKinds = async (): Promise<void> => {
      await cluster.apply(OWN_DEFINITIONS)
      await waitUntil('policies can be written', async () => {
        const { status } = await cluster.request('POST', pathOfResource('DaprSharedPolicy'), strict)
        return status === 201 || status === 409
      })
    }
    afterAll(() => deleteResources(cluster, [strict]))

    test('at the start: what holds without any is applied, and they count as soon as they come', async () => {
      await webhook().server.stop()
      await withoutKinds()
      await webhook().start()
      await waitUntil('the server is ready', isReady)
      expect((await ask(aPod('x', 'order'))).message).toBe('')
      expect((await ask(aPod('x', 'oder'))).message).toContain('[instance.missing]')
      await withKinds()
      await waitUntil('the policy counts', isRefused, { timeout: 90_000 })
    })

    test('any more: what is gone is gone, and they count again when they come back', async () => {
      await withoutKinds()
      await waitUntil('the policy is forgotten', async () => !(await isRefused()))
      expect(await isReady()).toBe(true)
      expect((await ask(aPod('x', 'order'))).message).toBe('')
      await withKinds()
      await waitUntil('the policy counts again', isRefused, { timeout: 90_000 })
    })
  })
})

const crd = z.looseObject({ spec: z.looseObject({ versions: z.array(z.looseObject({ name: z.string() })) }) })
const listed = z.looseObject({ items: z.array(z.unknown()) })
