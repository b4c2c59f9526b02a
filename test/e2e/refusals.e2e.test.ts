import { beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { waitUntil } from '../cluster/wait-until.ts'
import { describeInstalled } from './support/describe-installed.ts'
import { injectedWith, injectionOf, knownInstance } from './support/expected.ts'
import { createInstance } from './support/instances.ts'
import { create, createAll, createNamespace, pathOfPod } from './support/objects.ts'
import { aPod, aTemplate, waitForPods } from './support/pods.ts'

const namespace = 'e2e-refusals'

describeInstalled('a pod that cannot work', (cluster, webhook) => {
  beforeAll(async () => {
    await createNamespace(cluster, namespace)
    await createInstance(cluster, namespace, 'order')
    await createInstance(cluster, namespace, 'ledger', { shape: 'sidecar-application' })
  })

  const kubectlCreate = (pod: unknown): ReturnType<typeof cluster.kubectl> =>
    cluster.kubectl(['create', '-n', namespace, '-f', '-'], {
      stdin: JSON.stringify(pod),
      allowFailure: true,
    })

  test('is refused with what is wrong and how to mend it, as kubectl prints it', async () => {
    const { code, stdout, stderr } = await kubectlCreate(aPod('missing', 'oder'))
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    const [line, ...more] = stderr.trimEnd().split('\n')
    expect(more).toEqual([])
    expect(line).toContain(
      'Error from server (Forbidden): error when creating "STDIN": admission webhook "mutate.shared.dapr.io" denied the request: ' +
        '[instance.missing] no Dapr Shared instance "oder" in namespace "e2e-refusals". Did you mean "order"? Instances there: "order". ' +
        'Create it: helm install ',
    )
    expect(line).toMatch(/ Controllers retry by themselves, with growing pauses\.$/)
  })

  test('is refused as invalid where its annotations alone are wrong', async () => {
    const { code, stderr } = await kubectlCreate(aPod('invalid', 'Order'))
    expect(code).toBe(1)
    expect(stderr).toBe(
      'The request is invalid: metadata.annotations["dapr.io/shared"]: ' +
        '[annotation.invalid] the annotation dapr.io/shared is "Order", but values are exact. Write "order".\n',
    )
  })

  const sidecar = { name: 'daprd', image: 'docker.io/daprio/daprd:1.15.7' }
  const app = { name: 'app', image: 'example.test/app' }
  test.for([
    ['an empty app-id', 422, 'annotation.invalid', aPod('x', '')],
    ['an app-id with a space', 422, 'annotation.invalid', aPod('x', ' order')],
    ['one that looks like an app-id', 422, 'annotation.invalid', aPod('x', '\u043erder')],
    [
      'another identity beside it',
      422,
      'annotation.invalid',
      aPod('x', 'order', { annotations: { 'dapr.io/app-id': 'other' } }),
    ],
    [
      'both lists of containers',
      422,
      'annotation.invalid',
      aPod('x', 'order', {
        annotations: { 'dapr.io/shared-containers': 'app', 'dapr.io/shared-exclude-containers': 'b' },
      }),
    ],
    [
      'nothing left to inject',
      422,
      'annotation.invalid',
      aPod('x', 'order', { annotations: { 'dapr.io/shared-exclude-containers': 'app' } }),
    ],
    [
      'another strategy than it accepts',
      403,
      'strategy.not-allowed',
      aPod('x', 'order', { annotations: { 'dapr.io/shared-strategy': 'deployment' } }),
    ],
    [
      'a sidecar asked for, too',
      403,
      'sidecar.conflict',
      aPod('x', 'order', { annotations: { 'dapr.io/enabled': 'Yes' } }),
    ],
    ['a container daprd', 403, 'sidecar.conflict', aPod('x', 'order', { containers: [app, sidecar] })],
    [
      'a native sidecar daprd',
      403,
      'sidecar.conflict',
      aPod('x', 'order', { initContainers: [{ ...sidecar, restartPolicy: 'Always' }] }),
    ],
    [
      'our label, which it did not earn',
      403,
      'label.forged',
      aPod('x', 'order', { labels: { 'shared.dapr.io/app-id': 'billing' } }),
    ],
    [
      'our label without asking for anything',
      403,
      'label.forged',
      aPod('x', undefined, { labels: { 'shared.dapr.io/app-namespace': namespace } }),
    ],
    ['an app-id that runs with sidecars', 403, 'instance.missing', aPod('x', 'ledger')],
  ] as const)('with %s', async ([, code, rule, pod]) => {
    const dry = await create(cluster, namespace, pod, { dryRun: true })
    expect(dry.body).toMatchObject({
      kind: 'Status',
      status: 'Failure',
      code,
      reason: code === 422 ? 'Invalid' : 'Forbidden',
      message: expect.stringContaining(`denied the request: [${rule}] `) as string,
    })
    // the same answer for good, and nothing is left of the pod
    expect((await create(cluster, namespace, pod)).body).toEqual(dry.body)
    expect((await cluster.request('GET', pathOfPod(namespace, 'x'))).status).toBe(404)
  })

  test('is told of every fault at once, in the order of the catalogue', async () => {
    const pod = aPod('x', 'oder', {
      annotations: { 'dapr.io/enabled': 'true' },
      labels: { 'shared.dapr.io/app-id': 'order' },
    })
    const { body } = await create(cluster, namespace, pod, { dryRun: true })
    expect(rulesIn(body)).toEqual(['label.forged', 'instance.missing', 'sidecar.conflict'])
  })

  test('is told that an app-id with sidecars is not shared', async () => {
    const { body } = await create(cluster, namespace, aPod('x', 'ledger'), { dryRun: true })
    expect(messageOf(body)).toContain('App-id "ledger" runs with sidecars here, which are not shared.')
  })

  describe('in another namespace than the instance', () => {
    const [theirs, empty] = ['e2e-refusals-theirs', 'e2e-refusals-empty']
    beforeAll(async () => {
      await Promise.all([createNamespace(cluster, theirs), createNamespace(cluster, empty)])
      await createInstance(cluster, theirs, 'secret')
    })

    test('learns nothing of what is there: the answer is the same for an instance, for none and for no namespace', async () => {
      const lookUps = await webhook().metric('dapr_shared_live_lookups_total')
      const answers = await Promise.all(
        [theirs, empty, 'no-such-namespace'].map(async (other) => {
          const pod = aPod('x', 'secret', { annotations: { 'dapr.io/shared-namespace': other } })
          const { status, body } = await create(cluster, namespace, pod)
          return { status, text: JSON.stringify(body).replaceAll(other, 'OTHER') }
        }),
      )
      expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1)
      expect(answers[0]?.status).toBe(403)
      expect(answers[0]?.text).toContain('[namespace.not-granted]')
      expect(await webhook().metric('dapr_shared_live_lookups_total')).toBe(lookUps)
    })

    test('is not told the names of its neighbours, either', async () => {
      const { body } = await create(cluster, empty, aPod('x', 'secre'), { dryRun: true })
      expect(messageOf(body)).toContain('There are no instances there.')
      expect(messageOf(body)).not.toMatch(/secret|order/)
    })
  })

  describe('of a controller', () => {
    const template = (appId: string): object => aTemplate(appId, { labels: { app: appId } })
    const deployment = (appId: string): Parameters<typeof create>[2] => ({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: appId },
      spec: { replicas: 1, selector: { matchLabels: { app: appId } }, template: template(appId) },
    })
    const job = (appId: string): Parameters<typeof create>[2] => ({
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: appId },
      spec: { template: aTemplate(appId, { labels: { app: appId }, restartPolicy: 'Never' }) },
    })

    test.for([
      ['Deployment', 'late-deployment', deployment, 'Running'],
      ['Job', 'late-job', job, 'Succeeded'],
    ] as const)(
      'of kind %s leaves our message in its events, and comes by itself once the instance is there',
      async ([, appId, workload, phase]) => {
        await createAll(cluster, namespace, [workload(appId)])
        const message = await waitUntil('an event tells why there is no pod', async () => {
          const path = `/api/v1/namespaces/${namespace}/events?fieldSelector=reason=FailedCreate`
          const { items } = eventList.parse((await cluster.request('GET', path)).body)
          return items.find(({ involvedObject }) => involvedObject.name.startsWith(appId))?.message
        })
        expect(message).toContain(
          `admission webhook "mutate.shared.dapr.io" denied the request: [instance.missing] no Dapr Shared instance "${appId}"`,
        )

        await createInstance(cluster, namespace, appId)
        const [pod] = await waitForPods(cluster, namespace, `app=${appId}`, { phase })
        expect(pod && injectionOf(pod)).toEqual(injectedWith(knownInstance(namespace, appId)))
      },
    )
  })

  test('and one that works with reservations gets warnings, which kubectl prints', async () => {
    const pod = aPod('warned', 'order', {
      annotations: { 'dapr.io/shared-strategie': 'daemonset', 'dapr.io/shared-containers': 'app,later' },
      hostNetwork: true,
      containers: [{ ...app, env: [{ name: 'DAPR_HTTP_ENDPOINT', value: 'http://my-own:3500' }] }],
    })
    const { code, stderr } = await kubectlCreate(pod)
    expect(code).toBe(0)
    const warnings = stderr.trim().split('\n')
    expect(warnings).toEqual(
      expect.arrayContaining([
        'Warning: [annotation.unknown] no annotation "dapr.io/shared-strategie". Did you mean dapr.io/shared-strategy?',
        expect.stringContaining(
          '[annotation.unknown] dapr.io/shared-containers names no container of this pod: "later".',
        ),
        'Warning: [env.conflict] container "app" keeps its own DAPR_HTTP_ENDPOINT. Remove the variable to use the instance.',
        expect.stringContaining('[dns.unresolvable] hostNetwork without dnsPolicy ClusterFirstWithHostNet'),
      ]),
    )
    for (const warning of warnings) expect(warning.length).toBeLessThanOrEqual(120 + 'Warning: '.length)
  })

  test('is in the audit log with decision, rule and instance, and so is one that was injected', async () => {
    await create(cluster, namespace, aPod('audited-refusal', 'oder'))
    await create(cluster, namespace, aPod('audited', 'order'))
    const annotationsOf = async (name: string): Promise<Record<string, string> | undefined> =>
      (await cluster.readAuditLog()).findLast(
        ({ objectRef, verb }) =>
          verb === 'create' && objectRef.namespace === namespace && objectRef.name === name,
      )?.annotations
    expect(await waitUntil('the refusal is logged', () => annotationsOf('audited-refusal'))).toMatchObject({
      'mutate.shared.dapr.io/decision': 'denied',
      'mutate.shared.dapr.io/rule': 'instance.missing',
    })
    expect(await waitUntil('the injection is logged', () => annotationsOf('audited'))).toMatchObject({
      'mutate.shared.dapr.io/decision': 'injected',
      'mutate.shared.dapr.io/instance': `${namespace}/order`,
      'validate.shared.dapr.io/decision': 'injected',
      'validate.shared.dapr.io/instance': `${namespace}/order`,
    })
  })
})

const eventList = z.object({
  items: z.array(z.object({ message: z.string(), involvedObject: z.object({ name: z.string() }) })),
})

function messageOf(status: unknown): string {
  return z.object({ message: z.string() }).parse(status).message
}

function rulesIn(status: unknown): string[] {
  return [...messageOf(status).matchAll(/\[([a-z-]+\.[a-z-]+)\]/g)].map(([, rule = '']) => rule)
}
