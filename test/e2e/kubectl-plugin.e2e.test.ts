import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeOnCluster } from '../cluster/describe-on-cluster.ts'
import { createInstance } from './support/instances.ts'
import { createNamespace } from './support/objects.ts'
import { aPod } from './support/pods.ts'

const LAUNCHER = resolve(import.meta.dirname, '../../bin/dapr-shared.js')
const namespace = 'e2e-kubectl-plugin'

describeOnCluster('kubectl dapr-shared', (cluster) => {
  const path = process.env['PATH']
  const bin = mkdtempSync(join(tmpdir(), 'dapr-shared-plugin-'))

  beforeAll(async () => {
    // as npm installs it: two names of one program
    for (const name of ['kubectl-dapr_shared', 'kubectl_complete-dapr_shared'])
      symlinkSync(LAUNCHER, join(bin, name))
    process.env['PATH'] = `${bin}:${path}`
    await createNamespace(cluster, namespace)
    await createInstance(cluster, namespace, 'order')
  })
  afterAll(() => {
    process.env['PATH'] = path
    rmSync(bin, { recursive: true })
  })

  const pod = (appId: string): string => JSON.stringify(aPod('reviewed', appId))

  test('kubectl knows it', async () => {
    expect((await cluster.kubectl(['plugin', 'list'])).stdout).toContain('kubectl-dapr_shared')
  })

  test('asks the cluster of the kubeconfig that kubectl has', async () => {
    const args = ['dapr-shared', 'review', '-f', '-', '--cluster', '-n', namespace, '-o', 'json']
    const admitted = await cluster.kubectl(args, { stdin: pod('order') })
    expect(admitted.stdout).toContain(`http://order-dapr.${namespace}.svc.cluster.local:3500`)
    const refused = await cluster.kubectl(args, { stdin: pod('oder'), allowFailure: true })
    expect(refused.code).toBe(1)
    expect(refused.stdout).toContain('Did you mean')
  })

  test('takes --kubeconfig and --context after its command', async () => {
    const named = [`--kubeconfig=${cluster.aliceKubeconfig}`, '--cluster', '-n', namespace]
    const asAlice = await cluster.kubectl(['dapr-shared', 'instances', ...named], { allowFailure: true })
    expect(asAlice.code).toBe(3)
    const context = (await cluster.kubectl(['config', 'current-context'])).stdout.trim()
    const instances = ['dapr-shared', 'instances', '--cluster', '-n', namespace, '--context']
    expect((await cluster.kubectl([...instances, context])).stdout).toContain('order')
    expect((await cluster.kubectl([...instances, 'no-such-context'], { allowFailure: true })).code).toBe(2)
  })

  test('shows usage and examples as they are typed', async () => {
    const { stdout } = await cluster.kubectl(['dapr-shared', 'review', '--help'])
    expect(stdout).toContain('Usage: kubectl dapr-shared review')
    expect(stdout).toContain('| kubectl dapr-shared review -f -')
  })

  test("answers kubectl's completion", async () => {
    const complete = async (...words: string[]): Promise<string[]> => {
      const { stdout } = await cluster.kubectl(['__complete', 'dapr-shared', ...words])
      return stdout
        .trimEnd()
        .split('\n')
        .map((line) => line.split('\t')[0] ?? '')
    }
    expect(await complete('rev')).toEqual(['review', ':4'])
    expect(await complete('review', '-o', 'j')).toEqual(['json', 'junit', ':4'])
    expect(await complete('review', '-f', '')).toEqual([':0'])
  })
})
