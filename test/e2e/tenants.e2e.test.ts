import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import type { ResourceKind } from '../../src/policy/kinds.ts'
import { waitUntil } from '../cluster/wait-until.ts'
import { answerTo, toAnswer } from './support/answers.ts'
import { describeInstalled } from './support/describe-installed.ts'
import { injectedWith, injectionOf, knownInstance, labelsFor } from './support/expected.ts'
import { createInstance, instanceObjects } from './support/instances.ts'
import { create, createAll, mergePatch, pathOfPod, type KubeObject } from './support/objects.ts'
import { aPod, aTemplate, readPod } from './support/pods.ts'
import { applyResources, aPolicy, aResource, deleteResources, pathOfResource } from './support/resources.ts'
import { createTenant, type Tenant } from './support/tenant.ts'
import { untilWatched } from './support/until-watched.ts'

// Two owners of namespaces, each with the standard role `admin`: `pay` tries all he can to get at what `shop` has.

const shop = 'e2e-tenant-shop'
const pay = 'e2e-tenant-pay'
const order = knownInstance(shop, 'order')
const SHARED = 'dapr.io/shared'
const SHOP_HOST = `order-dapr.${shop}.svc.cluster.local`

/** Our pods there, not those that shop lets us make by a grant. */
const inShop = { 'dapr.io/shared-namespace': shop }
const withToken = { ...inShop, 'dapr.io/shared-token-secret': 'token-of-shop/token' }

const POLICIES: readonly (KubeObject & { kind: ResourceKind })[] = [
  aPolicy('e2e-tenant-kinds', pay, {
    match: { objectSelector: { matchLabels: { policy: 'kinds' } } },
    rules: { workloads: { allowedKinds: ['Deployment'] } },
  }),
  aPolicy('e2e-tenant-strategies', pay, {
    match: { objectSelector: { matchLabels: { policy: 'strategies' } } },
    rules: { strategies: { allowed: ['Deployment'] } },
    exceptions: { namespaceSelector: { matchLabels: { exceptions: 'allowed' } } },
  }),
  aPolicy('e2e-tenant-rbac', pay, {
    match: { objectSelector: { matchLabels: { policy: 'rbac' } } },
    rules: { identity: { unlisted: 'RBAC' } },
  }),
]
const GRANTS: readonly (KubeObject & { kind: ResourceKind })[] = [
  aResource('DaprSharedGrant', shop, 'for-one-account', {
    appIds: ['lent'],
    from: [{ namespace: pay, serviceAccounts: ['trusted'] }],
  }),
  aResource('DaprSharedGrant', shop, 'for-pay', {
    appIds: ['twice', 'broken', 'gone-*'],
    from: [{ namespace: pay }],
  }),
]

describeInstalled('the owner of a namespace', (cluster, webhook) => {
  let owner: Tenant
  let neighbour: Tenant

  beforeAll(async () => {
    owner = await createTenant(cluster, pay)
    neighbour = await createTenant(cluster, shop)
    for (const appId of ['order', 'lent']) await createInstance(cluster, shop, appId)
    await createInstance(cluster, shop, 'twice')
    await createAll(
      cluster,
      shop,
      instanceObjects('chart-daemonset', 'twice', { release: 'twice-again' }).map((object) =>
        object.kind === 'Service'
          ? { ...object, metadata: { ...object.metadata, name: 'twice-again' } }
          : object,
      ),
    )
    await createAll(
      cluster,
      shop,
      instanceObjects('chart-daemonset', 'broken').filter(({ kind }) => kind !== 'Service'),
    )
    await createAll(cluster, pay, [
      { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'trusted' } },
      { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'token-of-shop' }, stringData: { token: 'x' } },
    ])
    await applyResources(neighbour.cluster, GRANTS)
    await applyResources(cluster, POLICIES)
    await untilWatched(webhook(), shop, 'order')
  })
  afterAll(async () => {
    await deleteResources(cluster, [...POLICIES, ...GRANTS])
    await owner[Symbol.asyncDispose]()
    await neighbour[Symbol.asyncDispose]()
  })

  const ask = (pod: KubeObject, options: Parameters<typeof answerTo>[3] = { dryRun: true }) =>
    answerTo(owner.cluster, pay, pod, options)
  const request = (...args: Parameters<typeof cluster.request>) => owner.cluster.request(...args)

  test('uses what is his own, as everybody does', async () => {
    await applyResources(owner.cluster, [
      aResource('DaprSharedInstance', pay, 'mine', {
        appId: 'mine',
        external: { httpEndpoint: 'https://a.example.com:443', grpcEndpoint: 'https://b.example.com:443' },
      }),
    ])
    expect((await ask(aPod('mine', 'mine'))).message).toBe('')
  })

  describe('does not reach the instance of another', () => {
    test('by asking for it: and is not told whether it is there', async () => {
      const answers = await Promise.all(
        [
          ['order', shop],
          ['nothing', shop],
          ['order', 'no-such-namespace'],
          ['lent', shop],
        ].map(async ([appId = '', namespace = '']) => {
          const annotations = { ...withToken, 'dapr.io/shared-namespace': namespace }
          const { status, message } = await ask(aPod('x', appId, { annotations }))
          expect(message).toContain('[namespace.not-granted]')
          return {
            status,
            message: message.replaceAll(`"${namespace}"`, 'NS').replaceAll(`"${appId}"`, 'APP'),
          }
        }),
      )
      expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1)
    })

    test('by a grant of his own, or one that he writes there', async () => {
      const grant = (namespace: string) =>
        aResource('DaprSharedGrant', namespace, 'to-me', { appIds: ['*'], from: [{ namespace: pay }] })
      await applyResources(owner.cluster, [grant(pay)])
      expect((await ask(aPod('x', 'order', { annotations: withToken }))).message).toContain(
        '[namespace.not-granted]',
      )
      const { status } = await request('POST', pathOfResource('DaprSharedGrant', shop), grant(shop))
      expect(status).toBe(403)
    })

    test('by a grant for another ServiceAccount, only by that one', async () => {
      const pod = aPod('lent', 'lent', { annotations: withToken })
      expect((await ask(pod)).message).toContain('[namespace.not-granted]')
      const trusted = aPod('lent', 'lent', { annotations: withToken, serviceAccountName: 'trusted' })
      const answer = await ask(trusted)
      expect(answer.message).toBe('')
      expect(answer.pod?.metadata.labels).toMatchObject(labelsFor({ appId: 'lent', namespace: shop }))
    })

    test('by a daprd of his own that claims its app-id: he gets his own, and the other keeps his', async () => {
      await createInstance(owner.cluster, pay, 'order')
      await untilWatched(webhook(), pay, 'order')
      const his = await ask(aPod('x', 'order'))
      expect(his.pod && injectionOf(his.pod)).toEqual(injectedWith(knownInstance(pay, 'order')))
      const theirs = await answerTo(neighbour.cluster, shop, aPod('x', 'order'), { dryRun: true })
      expect(theirs.pod && injectionOf(theirs.pod)).toEqual(injectedWith(order))
    })

    describe('by a Service that looks like its own', () => {
      const service = (name: string, spec: object): KubeObject => ({
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name },
        spec: {
          ports: [
            { name: 'dapr-http', port: 3500 },
            { name: 'dapr-grpc', port: 50_001 },
          ],
          ...spec,
        },
      })
      const [theirService] = instanceObjects('chart-daemonset', 'seeming').filter(
        ({ kind }) => kind === 'Service',
      )
      const workloadOnly = (appId: string): KubeObject[] =>
        instanceObjects('chart-daemonset', appId).filter(({ kind }) => kind !== 'Service')

      test.for([
        [
          'of the same name and selector, with nothing behind it',
          'seeming',
          () => [theirService],
          'instance.missing',
        ],
        [
          'that is an ExternalName of the other one',
          'alias',
          () => [
            ...workloadOnly('alias'),
            service('alias-dapr', { type: 'ExternalName', externalName: SHOP_HOST }),
          ],
          'instance.misconfigured',
        ],
        [
          'without a selector, for endpoints by hand',
          'by-hand',
          () => [...workloadOnly('by-hand'), service('by-hand-dapr', {})],
          'instance.misconfigured',
        ],
        [
          "that selects the other's pods",
          'selecting',
          () => [
            ...workloadOnly('selecting'),
            service('selecting-dapr', {
              selector: {
                'app.kubernetes.io/name': 'dapr-shared-chart',
                'app.kubernetes.io/instance': 'order',
              },
            }),
          ],
          'instance.misconfigured',
        ],
      ] as const)('%s', async ([, appId, objects, rule]) => {
        await createAll(
          owner.cluster,
          pay,
          objects().filter((object) => object !== undefined),
        )
        // until the watches have brought it all
        await waitUntil(`it is ${rule}`, async () => {
          const { message } = await ask(aPod('x', appId))
          expect(message).not.toBe('')
          return message.includes(`[${rule}]`)
        })
      })

      test.for([
        ['full', SHOP_HOST],
        ['short', `order-dapr.${shop}.svc`],
        ['shortest', `order-dapr.${shop}`],
      ] as const)('of the kind that leads outside, by its %s name', async ([name, host]) => {
        await applyResources(owner.cluster, [
          aResource('DaprSharedInstance', pay, `detour-${name}`, {
            appId: `detour-${name}`,
            external: { httpEndpoint: `http://${host}:3500`, grpcEndpoint: `http://${host}:50001` },
          }),
        ])
        const { message } = await ask(aPod('x', `detour-${name}`))
        expect(message).toContain('[instance.misconfigured]')
      })
    })

    test('by a policy or a namespace of his making: he may write neither', async () => {
      const allow = aResource('DaprSharedPolicy', '', 'mine', {
        rules: { crossNamespace: { mode: 'Allow' } },
      })
      const policies = pathOfResource('DaprSharedPolicy')
      expect((await request('POST', policies, allow)).status).toBe(403)
      const one = pathOfResource('DaprSharedPolicy', '', 'e2e-tenant-kinds')
      expect((await mergePatch(owner.cluster, one, { spec: { rules: null } })).status).toBe(403)
      expect((await request('DELETE', one)).status).toBe(403)
      expect((await request('DELETE', policies)).status).toBe(403)
      const labels = { metadata: { labels: { exceptions: 'allowed' } } }
      expect((await mergePatch(owner.cluster, `/api/v1/namespaces/${pay}`, labels)).status).toBe(403)
    })
  })

  describe('does not get at the token of another', () => {
    test('as his pods are given his own Secret only, which he named himself', async () => {
      const account = { serviceAccountName: 'trusted' }
      const without = await ask(aPod('lent', 'lent', { annotations: inShop, ...account }))
      expect(without.message).toContain('[token.unreachable]')
      expect(without.message).not.toContain('dapr-shared-chart')
      const { pod } = await ask(aPod('lent', 'lent', { annotations: withToken, ...account }))
      const text = JSON.stringify(pod?.spec)
      expect(text).toContain('"secretKeyRef":{"name":"token-of-shop","key":"token"}')
      expect(text).not.toContain('lent-dapr-shared-chart')
    })

    test.for([`${shop}/order-dapr-shared-chart/dapr-api-token`, '../order/token', 'order'])(
      'by naming a Secret elsewhere (%s)',
      async (secret) => {
        const annotations = { ...inShop, 'dapr.io/shared-token-secret': secret }
        const { message, status } = await ask(
          aPod('lent', 'lent', { annotations, serviceAccountName: 'trusted' }),
        )
        expect(status).toBe(422)
        expect(message).toContain('[annotation.invalid]')
      },
    )

    test('by an instance of his own, which can name no Secret of another namespace', async () => {
      const endpoints = {
        httpEndpoint: 'https://a.example.com:443',
        grpcEndpoint: 'https://b.example.com:443',
      }
      for (const apiTokenSecret of [
        { name: 'order-dapr-shared-chart', key: 'dapr-api-token', namespace: shop },
        { name: `${shop}/order-dapr-shared-chart`, key: 'dapr-api-token' },
      ]) {
        const { status } = await request(
          'POST',
          `${pathOfResource('DaprSharedInstance', pay)}?fieldValidation=Strict`,
          aResource('DaprSharedInstance', pay, 'thief', {
            appId: 'thief',
            external: { ...endpoints, apiTokenSecret },
          }),
        )
        expect([400, 422]).toContain(status)
      }
    })
  })

  describe('does not pass for somebody else', () => {
    const theirLabels = labelsFor({ appId: 'order', namespace: shop }) as Record<string, string>

    test.for([
      ['a pod that asks for nothing', undefined],
      ['a pod that asks for his own', 'mine'],
    ] as const)('by labels on %s', async ([, appId]) => {
      const { message } = await ask(aPod('x', appId, { labels: theirLabels }))
      expect(message).toContain('[label.forged]')
    })

    test('by labels and a status, as copied from a pod of the other', async () => {
      const status = JSON.stringify({
        instance: `${shop}/order`,
        strategy: 'daemonset',
        service: `${shop}/order-dapr`,
        containers: ['app'],
      })
      const annotations = { 'dapr.io/shared-status': status }
      const containers = [
        {
          name: 'app',
          image: 'example.test/app',
          env: [{ name: 'DAPR_HTTP_ENDPOINT', value: `http://${SHOP_HOST}:3500` }],
        },
      ]
      const { pod } = await ask(aPod('x', 'mine', { labels: theirLabels, annotations, containers }))
      expect(pod?.metadata.labels).toEqual(labelsFor({ appId: 'mine', namespace: pay }))
      expect(JSON.stringify(pod)).not.toContain(SHOP_HOST)
      const idle = await ask(aPod('x', undefined, { labels: theirLabels, annotations }))
      expect(idle.message).toContain('[label.forged]')
    })

    test('by labels in the template of a workload', async () => {
      const labels = { app: 'x', ...theirLabels }
      const object: KubeObject = {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'forging' },
        spec: { replicas: 0, selector: { matchLabels: labels }, template: aTemplate('mine', { labels }) },
      }
      const { message } = toAnswer(await create(owner.cluster, pay, object))
      expect(message).toContain('[label.forged]')
    })

    describe('by changing a pod that was admitted as it was', () => {
      const path = pathOfPod(pay, 'innocent')
      const smuggled = { annotations: { [SHARED]: 'order', ...withToken }, labels: theirLabels }
      let before: object
      const marks = async (): Promise<object> => {
        const { labels, annotations } = (await readPod(cluster, pay, 'innocent')).metadata
        return { labels, annotations }
      }
      beforeAll(async () => {
        await createAll(owner.cluster, pay, [aPod('innocent', undefined, { schedulerName: 'nobody' })])
        before = await marks()
      })

      test.for([
        ['an update of its annotations', '', { metadata: { annotations: smuggled.annotations } }],
        ['an update of its labels', '', { metadata: { labels: smuggled.labels } }],
        ['pods/status', '/status', { metadata: smuggled }],
        [
          'pods/ephemeralcontainers',
          '/ephemeralcontainers',
          {
            metadata: smuggled,
            spec: { ephemeralContainers: [{ name: 'daprd', image: 'x', terminationMessagePolicy: 'File' }] },
          },
        ],
        ['pods/resize', '/resize', { metadata: smuggled }],
      ] as const)('through %s', async ([, subresource, patch]) => {
        await mergePatch(owner.cluster, `${path}${subresource}`, patch)
        // nor with rights that a tenant does not have, but an operator may
        await mergePatch(cluster, `${path}${subresource}`, patch)
        expect(await marks()).toEqual(before)
      })

      test.for([`${path}/binding`, `/api/v1/namespaces/${pay}/bindings`])('through %s', async (bindings) => {
        const binding = {
          apiVersion: 'v1',
          kind: 'Binding',
          metadata: { name: 'innocent', ...smuggled },
          target: { apiVersion: 'v1', kind: 'Node', name: 'node-1' },
        }
        expect((await request('POST', bindings, binding)).status).toBe(403)
        expect(toAnswer(await cluster.request('POST', bindings, binding)).message).toContain('[label.forged]')
        expect(await marks()).toEqual(before)
      })
    })
  })

  describe('does not get out of a rule of the cluster', () => {
    const owned = (
      pod: KubeObject,
      kind: string,
      { name, uid }: { name: string; uid: string },
    ): KubeObject => ({
      ...pod,
      metadata: {
        ...pod.metadata,
        ownerReferences: [{ apiVersion: 'apps/v1', kind, name, uid, controller: true }],
      },
    })
    const identity = z.looseObject({ metadata: z.looseObject({ name: z.string(), uid: z.string() }) })
    const made = async (kind: string, spec: object, metadata: object = {}) => {
      const object = { apiVersion: 'apps/v1', kind, metadata: { name: 'cart', ...metadata }, spec }
      const { body } = await create(owner.cluster, pay, object)
      const { name, uid } = identity.parse(body).metadata
      return { name, uid }
    }
    const selector = { matchLabels: { app: 'cart' } }
    const template = aTemplate(undefined, { labels: { app: 'cart' } })

    test('by pods that claim to be of an allowed kind', async () => {
      const deployment = await made('Deployment', { replicas: 0, selector, template })
      const pod = aPod('x', 'mine', { labels: { policy: 'kinds', app: 'cart' } })
      for (const forged of [
        pod,
        owned(pod, 'Deployment', deployment),
        owned(pod, 'Deployment', { name: 'none', uid: 'none' }),
        owned(pod, 'ReplicaSet', deployment),
      ])
        expect((await ask(forged)).message).toContain('[workload.kind-not-allowed]')

      // a ReplicaSet that claims the Deployment as its maker, but for pods that it does not select
      const others = { matchLabels: { app: 'other' } }
      const otherTemplate = aTemplate(undefined, { labels: { app: 'other', policy: 'kinds' } })
      const reference = { apiVersion: 'apps/v1', kind: 'Deployment', ...deployment, controller: true }
      const replicaSet = await made(
        'ReplicaSet',
        { replicas: 0, selector: others, template: otherTemplate },
        { name: 'cart-by-hand', ownerReferences: [reference] },
      )
      const byHand = aPod('x', 'mine', { labels: { policy: 'kinds', app: 'other' } })
      expect((await ask(owned(byHand, 'ReplicaSet', replicaSet))).message).toContain(
        '[workload.kind-not-allowed]',
      )
    })

    test('by an exception that he writes, or a role for that', async () => {
      const exception = aResource('DaprSharedException', pay, 'for-me', {
        policies: [{ name: 'e2e-tenant-strategies', rules: ['strategy.not-allowed'] }],
        subjects: { appIds: ['mine'] },
        reason: 'I want it.',
        expiresAt: '2099-01-01T00:00:00Z',
      })
      expect((await request('POST', pathOfResource('DaprSharedException', pay), exception)).status).toBe(403)
      // and were one there: his namespace is not among those in which the policy honours it
      await applyResources(cluster, [exception])
      const pod = aPod('x', 'mine', { labels: { policy: 'strategies' } })
      expect((await ask(pod)).message).toContain('[strategy.not-allowed]')
      await deleteResources(cluster, [exception])
    })

    test.for([
      ['use', 'daprsharedinstances'],
      ['*', 'daprsharedinstances'],
      ['create', 'daprsharedexceptions'],
    ])('by a role that gives him %s of %s', async ([verb, resource]) => {
      const roles = `/apis/rbac.authorization.k8s.io/v1/namespaces/${pay}`
      const role = {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'Role',
        metadata: { name: 'mine' },
        rules: [{ apiGroups: ['shared.dapr.io'], resources: [resource], verbs: [verb] }],
      }
      expect((await request('POST', `${roles}/roles`, role)).status).toBe(403)
      const binding = {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'RoleBinding',
        metadata: { name: 'mine' },
        roleRef: {
          apiGroup: 'rbac.authorization.k8s.io',
          kind: 'ClusterRole',
          name: 'dapr-shared-exception-author',
        },
        subjects: [{ kind: 'ServiceAccount', name: 'owner', namespace: pay }],
      }
      expect((await request('POST', `${roles}/rolebindings`, binding)).status).toBe(403)
    })

    test('by being the owner: to write an instance is not to use it', async () => {
      const pod = aPod('x', 'mine', { labels: { policy: 'rbac' }, serviceAccountName: 'owner' })
      expect((await ask(pod)).message).toContain('[identity.not-bound]')
    })
  })

  describe('is not told what runs elsewhere', () => {
    test('by near names', async () => {
      const { message } = await ask(aPod('x', 'lend'))
      expect(message).toContain('[instance.missing]')
      expect(message).not.toMatch(/"lent"|twice|broken|e2e-tenant-shop/)
    })

    test.for([
      ['twice', 'instance.ambiguous'],
      ['broken', 'instance.misconfigured'],
      ['gone-app', 'instance.missing'],
    ])('by %s, which he may use: %s names none of the workloads', async ([appId = '', rule = '']) => {
      const { message } = await ask(aPod('x', appId, { annotations: withToken }))
      expect(message).toContain(`[${rule}]`)
      expect(message).not.toMatch(/(twice|broken)-dapr-shared-chart|twice-again|DaemonSet|"order"|"lent"/)
    })
  })
})
