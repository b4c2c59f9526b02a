import { mkdirSync, mkdtempSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { z } from 'zod'
import { describeInstalled } from './support/describe-installed.ts'
import { runProgram, type ProgramResult } from './support/run-program.ts'

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

const text = z.string()
const job = z.object({
  kind: z.literal('Job'),
  spec: z.object({
    template: z.object({
      spec: z.object({
        serviceAccountName: text,
        containers: z.tuple([
          z.object({
            args: z.array(text),
            volumeMounts: z.tuple([z.object({ name: text, mountPath: text })]),
          }),
        ]),
        volumes: z.tuple([z.object({ name: text, configMap: z.object({ name: text }) })]),
      }),
    }),
  }),
})

describeInstalled('the Job that reviews before a sync', (cluster) => {
  const folder = mkdtempSync(join(cluster.dir, 'pre-sync-'))
  let pod: z.output<typeof job>['spec']['template']['spec'] | undefined

  beforeAll(async () => {
    await cluster.apply(read('cluster/namespaces.yaml'))
    await cluster.apply(read('policies/production.yaml').replace('name: production', `name: ${namespace}`))
    await cluster.apply(read('cluster/instances.yaml'))
    for (const file of readdirSync(join(EXAMPLE, 'k8s')))
      writeFileSync(join(folder, file), read(`k8s/${file}`))
    const rendered = (await cluster.kubectl(['kustomize', folder])).stdout
    const documents = parseAllDocuments(rendered)
    const isOfWave = (document: (typeof documents)[number]): boolean =>
      document.getIn(['metadata', 'annotations', 'argocd.argoproj.io/sync-wave']) === '-1'
    await cluster.apply(documents.filter(isOfWave).join(''))
    const later = documents.find((document) => document.get('kind') === 'Job')
    pod = job.parse(later?.toJS()).spec.template.spec
    await cluster.kubectl(['create', '--dry-run=server', '-f', '-'], { stdin: String(later) })
    return () => cluster.kubectl(['delete', 'daprsharedpolicy', namespace])
  })

  /** What the Job's container does, with its account, its arguments and its volume. */
  async function runJob(change: (manifest: string) => string = (same) => same): Promise<ProgramResult> {
    if (pod === undefined) throw new Error('there is no Job')
    const { serviceAccountName, containers, volumes } = pod
    const [{ args, volumeMounts }] = containers
    expect(volumeMounts[0].name).toBe(volumes[0].name)
    const configMap = `configmap/${volumes[0].configMap.name}`
    const { stdout } = await cluster.kubectl(['get', configMap, '-n', namespace, '-o', 'json'])
    const { data } = z.object({ data: z.record(text, text) }).parse(JSON.parse(stdout))
    const volume = makeVolume(
      Object.entries(data).map(([name, manifest]) => [name, change(manifest)] as const),
    )
    const kubeconfig = await cluster.createServiceAccountKubeconfig(namespace, serviceAccountName)
    const here = args.map((arg) => arg.replace(volumeMounts[0].mountPath, volume))
    return runProgram([...here, `--kubeconfig=${kubeconfig}`], { cwd: cluster.dir })
  }

  /** As the kubelet lays out a ConfigMap: links to files in a folder that is a link. */
  function makeVolume(files: readonly (readonly [string, string])[]): string {
    const volume = mkdtempSync(join(cluster.dir, 'volume-'))
    mkdirSync(join(volume, '..2026'))
    symlinkSync('..2026', join(volume, '..data'))
    for (const [name, content] of files) {
      writeFileSync(join(volume, '..2026', name), content)
      symlinkSync(join('..data', name), join(volume, name))
    }
    return volume
  }

  test('admits what is well, with the rights and the manifests that it has', async () => {
    expect(await runJob()).toMatchObject({
      code: 0,
      stderr: '',
      stdout: expect.stringContaining('2 admitted') as string,
    })
  })

  test('refuses what is not', async () => {
    expect(await runJob((manifest) => manifest.replace('serviceAccountName: orders', ''))).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('identity.not-bound') as string,
    })
  })
})
