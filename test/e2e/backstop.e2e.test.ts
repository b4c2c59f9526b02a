import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { describeOnCluster } from '../cluster/describe-on-cluster.ts'
import { waitUntil } from '../cluster/wait-until.ts'
import { expectGoodEnd } from './support/expect-good-end.ts'
import {
  injectedWith,
  injectionOf,
  knownInstance,
  labelsFor,
  statusFor,
  variablesFor,
} from './support/expected.ts'
import { startForeignWebhook } from './support/foreign-webhook.ts'
import { NAME, pointConfigurationsAt } from './support/installation.ts'
import { installWebhook, type InstalledWebhook } from './support/installed-webhook.ts'
import { createInstance } from './support/instances.ts'
import {
  create,
  createAll,
  createNamespace,
  mergePatch,
  pathOfPod,
  type KubeObject,
} from './support/objects.ts'
import { aPod, aTemplate, readPod, waitForPods } from './support/pods.ts'

const namespace = 'e2e-backstop'
const API = '/apis/admissionregistration.k8s.io/v1'
const APP_ID_LABEL = 'shared.dapr.io/app-id'
const NAMESPACE_LABEL = 'shared.dapr.io/app-namespace'

const order = knownInstance(namespace, 'order')
const variables = variablesFor(order)
const labels = labelsFor(order) as Record<string, string>
const SKIPPED = '{"instance":null,"skipped":"instance.missing","containers":[]}'

const aContainer = (name: string, env: readonly object[] = []): object => ({
  name,
  image: 'example.test/app',
  env,
})
const injectedApp = { containers: [aContainer('app', variables)] }

/** A pod for `order` as the webhook leaves it, but for what is given otherwise. */
function aHandMadePod({
  status = statusFor(order, ['app']),
  marks = labels,
  asks = true,
  annotations = {},
  ...spec
}: {
  status?: string
  marks?: Record<string, string>
  asks?: boolean
  annotations?: Record<string, string>
  [field: string]: unknown
} = {}): KubeObject {
  return aPod('asking', asks ? 'order' : undefined, {
    labels: marks,
    annotations: { ...annotations, 'dapr.io/shared-status': status },
    ...injectedApp,
    ...spec,
  })
}

const NOT_INJECTED =
  '[injection.incomplete] the pod asks for a shared instance (dapr.io/shared) but was not injected'
const FORGED = '[label.forged] the labels shared.dapr.io/app-id and shared.dapr.io/app-namespace are set by'
const lacking = (name: string): string =>
  `[injection.incomplete] after injection the pod has no container with DAPR_HTTP_ENDPOINT and DAPR_GRPC_ENDPOINT by the name of ${name}.`
const CONFLICT = '[sidecar.conflict] the pod has a container "daprd"'

const REFUSED: readonly (readonly [what: string, pod: KubeObject, sentence: string])[] = [
  ['asks', aPod('asking', 'order'), NOT_INJECTED],
  ['asks for nothing', aPod('asking', ''), NOT_INJECTED],
  ['has variables, but no status', aPod('asking', 'order', injectedApp), NOT_INJECTED],
  ['has no labels', aHandMadePod({ marks: {} }), NOT_INJECTED],
  [
    'was copied from another namespace',
    aHandMadePod({ status: statusFor(knownInstance('shop', 'order'), ['app']) }),
    FORGED,
  ],
  [
    'has the status of another app-id',
    aHandMadePod({ status: statusFor(knownInstance(namespace, 'orders'), ['app']) }),
    FORGED,
  ],
  ['lacks both variables', aHandMadePod({ containers: [aContainer('app')] }), lacking('app')],
  [
    'lacks one of them',
    aHandMadePod({ containers: [aContainer('app', variables.slice(0, 1))] }),
    lacking('app'),
  ],
  [
    'has an empty one',
    aHandMadePod({
      containers: [aContainer('app', [variables[0] ?? {}, { name: 'DAPR_GRPC_ENDPOINT', value: '' }])],
    }),
    lacking('app'),
  ],
  [
    'lacks them in containers that its status lists',
    aHandMadePod({
      status: statusFor(order, ['init', 'app', 'worker']),
      initContainers: [aContainer('init')],
      containers: [aContainer('app', variables), aContainer('worker')],
    }),
    lacking('init, worker'),
  ],
  [
    'lacks a container that its status lists',
    aHandMadePod({ status: statusFor(order, ['app', 'gone']) }),
    lacking('gone'),
  ],
  ['claims the app-id', aPod('asking', undefined, { labels: { [APP_ID_LABEL]: 'order' } }), FORGED],
  ['claims the namespace', aPod('asking', undefined, { labels: { [NAMESPACE_LABEL]: namespace } }), FORGED],
  ['claims it all, and never asked', aHandMadePod({ asks: false }), FORGED],
  ['claims another app-id', aHandMadePod({ marks: { ...labels, [APP_ID_LABEL]: 'billing' } }), FORGED],
  ['claims another namespace', aHandMadePod({ marks: { ...labels, [NAMESPACE_LABEL]: 'shop' } }), FORGED],
  ['claims by half', aHandMadePod({ marks: { [APP_ID_LABEL]: 'order' } }), FORGED],
  ['claims though it was skipped', aHandMadePod({ status: SKIPPED }), FORGED],
  [
    'has a daprd beside',
    aHandMadePod({ containers: [aContainer('app', variables), aContainer('daprd')] }),
    CONFLICT,
  ],
  ['has a native daprd beside', aHandMadePod({ initContainers: [aContainer('daprd')] }), CONFLICT],
]

const exact = statusFor(order, ['app'])
const HOSTILE: readonly (readonly [what: string, status: string])[] = [
  ['nothing', ''],
  ['no JSON', 'injected'],
  ['null', 'null'],
  ['an empty object', '{}'],
  ['a list', `[${exact}]`],
  ['spaces', exact.replaceAll(':', ': ')],
  ['a line break at its end', `${exact}\n`],
  ['a line break at its start', `\n${exact}`],
  ['a second object', `${exact}${exact}`],
  ['another order of keys', `{"containers":["app"],"instance":"${namespace}/order","strategy":"daemonset"}`],
  ['a key twice', exact.replace('"containers":["app"]', '"containers":[],"containers":["app"]')],
  ['a second list', exact.replace('["app"]', '["app"],"containers":[]')],
  ['no containers', statusFor(order, [])],
  ['a list of a list', exact.replace('["app"]', '[["app"]]')],
  ['a name that is none', exact.replace('"app"', '"app",""')],
  ['a name that is a number', exact.replace('"app"', '1')],
  ['a list within a string', exact.replace('"daemonset"', '"\\"containers\\":[\\"app\\"]"')],
  ['a list within a Service', exact.replace('order-dapr', 'x","containers":["app"],"y":"')],
  ['skipped within a string', exact.replace('"daemonset"', '"\\"skipped\\":\\"instance.missing\\""')],
  ['skipped after it', exact.replace('}', ',"skipped":"instance.missing"}')],
  ['skipped with an instance', SKIPPED.replace('null', `"${namespace}/order"`)],
  ['skipped with containers', SKIPPED.replace('[]', '["app"]')],
  ['skipped with no rule', SKIPPED.replace('instance.missing', '')],
  ['skipped with spaces', SKIPPED.replace(',', ', ')],
  ['skipped twice', SKIPPED.replace('}', ',"skipped":""}')],
  ['skipped, and a line break', `${SKIPPED}\n`],
  ['200 KB', exact.replace('"app"', `"app"${',"app"'.repeat(33_000)}`)],
]

const many = Array.from({ length: 60 }, (_, index) => `worker-${index}`)

const ADMITTED: readonly (readonly [what: string, pod: KubeObject])[] = [
  ['does not ask', aPod('asking', undefined)],
  ['has no metadata but a name', { ...aPod('asking', undefined), metadata: { name: 'asking' } }],
  [
    'has a sidecar',
    aPod('asking', undefined, {
      annotations: { 'dapr.io/enabled': 'true' },
      containers: [aContainer('daprd')],
    }),
  ],
  ['carries only a status', aPod('asking', undefined, { annotations: { 'dapr.io/shared-status': '{}' } })],
  ['was left alone by policy', aHandMadePod({ status: SKIPPED, marks: {}, containers: [aContainer('app')] })],
  [
    'was left its sidecar by policy',
    aHandMadePod({
      status: SKIPPED.replace('instance.missing', 'sidecar.conflict'),
      marks: {},
      containers: [aContainer('daprd')],
    }),
  ],
  // it guards against accidents: who imitates the webhook in everything passes
  ['looks injected in everything', aHandMadePod()],
  [
    'uses an external instance',
    aHandMadePod({ status: `{"instance":"${namespace}/order","strategy":"external","containers":["app"]}` }),
  ],
  [
    'uses an instance of another namespace',
    aHandMadePod({
      annotations: { 'dapr.io/shared-namespace': 'shop' },
      status: statusFor(knownInstance('shop', 'order'), ['app']),
      marks: { ...labels, [NAMESPACE_LABEL]: 'shop' },
    }),
  ],
  [
    'has its endpoints by reference',
    aHandMadePod({
      containers: [
        aContainer(
          'app',
          ['DAPR_HTTP_ENDPOINT', 'DAPR_GRPC_ENDPOINT'].map((name) => ({
            name,
            valueFrom: { configMapKeyRef: { name: 'dapr', key: name } },
          })),
        ),
      ],
    }),
  ],
  [
    'has many containers, of which some are left alone',
    aHandMadePod({
      status: statusFor(order, many),
      containers: [
        aContainer('app'),
        ...many.map((name) =>
          aContainer(name, [...variables, ...many.map((other) => ({ name: other, value: 'x' }))]),
        ),
      ],
    }),
  ],
  [
    'is a static pod',
    {
      ...aPod('asking', 'order', { nodeName: 'node-1', annotations: { 'kubernetes.io/config.mirror': 'x' } }),
    },
  ],
]

const policyStatus = z.object({ status: z.object({ typeChecking: z.unknown() }).optional() })

describeOnCluster('the backstop', (cluster) => {
  let webhook: InstalledWebhook

  beforeAll(async () => {
    await createNamespace(cluster, namespace)
    await createInstance(cluster, namespace, 'order')
    webhook = await installWebhook(cluster, undefined, ['--backstop'])
  })
  afterAll(async () => expectGoodEnd(cluster, webhook))

  test.for(['dapr-shared-backstop', 'dapr-shared-labels'])(
    'has no expression of %s that the API server finds fault with',
    async (name) => {
      const checked = await waitUntil('its types were checked', async () => {
        const { body } = await cluster.request('GET', `${API}/validatingadmissionpolicies/${name}`)
        return policyStatus.parse(body).status?.typeChecking
      })
      expect(checked).toEqual({})
    },
  )

  const dryRun = (pod: KubeObject): ReturnType<typeof create> =>
    create(cluster, namespace, pod, { dryRun: true })

  describe('while nobody calls the webhook, its configurations being deleted', () => {
    beforeAll(async () => {
      for (const kind of ['mutating', 'validating'])
        await cluster.request('DELETE', `${API}/${kind}webhookconfigurations/${NAME}`)
      await waitUntil('the API server calls nobody and evaluates the policy', async () => {
        const { body } = await dryRun(aPod('asking', 'order'))
        return JSON.stringify(body).includes('ValidatingAdmissionPolicy')
      })
    })

    test.for(REFUSED)('refuses a pod that %s', async ([, pod, sentence]) => {
      const { status, body } = await dryRun(pod)
      expect({ status, body }).toMatchObject({
        status: 403,
        body: { reason: 'Forbidden', message: expect.stringContaining(sentence) as string },
      })
    })

    test.for(HOSTILE)('takes no status for ours that has %s', async ([, status]) => {
      for (const [marks, sentence] of [
        [{}, NOT_INJECTED],
        [labels, FORGED],
      ] as const) {
        const { status: code, body } = await dryRun(aHandMadePod({ status, marks }))
        expect({ code, body }).toMatchObject({
          code: 403,
          body: { message: expect.stringContaining(sentence) as string },
        })
      }
    })

    test.for(ADMITTED)('admits a pod that %s', async ([, pod]) => {
      const { status, body } = await dryRun(pod)
      expect(status, JSON.stringify(body)).toBe(201)
    })

    test.for(['kube-system', 'dapr-shared-system'])('leaves %s alone', async (excluded) => {
      const restricted = {
        securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
        containers: [
          {
            ...aContainer('app'),
            securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
          },
        ],
      }
      const { status } = await create(cluster, excluded, aPod('asking', 'order', restricted), {
        dryRun: true,
      })
      expect(status).toBe(201)
    })

    test('tells it in one sentence to whom it concerns', async () => {
      const { code, stderr } = await cluster.kubectl(['create', '-n', namespace, '-f', '-'], {
        stdin: JSON.stringify(aPod('asking', 'order')),
        allowFailure: true,
      })
      expect(code).toBe(1)
      expect(stderr).toMatch(
        /^Error from server \(Forbidden\): error when creating "STDIN": pods "asking" is forbidden: ValidatingAdmissionPolicy 'dapr-shared-backstop' with binding 'dapr-shared-backstop' denied request: \[injection\.incomplete\] .*\n$/,
      )
    })
  })

  describe('beside the webhook', () => {
    beforeAll(async () => {
      await cluster.apply(webhook.rendered.yaml)
      await pointConfigurationsAt(cluster, webhook.port)
      await webhook.start()
      await webhook.effective()
    })

    test('admits what was injected, and the webhook is not asked a second time', async () => {
      const judged = (): Promise<number> =>
        webhook.metric('dapr_shared_admission_requests_total', { webhook: 'validate' })
      const before = await judged()
      const [app, init] = [aContainer('app'), aContainer('init')]
      await createAll(cluster, namespace, [
        aPod('injected', 'order'),
        aPod('with-init', 'order', {
          annotations: { 'dapr.io/shared-exclude-containers': 'bare' },
          initContainers: [init],
          containers: [app, aContainer('bare')],
        }),
      ])
      expect(injectionOf(await readPod(cluster, namespace, 'injected'))).toEqual(injectedWith(order))
      expect((await readPod(cluster, namespace, 'with-init')).metadata.annotations).toMatchObject({
        'dapr.io/shared-status': statusFor(order, ['app', 'init']),
      })
      expect(await judged()).toBe(before)
    })

    test('leaves updates to the webhook', async () => {
      const patch = { metadata: { annotations: { 'dapr.io/shared': 'billing' } } }
      expect(await mergePatch(cluster, pathOfPod(namespace, 'injected'), patch)).toMatchObject({
        status: 422,
        body: { message: expect.stringContaining('[annotation.changed]') as string },
      })
    })

    test('refuses what a later webhook made ask', async () => {
      const late = await createNamespace(cluster, `${namespace}-late`)
      await using foreign = await startForeignWebhook(cluster, webhook.rendered, {
        name: 'zz-late',
        namespace: late,
        mutate: () => [{ op: 'add', path: '/metadata/annotations', value: { 'dapr.io/shared': 'order' } }],
      })
      const pod = { ...aPod('late', undefined), metadata: { name: 'late' } }
      const { body } = await waitUntil('the later webhook is called', async () => {
        const answer = await create(cluster, late, pod, { dryRun: true })
        return answer.status !== 201 && answer
      })
      expect(JSON.stringify(body)).toContain("ValidatingAdmissionPolicy 'dapr-shared-backstop'")
      expect(JSON.stringify(body)).toContain('Put the annotation into the pod template')
      expect(foreign.calls).toBeGreaterThan(0)
    })
  })

  describe('while the webhook is stopped', () => {
    beforeAll(async () => {
      await webhook.server.stop()
    })
    afterAll(async () => {
      await webhook.start()
    })

    test('has nothing to say: no pod that asks gets so far', async () => {
      const { status, body } = await dryRun(aPod('asking', 'order'))
      expect(status).toBe(500)
      expect(JSON.stringify(body)).toContain('failed calling webhook \\"mutate.shared.dapr.io\\"')
    })

    test('has no part in pods that did not ask', async () => {
      await createAll(cluster, namespace, [
        {
          apiVersion: 'apps/v1',
          kind: 'Deployment',
          metadata: { name: 'plain' },
          spec: {
            selector: { matchLabels: { app: 'plain' } },
            template: aTemplate(undefined, { labels: { app: 'plain' } }),
          },
        },
      ])
      await waitForPods(cluster, namespace, 'app=plain')
    })
  })
})
