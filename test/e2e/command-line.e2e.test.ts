import { mkdtempSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import type { TestCluster } from '../cluster/attach.ts'
import { describeInstalled } from './support/describe-installed.ts'
import { injectionOf, knownInstance, labelsFor, statusFor } from './support/expected.ts'
import { createInstance } from './support/instances.ts'
import { create, createAll, createNamespace } from './support/objects.ts'
import { aPod, aTemplate, storedPod, waitForPods } from './support/pods.ts'
import { runProgram, type ProgramResult } from './support/run-program.ts'

const mine = 'e2e-cli-mine'
const theirs = 'e2e-cli-theirs'

// As alice, who may read what tells of instances in one namespace, and the cluster's policies, and nothing else anywhere.
describeInstalled('the command line asks a cluster', (cluster) => {
  beforeAll(async () => {
    await Promise.all([createNamespace(cluster, mine), createNamespace(cluster, theirs)])
    await createInstance(cluster, mine, 'order')
    await createInstance(cluster, mine, 'billing', { shape: 'chart-deployment' })
    await createInstance(cluster, theirs, 'hidden')
    await cluster.apply(readerOf(mine))
    await createAll(cluster, mine, [
      aPod('one', 'order', { labels: { app: 'consumer' } }),
      aPod('two', 'order', { labels: { app: 'consumer' } }),
    ])
    await waitForPods(cluster, mine, 'app=consumer', { count: 2 })
    await waitForPods(cluster, mine, 'app.kubernetes.io/name=dapr-shared-chart', { count: 3 })
  })

  // other tests count on it that she may do nothing in the cluster as a whole
  afterAll(() => cluster.kubectl(['delete', 'clusterrole,clusterrolebinding', `${mine}-reads-policies`]))

  const run = (args: readonly string[], stdin?: unknown): Promise<ProgramResult> =>
    runProgram([...args, '--cluster', `--kubeconfig=${cluster.aliceKubeconfig}`], {
      cwd: cluster.dir,
      stdin: stdin === undefined ? '' : JSON.stringify(stdin),
    })

  describe('review', () => {
    test('tells the very injection that the API server then gets', async () => {
      const pod = aPod('reviewed', 'order', { initContainers: [{ name: 'init', image: 'example.test/i' }] })
      const { code, stdout, stderr } = await run(['review', '-f', '-', '-n', mine, '-o', 'json'], pod)
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
      const [item] = reviewResult.parse(JSON.parse(stdout)).items
      const { body } = await create(cluster, mine, pod, { dryRun: true })
      const admitted = storedPod.parse(body)
      expect(item?.env).toEqual(
        Object.fromEntries(
          [...admitted.spec.containers, ...admitted.spec.initContainers].map(({ name, env = [] }) => [
            name,
            Object.fromEntries(
              env.map((one) => [
                one.name,
                one.value ?? 'secretKeyRef:order-dapr-shared-chart/dapr-api-token',
              ]),
            ),
          ]),
        ),
      )
      const order = knownInstance(mine, 'order')
      expect(injectionOf(admitted)).toMatchObject({
        labels: labelsFor(order),
        status: statusFor(order, ['app', 'init']),
      })
    })

    test('refuses what the API server refuses, word for word', async () => {
      const pod = aPod('reviewed', 'oder')
      const { code, stdout } = await run(['review', '-f', '-', '-n', mine, '-o', 'json'], pod)
      expect(code).toBe(1)
      const [item] = reviewResult.parse(JSON.parse(stdout)).items
      const sentences = item?.findings.map(({ rule, message, cure }) => `[${rule}] ${message} ${cure}`)
      const { body } = await create(cluster, mine, pod, { dryRun: true })
      expect(body).toMatchObject({ message: expect.stringContaining(sentences?.join(' ') ?? '?') as string })
    })

    test('takes a workload out of the cluster, as kubectl prints it', async () => {
      const deployment = {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'checkout' },
        spec: {
          selector: { matchLabels: { app: 'checkout' } },
          template: aTemplate('billing', { labels: { app: 'checkout' } }),
        },
      }
      await createAll(cluster, mine, [deployment])
      const { stdout: exported } = await cluster.kubectl([
        'get',
        'deploy',
        'checkout',
        '-n',
        mine,
        '-o',
        'yaml',
      ])
      const folder = mkdtempSync(join(cluster.dir, 'review-'))
      writeFileSync(join(folder, 'deployment.yaml'), exported)
      const { code, stdout } = await run(['review', '-f', join(folder, 'deployment.yaml')])
      expect(code, stdout).toBe(0)
      expect(stdout).toContain('http://billing-dapr.e2e-cli-mine.svc.cluster.local:3500')
    })

    test('does not know what it may not see: exit 3, which names the namespace', async () => {
      const { code, stdout, stderr } = await run(
        ['review', '-f', '-', '-n', theirs],
        aPod('reviewed', 'hidden'),
      )
      expect({ code, stdout }).toEqual({ code: 3, stdout: '' })
      expect(stderr).toContain('the instances of namespace e2e-cli-theirs are unknown')
      expect(stderr).toMatch(/User "alice" cannot list resource "\w+"/)
      expect(stderr.trim().split('\n')).toHaveLength(1)
    })
  })

  describe('instances', () => {
    test('lists those of the namespace, with their consumers', async () => {
      const { code, stdout, stderr } = await run(['instances', '-n', mine, '-o', 'json'])
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
      expect(instanceList.parse(JSON.parse(stdout)).items).toMatchObject([
        {
          namespace: mine,
          appId: 'billing',
          strategy: 'deployment',
          ready: '1/1',
          workload: 'Deployment/billing-dapr-shared-chart',
          service: 'billing-dapr',
          token: 'billing-dapr-shared-chart/dapr-api-token',
        },
        {
          namespace: mine,
          appId: 'order',
          strategy: 'daemonset',
          ready: '2/2',
          httpEndpoint: 'http://order-dapr.e2e-cli-mine.svc.cluster.local:3500',
          consumers: 2,
          problem: '',
        },
      ])
    })

    test('does not know all namespaces, if it may read one: exit 3', async () => {
      const { code, stdout, stderr } = await run(['instances'])
      expect({ code, stdout }).toEqual({ code: 3, stdout: '' })
      expect(stderr).toContain('the instances of all namespaces are unknown')
    })

    test('knows all, as an administrator', async () => {
      const args = ['instances', '--cluster', `--kubeconfig=${cluster.kubeconfig}`]
      const { code, stdout } = await runProgram(args, { cwd: cluster.dir })
      expect(code).toBe(0)
      expect(stdout).toMatch(/^e2e-cli-mine +order +daemonset +2\/2 +2 /m)
      expect(stdout).toMatch(/^e2e-cli-theirs +hidden +daemonset /m)
    })
  })
})

const reviewResult = z.object({
  items: z.array(
    z.object({
      env: z.record(z.string(), z.record(z.string(), z.string())),
      findings: z.array(z.object({ rule: z.string(), message: z.string(), cure: z.string() })),
    }),
  ),
})

const instanceList = z.object({ items: z.array(z.record(z.string(), z.unknown())) })

function readerOf(namespace: string): Parameters<TestCluster['apply']>[0] {
  return `
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: reads-instances, namespace: ${namespace}}
rules:
  - {apiGroups: [apps], resources: [daemonsets, deployments], verbs: [list]}
  - {apiGroups: [''], resources: [services, pods], verbs: [list]}
  - apiGroups: [shared.dapr.io]
    resources: [daprsharedinstances, daprsharedgrants, daprsharedexceptions]
    verbs: [list]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: reads-instances, namespace: ${namespace}}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reads-instances}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: alice}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: ${namespace}-reads-policies}
rules:
  - {apiGroups: [shared.dapr.io], resources: [daprsharedpolicies], verbs: [list]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: ${namespace}-reads-policies}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: ${namespace}-reads-policies}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: alice}]
`
}
