import { beforeAll, expect, test } from 'vitest'
import { describeOnCluster } from '../cluster/describe-on-cluster.ts'
import { waitUntil } from '../cluster/wait-until.ts'
import { createInstance } from './support/instances.ts'
import { createNamespace } from './support/objects.ts'
import { runProgram, type ProgramResult } from './support/run-program.ts'
import { OWN_DEFINITIONS } from './support/definitions.ts'

/** Nothing enforces a NetworkPolicy here: that the API server takes them, and reads in them what was meant. */

const namespace = 'e2e-network-policy'
const consumer = 'e2e-network-policy-till'

const GRANT = `
apiVersion: shared.dapr.io/v1alpha1
kind: DaprSharedGrant
metadata: {name: till, namespace: ${namespace}}
spec: {appIds: ["or*"], from: [{namespace: ${consumer}}]}
`

describeOnCluster('instances --network-policy', (cluster) => {
  const render = (): Promise<ProgramResult> =>
    runProgram(
      ['instances', '--network-policy', '-n', namespace, '--cluster', `--kubeconfig=${cluster.kubeconfig}`],
      { cwd: cluster.dir },
    )

  beforeAll(async () => {
    await cluster.apply(OWN_DEFINITIONS)
    await Promise.all([createNamespace(cluster, namespace), createNamespace(cluster, consumer)])
    await createInstance(cluster, namespace, 'order')
    await createInstance(cluster, namespace, 'billing', { shape: 'chart-deployment' })
    await waitUntil('a grant is taken', async () => {
      const { code } = await cluster.kubectl(['apply', '-f', '-'], { stdin: GRANT, allowFailure: true })
      return code === 0
    })
  })

  test('what it writes is applied as it is, and says what was meant', async () => {
    const { code, stdout, stderr } = await render()
    expect(code, stderr).toBe(0)
    const applied = await cluster.kubectl(['apply', '--validate=strict', '-f', '-'], { stdin: stdout })
    expect(applied.stdout.trim().split('\n').toSorted()).toEqual([
      'networkpolicy.networking.k8s.io/billing-dapr-shared created',
      'networkpolicy.networking.k8s.io/order-dapr-shared created',
    ])
    const { stdout: described } = await cluster.kubectl([
      'describe',
      'networkpolicy',
      'order-dapr-shared',
      '-n',
      namespace,
    ])
    expect(described.replaceAll(/ +/g, ' ')).toContain(
      [
        ' Allowing ingress traffic:',
        ' To Port: 3500/TCP',
        ' To Port: 50001/TCP',
        ' From:',
        ` PodSelector: shared.dapr.io/app-id=order,shared.dapr.io/app-namespace=${namespace}`,
        ' From:',
        ` NamespaceSelector: kubernetes.io/metadata.name=${consumer}`,
        ` PodSelector: shared.dapr.io/app-id=order,shared.dapr.io/app-namespace=${namespace}`,
        ' Not affecting egress traffic',
      ].join('\n'),
    )
  })

  test('the pods that it closes are those of the instance, and no others', async () => {
    const policy = await cluster.kubectl([
      'get',
      'netpol',
      'order-dapr-shared',
      '-n',
      namespace,
      '-o',
      'json',
    ])
    const { matchLabels } = (
      JSON.parse(policy.stdout) as { spec: { podSelector: { matchLabels: Record<string, string> } } }
    ).spec.podSelector
    const selector = Object.entries(matchLabels)
      .map((pair) => pair.join('='))
      .join(',')
    const names = await waitUntil('its pods are there', async () => {
      const { stdout } = await cluster.kubectl(['get', 'pods', '-n', namespace, '-l', selector, '-o', 'name'])
      return stdout.trim() === '' ? undefined : stdout.trim().split('\n')
    })
    for (const name of names) expect(name).toMatch(/^pod\/order-/)
  })
})
