import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { describeInstalled } from './support/describe-installed.ts'
import { runProgram } from './support/run-program.ts'

const EXAMPLE = resolve(import.meta.dirname, '../../deploy/examples/ci')
const namespace = 'e2e-pre-sync'
/** The example, moved to a namespace, and to policies, of this test. */
const read = (file: string): string =>
  readFileSync(join(EXAMPLE, file), 'utf8')
    .replaceAll(/\bshop$/gm, namespace)
    .replaceAll('[shop]', `[${namespace}]`)
    .replaceAll('namespace: shop,', `namespace: ${namespace},`)
    .replaceAll('admission-review-shop', `admission-review-${namespace}`)
    .replaceAll(/env: prod/g, `env: ${namespace}`)

describeInstalled('the Job that reviews before a sync', (cluster) => {
  beforeAll(async () => {
    await cluster.apply(read('cluster/namespaces.yaml'))
    await cluster.apply(read('policies/production.yaml').replace('name: production', `name: ${namespace}`))
    await cluster.apply(read('cluster/instances.yaml'))
    const rights = read('k8s/pre-sync.yaml')
    await cluster.apply(rights.slice(rights.indexOf('---\n')))
  })

  test('has the rights that its command needs', async () => {
    const kubeconfig = await cluster.createServiceAccountKubeconfig(namespace, 'admission-review')
    const args = ['review', '-f', '-', '--cluster', `--kubeconfig=${kubeconfig}`, `--namespace=${namespace}`]
    const review = (manifests: string) => runProgram(args, { cwd: cluster.dir, stdin: manifests })
    const admitted = await review(`${read('k8s/orders.yaml')}---\n${read('k8s/nightly-report.yaml')}`)
    expect(admitted).toMatchObject({
      code: 0,
      stderr: '',
      stdout: expect.stringContaining('2 admitted') as string,
    })
    const refused = await review(read('k8s/orders.yaml').replace('serviceAccountName: orders', ''))
    expect(refused).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('identity.not-bound') as string,
    })
  })
})
