import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Explanation, ExplainedItem } from '../../src/explain/explanation.ts'
import { waitUntil } from '../cluster/wait-until.ts'
import { describeInstalled } from './support/describe-installed.ts'
import { createInstance } from './support/instances.ts'
import { create, createAll, createNamespace } from './support/objects.ts'
import { aPod, aTemplate, waitForPods } from './support/pods.ts'
import { runProgram, type ProgramResult } from './support/run-program.ts'

const namespace = 'e2e-explain'
const POLICY = 'e2e-explain-daemonsets'

describeInstalled('explain asks a cluster', (cluster) => {
  beforeAll(async () => {
    await createNamespace(cluster, namespace)
    await createInstance(cluster, namespace, 'order')
    await createInstance(cluster, namespace, 'billing', { shape: 'chart-deployment' })
    await cluster.apply(
      JSON.stringify({
        apiVersion: 'shared.dapr.io/v1alpha1',
        kind: 'DaprSharedPolicy',
        metadata: { name: POLICY },
        spec: {
          match: {
            namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
            workloadKinds: ['Deployment', 'Pod'],
          },
          validationActions: ['Deny'],
          rules: { strategies: { allowed: ['DaemonSet'] } },
        },
      }),
    )
    await createAll(cluster, namespace, [
      aPod('one', 'order', { labels: { app: 'consumer' } }),
      {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'web' },
        spec: {
          selector: { matchLabels: { app: 'web' } },
          template: aTemplate('billing', { labels: { app: 'web' } }),
        },
      },
    ])
    await waitForPods(cluster, namespace, 'app=consumer', { count: 1 })
  })
  afterAll(() => cluster.kubectl(['delete', '--ignore-not-found', 'daprsharedpolicy', POLICY]))

  const explain = (what: string, kubeconfig = cluster.kubeconfig): Promise<ProgramResult> =>
    runProgram(['explain', what, '-n', namespace, '-o', 'json', '--cluster', `--kubeconfig=${kubeconfig}`], {
      cwd: cluster.dir,
      stdin: '',
    })
  const itemOf = ({ stdout }: ProgramResult): ExplainedItem | undefined =>
    (JSON.parse(stdout) as Explanation).items[0]

  test('a live workload: which policy refuses its pods, as the API server does, and which instances there are', async () => {
    const answer = await explain('deploy/web')
    expect(answer.code, answer.stderr).toBe(1)
    const item = itemOf(answer)
    expect(item).toMatchObject({ verdict: 'refused', object: { kind: 'Deployment', namespace, name: 'web' } })
    expect(item?.policies.find(({ name }) => name === POLICY)).toMatchObject({
      governs: true,
      because: 'its match fits: namespaceSelector, workloadKinds.',
      rules: [{ part: 'strategies', outcome: 'fired' }],
    })
    expect(item?.candidates.map(({ appId, chosen }) => [appId, chosen])).toEqual([
      ['billing', true],
      ['order', false],
    ])
    const finding = item?.findings.find(({ action }) => action === 'Deny')
    const message = finding?.message ?? '?'
    await waitUntil('the webhook refuses such a pod in the same words', async () => {
      const { body } = await create(cluster, namespace, aPod('like-it', 'billing'), { dryRun: true })
      return JSON.stringify(body).includes(JSON.stringify(message).slice(1, -1))
    })
  })

  test('a running pod that was injected is admitted as it is, with what it has already', async () => {
    const answer = await explain('pod/one')
    expect(answer.code, answer.stderr).toBe(0)
    const item = itemOf(answer)
    expect(item?.verdict).toBe('admitted unchanged')
    expect(item?.containers[0]?.variables[0]).toMatch(
      /^has DAPR_HTTP_ENDPOINT = http:\/\/order-dapr\..* already\.$/,
    )
  })

  test('one that is not there, and one that nobody may see', async () => {
    const gone = await explain('deploy/gone')
    expect(gone.code).toBe(2)
    expect(gone.stderr).toContain(`Deployment ${namespace}/gone: not found on https://`)
    const hidden = await explain('deploy/web', cluster.aliceKubeconfig)
    expect(hidden.code).toBe(3)
    expect(hidden.stderr).toContain('User "alice" cannot get resource "deployments"')
  })
})
