import { afterAll, beforeAll, expect, test } from 'vitest'
import { DEFAULT_POLICY_NAME, defaultPolicy } from '../../src/policy/default-policy.ts'
import { describeOnCluster } from '../cluster/describe-on-cluster.ts'
import { waitUntil } from '../cluster/wait-until.ts'
import { createInstance } from './support/instances.ts'
import { createNamespace } from './support/objects.ts'
import { runProgram, type ProgramResult } from './support/run-program.ts'
import { OWN_DEFINITIONS } from './support/definitions.ts'

const namespace = 'e2e-lint'

const POLICY = `
apiVersion: shared.dapr.io/v1alpha1
kind: DaprSharedPolicy
metadata: {name: e2e-lint}
spec:
  match: {namespaceSelector: {matchLabels: {e2e-lint: nobody-has-this}}}
  rules: {strategies: {allowed: [DaemonSet]}}
`
const GRANT = `
apiVersion: shared.dapr.io/v1alpha1
kind: DaprSharedGrant
metadata: {name: till, namespace: ${namespace}}
spec: {appIds: [order, oder], from: [{namespace: ${namespace}}]}
`

describeOnCluster('lint --cluster', (cluster) => {
  const lint = (
    args: readonly string[],
    stdin = '',
    kubeconfig = cluster.kubeconfig,
  ): Promise<ProgramResult> =>
    runProgram(['lint', ...args, '--cluster', `--kubeconfig=${kubeconfig}`], { cwd: cluster.dir, stdin })

  beforeAll(async () => {
    await cluster.apply(OWN_DEFINITIONS)
    await createNamespace(cluster, namespace)
    await createInstance(cluster, namespace, 'order')
    for (const stdin of [POLICY, GRANT]) {
      await waitUntil('the kind is served', async () => {
        const { code } = await cluster.kubectl(['apply', '-f', '-'], { stdin, allowFailure: true })
        return code === 0
      })
    }
  })
  afterAll(async () => {
    await cluster.kubectl(['delete', 'dsp', 'e2e-lint', DEFAULT_POLICY_NAME, '--ignore-not-found'])
  })

  test('judges what the cluster has, as it has it', async () => {
    const { code, stdout, stderr } = await lint(['-n', namespace, '-o', 'json', '--fail-on', 'Warning'])
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' })
    const { items } = JSON.parse(stdout) as {
      items: { check: string; object: { kind: string; name: string } }[]
    }
    const told = items.map(({ check, object }) => `${check} ${object.kind} ${object.name}`)
    expect(told).toEqual(
      expect.arrayContaining([
        'match.no-namespace DaprSharedPolicy e2e-lint',
        'grant.no-instance DaprSharedGrant till',
        'grant.own-namespace DaprSharedGrant till',
        'security.mtls DaemonSet order-dapr-shared-chart',
      ]),
    )
    expect(told.filter((one) => one.startsWith('schema'))).toEqual([])
  })

  test('holds files against it', async () => {
    const near = GRANT.replace('till', 'new').replace('appIds: [order, oder]', 'appIds: [order]')
    const { code, stdout } = await lint(['-', '-n', namespace], near)
    expect(stdout).toContain('<stdin>:5: Warning [grant.own-namespace] DaprSharedGrant e2e-lint/new:')
    expect(stdout).toContain('0 errors, 1 warning, 0 infos; 1 object looked at')
    expect(code).toBe(0)
  })

  test('does not know what it may not see: exit 3', async () => {
    const { code, stdout, stderr } = await lint(['-n', namespace], '', cluster.aliceKubeconfig)
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' })
    expect(stderr).toMatch(/did not list \w+ \(.*alice/)
  })

  test('the default policy is taken by the API server, and back from it nothing is wrong with it', async () => {
    await cluster.kubectl(['apply', '--validate=strict', '-f', '-'], { stdin: defaultPolicy() })
    const { stdout } = await lint(['-o', 'json'])
    const { items } = JSON.parse(stdout) as { items: { object: { name: string } }[] }
    expect(items.filter(({ object }) => object.name === DEFAULT_POLICY_NAME)).toEqual([])
  })
})
