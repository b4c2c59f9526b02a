import { afterAll, beforeAll, expect, test } from 'vitest'
import type { WhatIfResult } from '../../src/what-if/result.ts'
import { describeOnCluster } from '../cluster/describe-on-cluster.ts'
import { waitUntil } from '../cluster/wait-until.ts'
import { OWN_DEFINITIONS } from './support/definitions.ts'
import { createAll, type KubeObject } from './support/objects.ts'
import { aTemplate } from './support/pods.ts'
import { runProgram, type ProgramResult } from './support/run-program.ts'

// A policy is rolled out over two namespaces with more workloads than a page has, by somebody who may read and nothing else.

const NAMESPACES = ['e2e-what-if-a', 'e2e-what-if-b'] as const
const [first, second] = NAMESPACES
const COUNTS = { [first]: 510, [second]: 7 }
const POLICY = 'e2e-what-if'

const policy = (action: string): string => `
apiVersion: shared.dapr.io/v1alpha1
kind: DaprSharedPolicy
metadata: {name: ${POLICY}}
spec:
  match: {namespaceSelector: {matchLabels: {e2e-what-if: "true"}}}
  validationActions: [${action}]
  scopedActions: [{points: [CLI], actions: [Audit]}]
  rules: {strategies: {allowed: [DaemonSet]}}
`
const prepared = NAMESPACES.map(
  (name) => `
apiVersion: v1
kind: Namespace
metadata: {name: ${name}, labels: {e2e-what-if: "true"}}
---
apiVersion: shared.dapr.io/v1alpha1
kind: DaprSharedInstance
metadata: {name: outside, namespace: ${name}}
spec: {appId: outside, external: {httpEndpoint: "https://dapr.example.test:443", grpcEndpoint: "https://dapr.example.test:443"}}
`,
).join('---')

const role = (name: string, jobs: readonly string[]): string => `
apiVersion: v1
kind: ServiceAccount
metadata: {name: ${name}, namespace: ${first}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: e2e-what-if-${name}}
rules:
  - {apiGroups: [apps], resources: [deployments, statefulsets, daemonsets, replicasets], verbs: [list]}
  - {apiGroups: [batch], resources: [${jobs.join(', ')}], verbs: [list]}
  - {apiGroups: [''], resources: [pods, services, namespaces, replicationcontrollers], verbs: [list]}
  - {apiGroups: [shared.dapr.io], resources: ['*'], verbs: [list]}
  - {apiGroups: [serving.knative.dev], resources: [services], verbs: [list]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: e2e-what-if-${name}}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: e2e-what-if-${name}}
subjects: [{kind: ServiceAccount, name: ${name}, namespace: ${first}}]
`

describeOnCluster('what-if --cluster', (cluster) => {
  /** Starts nothing, as it is suspended. */
  const cronJob = (name: string): KubeObject => ({
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name },
    spec: {
      schedule: '0 0 1 1 *',
      suspend: true,
      jobTemplate: {
        spec: {
          template: {
            ...aTemplate('outside'),
            spec: { ...aTemplate('outside').spec, restartPolicy: 'Never' },
          },
        },
      },
    },
  })
  const namesOf = (namespace: string): string[] =>
    Array.from(
      { length: COUNTS[namespace as typeof first] },
      (_, at) => `nightly-${String(at).padStart(3, '0')}`,
    )

  let reader = ''
  let blinkered = ''
  beforeAll(async () => {
    await cluster.apply(OWN_DEFINITIONS)
    await waitUntil('the kinds are served', async () => {
      const { code } = await cluster.kubectl(['apply', '-f', '-'], {
        stdin: `${prepared}---${policy('Audit')}`,
        allowFailure: true,
      })
      return code === 0
    })
    for (const namespace of NAMESPACES) {
      const names = namesOf(namespace)
      for (let at = 0; at < names.length; at += 20) {
        await createAll(cluster, namespace, names.slice(at, at + 20).map(cronJob))
      }
    }
    await cluster.apply(`${role('reader', ['jobs', 'cronjobs'])}---${role('blinkered', ['cronjobs'])}`)
    reader = await cluster.createServiceAccountKubeconfig(first, 'reader')
    blinkered = await cluster.createServiceAccountKubeconfig(first, 'blinkered')
  })
  afterAll(async () => {
    await cluster.kubectl(['delete', 'dsp', POLICY, '--ignore-not-found'])
    await cluster.kubectl(['delete', 'namespace', ...NAMESPACES, '--wait=false'])
    await cluster.kubectl([
      'delete',
      'clusterrole,clusterrolebinding',
      'e2e-what-if-reader',
      'e2e-what-if-blinkered',
    ])
  })

  const whatIf = (kubeconfig: string, action: string, ...args: string[]): Promise<ProgramResult> =>
    runProgram(['what-if', '-p', '-', '--cluster', `--kubeconfig=${kubeconfig}`, ...args], {
      cwd: cluster.dir,
      stdin: policy(action),
    })
  const stateOf = async (): Promise<string> => {
    const paths = [
      `/apis/shared.dapr.io/v1alpha1/daprsharedpolicies/${POLICY}`,
      ...NAMESPACES.flatMap((namespace) => [
        `/apis/batch/v1/namespaces/${namespace}/cronjobs`,
        `/apis/batch/v1/namespaces/${namespace}/jobs`,
        `/api/v1/namespaces/${namespace}/pods`,
        `/api/v1/namespaces/${namespace}/events`,
        `/apis/shared.dapr.io/v1alpha1/namespaces/${namespace}/daprsharedinstances`,
      ]),
    ]
    const bodies = await Promise.all(paths.map(async (path) => (await cluster.request('GET', path)).body))
    return JSON.stringify(bodies.map((body) => (body as { items?: unknown }).items ?? body))
  }

  test('names all whom a policy would refuse, by namespace, and writes nothing', async () => {
    const before = await stateOf()
    const { code, stdout, stderr } = await whatIf(reader, 'Deny', '-o', 'json')
    expect(code, stderr).toBe(1)
    const { items, summary } = JSON.parse(stdout) as WhatIfResult
    for (const namespace of NAMESPACES) {
      const own = items.filter(({ object }) => object.namespace === namespace)
      expect(own.map(({ object }) => object.name)).toEqual(namesOf(namespace))
      expect(new Set(own.map(({ change, object }) => `${change} ${object.kind}`))).toEqual(
        new Set(['newlyRefused CronJob']),
      )
      const count = COUNTS[namespace]
      expect(summary.byNamespace.find((row) => row.namespace === namespace)).toMatchObject({
        objects: count,
        newlyRefused: count,
        unchanged: 0,
      })
    }
    expect(summary.missing).toEqual([])
    expect(await stateOf()).toBe(before)
  })

  test('says the same to a person, of one namespace', async () => {
    const { code, stdout } = await whatIf(reader, 'Warn', '-n', second)
    expect(code).toBe(0)
    expect(stdout).toContain(`Proposed: DaprSharedPolicy ${POLICY} (replaced)`)
    expect(stdout).toMatch(/^e2e-what-if-b +7 +7 +0$/m)
    expect(stdout).toContain(
      '7 workloads ask: 7 warnings changed, 0 unchanged; refused: 0 today, 0 as proposed\n',
    )
  })

  test('does not call complete what it may not see: exit 3 names the list, and the rest is compared', async () => {
    const { code, stdout, stderr } = await whatIf(blinkered, 'Audit', '-n', second)
    expect(stderr).toMatch(
      /^incomplete: https:\S+ did not list jobs\.batch of namespace e2e-what-if-b \(jobs\.batch is forbidden: User "system:serviceaccount:e2e-what-if-a:blinkered" cannot list .*\)\.\n$/,
    )
    expect(stdout).toContain('7 workloads ask: nothing changes;')
    expect(stdout).toContain('(incomplete: not everything could be read)')
    expect(code).toBe(3)
  })
})
