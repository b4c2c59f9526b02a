import { readFileSync, statSync, writeFileSync, mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { waitUntil } from '../cluster/wait-until.ts'
import { answerTo } from './support/answers.ts'
import { describeInstalled } from './support/describe-installed.ts'
import { createInstance } from './support/instances.ts'
import { createAll, createNamespace, mergePatch, type KubeObject } from './support/objects.ts'
import { aPod, aTemplate, waitForPods, type StoredPod } from './support/pods.ts'
import { aPolicy, applyResources, aResource, deleteResources } from './support/resources.ts'
import { runProgram, type ProgramResult } from './support/run-program.ts'

// What a cluster told once must be told again without it: every answer, to the byte.

const shop = 'e2e-record-shop'
const pay = 'e2e-record-pay'
const CANARY = 'canary-77b1e0'

const RESOURCES = [
  aPolicy('e2e-record-env', shop, {
    match: { namespaceSelector: { matchLabels: { 'e2e-record': 'prod' } }, appIds: ['order'] },
    rules: { strategies: { allowed: ['Deployment'] } },
    exceptions: { namespaceSelector: {} },
  }),
  aPolicy('e2e-record-capacity', shop, {
    match: { appIds: ['billing'] },
    rules: { capacity: { maxPods: 2 } },
  }),
  aPolicy('e2e-record-kinds', shop, {
    match: { appIds: ['cart'] },
    rules: { workloads: { allowedKinds: ['Deployment'] } },
  }),
  aResource('DaprSharedGrant', pay, 'to-shop', {
    appIds: ['ledger'],
    from: [{ namespace: shop }],
  }),
  aResource('DaprSharedException', shop, 'order-for-now', {
    policies: [{ name: 'e2e-record-env', rules: ['strategy.not-allowed'] }],
    subjects: { serviceAccounts: ['excused'] },
    reason: 'a test of the recording',
    expiresAt: '2099-01-01T00:00:00Z',
  }),
]

const SECRETIVE = {
  annotations: { 'example.com/token': CANARY, 'dapr.io/env': `TOKEN=${CANARY}` },
  containers: [
    {
      name: 'app',
      image: 'example.test/app',
      args: [`--password=${CANARY}`],
      command: ['sh', '-c', `echo ${CANARY}`],
      env: [
        { name: 'PASSWORD', value: CANARY },
        { name: 'DAPR_API_TOKEN', value: CANARY },
        { name: 'DAPR_HTTP_ENDPOINT', value: `http://user:${CANARY}@elsewhere.test:1` },
      ],
    },
  ],
}

describeInstalled('a recorded cluster', (cluster, webhook) => {
  let folder = ''
  const record = (...args: string[]): Promise<ProgramResult> =>
    runProgram(['record', ...args], { cwd: folder })
  const kubeconfig = `--kubeconfig=${cluster.kubeconfig}`

  beforeAll(async () => {
    folder = mkdtempSync(join(cluster.dir, 'record-'))
    await Promise.all([createNamespace(cluster, shop), createNamespace(cluster, pay)])
    await mergePatch(cluster, `/api/v1/namespaces/${shop}`, {
      metadata: { labels: { 'e2e-record': 'prod' } },
    })
    await createInstance(cluster, shop, 'order')
    await createInstance(cluster, shop, 'billing', { shape: 'chart-deployment' })
    await createInstance(cluster, shop, 'old', { shape: 'chart-0.0.10' })
    await createInstance(cluster, shop, 'ambient', { shape: 'chart-dapr-ambient' })
    await createInstance(cluster, shop, 'sidecar', { shape: 'sidecar-application' })
    await createInstance(cluster, shop, 'cart')
    await createInstance(cluster, pay, 'ledger')
    await applyResources(cluster, RESOURCES)
    await createAll(cluster, shop, [
      { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'mine' }, stringData: { token: CANARY } },
      aPod('user-1', 'billing', { labels: { app: 'user' } }),
      aPod('user-2', 'billing', { labels: { app: 'user' } }),
    ])
    // by kubectl, which leaves the whole object in an annotation
    const deployment = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web', namespace: shop, annotations: SECRETIVE.annotations },
      spec: {
        selector: { matchLabels: { app: 'web' } },
        template: aTemplate('cart', { labels: { app: 'web' }, ...SECRETIVE }),
      },
    }
    await cluster.kubectl(['apply', '-f', '-'], { stdin: JSON.stringify(deployment) })
    await waitForPods(cluster, shop, 'app=user', { count: 2 })
    await waitForPods(cluster, shop, 'app=web', { count: 1 })
    await waitForPods(cluster, shop, 'app.kubernetes.io/name=dapr-shared-chart', { count: 4 })
  })
  afterAll(() => deleteResources(cluster, RESOURCES))

  describe('by an administrator', () => {
    beforeAll(async () => {
      const { code, stderr, stdout } = await record(
        '--cluster',
        kubeconfig,
        '-n',
        shop,
        '-n',
        pay,
        '--opted-in',
        '-o',
        'recorded.yaml',
      )
      expect({ code, stdout }, stderr).toEqual({ code: 0, stdout: '' })
    })

    test('is a file for its owner alone, without a secret of anybody', () => {
      const file = join(folder, 'recorded.yaml')
      expect(statSync(file).mode & 0o777).toBe(0o600)
      const text = readFileSync(file, 'utf8')
      expect(text).toContain('name: web')
      expect(text).toContain('name: PASSWORD')
      for (const secret of [
        CANARY,
        'a-token-that-nobody-may-read',
        'last-applied',
        'managedFields',
        'kind: Secret',
      ]) {
        expect(text).not.toContain(secret)
      }
    })

    test('says the same when it is recorded again', async () => {
      const read = (text: string): string => text.replace(/^# Recorded .*\n/m, '')
      const { stdout } = await record('--cluster', kubeconfig, '-n', pay, '-n', shop, '--opted-in')
      const kept = readFileSync(join(folder, 'recorded.yaml'), 'utf8')
      expect(read(stdout)).toBe(read(kept))
    })

    const asked: readonly (readonly [string, string, KubeObject])[] = [
      [
        'a workload kind that is not allowed',
        'workload.kind-not-allowed',
        aPod('p', 'cart', { labels: { app: 'x' } }),
      ],
      ['one of an older chart', 'http://old.e2e-record-shop.svc', aPod('p', 'old')],
      ['one of the oldest chart', 'http://ambient-dapr-ambient.e2e-record-shop.svc', aPod('p', 'ambient')],
      ['one for an application with a sidecar', 'instance.missing', aPod('p', 'sidecar')],
      ['an instance that is not there', 'instance.missing', aPod('p', 'oder')],
      ['a policy by the labels of the namespace', 'strategy.not-allowed', aPod('p', 'order')],
      [
        'an exception',
        'e2e-record-shop/order-for-now',
        aPod('p', 'order', { serviceAccountName: 'excused' }),
      ],
      ['a full instance', 'capacity.pods', aPod('p', 'billing')],
      [
        'an instance in another namespace, granted',
        'http://ledger-dapr.e2e-record-pay.svc',
        aPod('p', 'ledger', {
          annotations: { 'dapr.io/shared-namespace': pay, 'dapr.io/shared-token-secret': 'mine/token' },
        }),
      ],
      [
        'a Deployment without the token of an instance in another namespace',
        'token.unreachable',
        {
          apiVersion: 'apps/v1',
          kind: 'Deployment',
          metadata: { name: 'web2' },
          spec: {
            selector: { matchLabels: { app: 'web2' } },
            template: aTemplate('ledger', {
              labels: { app: 'web2' },
              annotations: { 'dapr.io/shared-namespace': pay },
            }),
          },
        },
      ],
    ]

    describe('replayed', () => {
      let live: readonly unknown[] = []
      let offline: readonly unknown[] = []

      beforeAll(async () => {
        const [made] = await waitForPods(cluster, shop, 'app=web')
        const objects = [...asked.map(([, , object]) => object), asItCame(made)]
        writeFileSync(
          join(folder, 'asked.json'),
          JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }),
        )
        const args = ['review', '-f', 'asked.json', '-n', shop, '-o', 'json']
        const [asking, replaying] = [
          await runProgram([...args, '--cluster', kubeconfig], { cwd: folder }),
          await runProgram([...args, '--state', 'recorded.yaml'], { cwd: folder }),
        ]
        live = itemsOf(asking)
        offline = itemsOf(replaying)
        expect({ ...replaying, stdout: '' }).toEqual({ ...asking, stdout: '' })
        expect(live).toHaveLength(objects.length)
      })

      test.each(asked.map(([what, told], index) => ({ what, told, index })))(
        'gives the same answer as the cluster: $what',
        ({ told, index }) => {
          expect(JSON.stringify(live[index])).toContain(told)
          expect(JSON.stringify(offline[index])).toBe(JSON.stringify(live[index]))
        },
      )

      test('gives the same answer to a pod whose ReplicaSet was recorded', () => {
        expect(live.at(-1)).toMatchObject({ allowed: true, matched: true })
        expect(JSON.stringify(offline.at(-1))).toBe(JSON.stringify(live.at(-1)))
      })
    })
  })

  test('a list that is refused is named, and there is no file', async () => {
    const alice = `--kubeconfig=${cluster.aliceKubeconfig}`
    const { code, stdout, stderr } = await record('--cluster', alice, '-n', shop, '-o', 'refused.yaml')
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' })
    expect(stderr).toMatch(/did not tell namespace e2e-record-shop \(.*alice.*\): nothing was recorded\./)
    expect(() => statSync(join(folder, 'refused.yaml'))).toThrow('ENOENT')
  })

  test('a refusal in the log becomes a test, which passes on the recorded cluster and fails on a mended one', async () => {
    const pod = aPod('unlucky', 'nobody', {
      annotations: { 'example.com/token': CANARY },
      serviceAccountName: 'default',
    })
    expect((await answerTo(cluster, shop, pod)).status).toBe(403)
    const lines = await waitUntil('the refusal is in the log', async () => {
      const { log } = webhook().server
      const found = log.filter((line) => line['namespace'] === shop)
      return found.some((line) => line['pod'] === 'unlucky') && found
    })
    writeFileSync(join(folder, 'webhook.log'), lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
    expect(readFileSync(join(folder, 'webhook.log'), 'utf8')).not.toContain(CANARY)
    await record('--cluster', kubeconfig, '-n', shop, '-n', pay, '-o', 'state.yaml')
    const made = await record(
      '--from-log',
      'webhook.log',
      '--state',
      'state.yaml',
      '-o',
      'log.dapr-shared-test.yaml',
    )
    expect(made.code, made.stderr).toBe(0)
    const suite = readFileSync(join(folder, 'log.dapr-shared-test.yaml'), 'utf8')
    expect(suite).toContain(`refuses ${shop}/unlucky: instance.missing`)
    const run = ['test', 'log.dapr-shared-test.yaml', '--run', 'unlucky']
    const passed = await runProgram(run, { cwd: folder })
    expect(passed.code, passed.stdout + passed.stderr).toBe(0)

    await createInstance(cluster, shop, 'nobody')
    await record('--cluster', kubeconfig, '-n', shop, '-n', pay, '-o', 'state.yaml')
    const failed = await runProgram(run, { cwd: folder })
    expect(failed.code, failed.stdout + failed.stderr).toBe(1)
  })
})

function itemsOf({ stdout }: ProgramResult): readonly unknown[] {
  return z.object({ items: z.array(z.unknown()) }).parse(JSON.parse(stdout)).items
}

/** A pod as its ReplicaSet asked for it, before anybody had injected it. */
function asItCame(pod: StoredPod | undefined): KubeObject {
  const { labels, ownerReferences } = pod?.metadata ?? { labels: {}, ownerReferences: undefined }
  const own = Object.entries(labels).filter(([key]) => !key.startsWith('shared.dapr.io/'))
  const asking = aPod('again', 'cart', { labels: Object.fromEntries(own) })
  return { ...asking, metadata: { ...asking.metadata, ownerReferences } }
}
