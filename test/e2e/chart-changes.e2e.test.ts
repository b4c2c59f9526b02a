import { readFileSync } from 'node:fs'
import { mkdtempDisposable } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { INSTALL_MANIFEST } from '../../scripts/install-manifest.ts'
import type { TestCluster } from '../cluster/attach.ts'
import { describeOnCluster } from '../cluster/describe-on-cluster.ts'
import { startCluster } from '../cluster/start.ts'
import { CHART, findHelm, ROOT, type Helm } from './support/chart-helm.ts'
import { askForEveryKind } from './support/chart-inventory.ts'
import { caBundlesOf, readObject } from './support/chart-release.ts'
import { chartOfVersion } from './support/chart-versions.ts'
import { NAME, SYSTEM_NAMESPACE } from './support/installation.ts'
import { createNamespace } from './support/objects.ts'
import { runProgram } from './support/run-program.ts'

const found = await findHelm()
const reason = typeof found === 'string' ? found : undefined
const POLICY = '/apis/shared.dapr.io/v1alpha1/daprsharedpolicies/daemonsets-only'
const set = (...values: string[]): string[] => values.flatMap((value) => ['--set', value])

// What no replica has a part in: what Helm and kubectl make of an installation that changes.
describe.skipIf(reason !== undefined)(`the chart${reason === undefined ? '' : ` (${reason})`}`, () => {
  const helm = found as Helm
  afterAll(() => helm[Symbol.dispose]())

  describeOnCluster('on a cluster', (shared) => {
    let cluster: TestCluster
    beforeAll(async () => {
      cluster = await startCluster({ assets: shared.assets })
    })
    afterAll(async () => cluster[Symbol.asyncDispose]())

    const at = (path: string) => readObject(cluster, path)
    const run = (command: string, ...args: string[]) =>
      helm.run([command, 'shared', ...args, '-n', SYSTEM_NAMESPACE], cluster.kubeconfig)
    const output = (command: string, ...args: string[]) =>
      helm.output([command, 'shared', ...args, '-n', SYSTEM_NAMESPACE], cluster.kubeconfig)
    const writePolicy = () =>
      cluster.kubectl(['apply', '-f', join(ROOT, 'deploy/examples/policies/roll-out/1-audit.yaml')])
    const deployment = async () =>
      Deployment.parse(await at(`/apis/apps/v1/namespaces/${SYSTEM_NAMESPACE}/deployments/${NAME}`))
    const imageNow = async () => (await deployment()).spec.template.spec.containers[0].image
    const replicasNow = async () => (await deployment()).spec.replicas

    describe('as plain manifests', () => {
      const yaml = readFileSync(join(ROOT, INSTALL_MANIFEST), 'utf8')
      /** As docs/install.md says. */
      const apply = (image: string) =>
        cluster.kubectl(['apply', '--server-side', '-f', '-'], {
          stdin: yaml.replace(/image: dapr-shared-admission:[^\n]*/, `image: ${image}`),
        })

      test('is upgraded by a file with another image', async () => {
        await apply('registry.example/admission:1')
        expect(await imageNow()).toBe('registry.example/admission:1')
        await apply('registry.example/admission:2')
        expect(await imageNow()).toBe('registry.example/admission:2')
      })

      test('is taken over by a release, policies and all, when it is told to', async () => {
        await writePolicy()
        const elsewhere = await helm.run(
          ['install', 'shared', CHART, '-n', 'elsewhere', '--create-namespace', ...set('takeOver=true')],
          cluster.kubeconfig,
        )
        expect(elsewhere.stderr).toContain(
          'an installation in namespace dapr-shared-system that Helm did not make',
        )
        await output('install', CHART, '--take-ownership', ...set('takeOver=true'))
        await output('upgrade', CHART)
        expect(await at(POLICY)).toBeDefined()
      })

      test('is then taken away as the release that it is', async () => {
        await askForEveryKind(cluster)
        await output('uninstall', '--wait')
        await cluster.kubectl(['delete', 'namespace', SYSTEM_NAMESPACE, '--timeout=60s'])
      })
    })

    describe('as a release', () => {
      beforeAll(async () => createNamespace(cluster, SYSTEM_NAMESPACE))
      afterEach(async () => {
        await askForEveryKind(cluster)
        await run('uninstall', '--wait')
      })

      test('keeps caBundle when the built-in mode takes over from a provided certificate', async () => {
        await using folder = await mkdtempDisposable(join(tmpdir(), 'dapr-shared-chart-'))
        const file = await writeCa(folder.path)
        const provided = ['certificates.mode=provided', 'certificates.provided.secretName=ours']
        const bundle = ['--set-file', `certificates.provided.caBundle=${file}`]
        await output('install', CHART, ...set(...provided), ...bundle)
        const bundles = await caBundlesOf(cluster)
        expect(bundles).toHaveLength(3)
        await output('upgrade', CHART, '--reset-values')
        expect(await caBundlesOf(cluster)).toEqual(bundles)
        // the replica that keeps certificates writes another
        const other = Buffer.from(`${readFileSync(file, 'utf8')}\n`).toString('base64')
        await writeCaBundle(cluster, other)
        await output('upgrade', CHART, '--reset-values', ...set('logLevel=debug'))
        expect(await caBundlesOf(cluster)).toEqual([other, ...bundles.slice(1)])
      })

      test('keeps the number of replicas when an autoscaler takes over', async () => {
        await output('install', CHART, ...set('replicas=3'))
        const scaled = set('autoscaling.enabled=true')
        await output('upgrade', CHART, '--reset-values', ...scaled)
        expect(await replicasNow()).toBe(3)
        await cluster.kubectl(['scale', `deployment/${NAME}`, '-n', SYSTEM_NAMESPACE, '--replicas=4'])
        await output('upgrade', CHART, '--reset-values', ...scaled, ...set('logLevel=debug'))
        expect(await replicasNow()).toBe(4)
      })

      test('goes to a version with other values, as documented, and back', async () => {
        await using folder = await mkdtempDisposable(join(tmpdir(), 'dapr-shared-chart-'))
        const old = await chartOfVersion(join(folder.path, 'old'), '0.1.1', 'oldThing')
        const next = await chartOfVersion(join(folder.path, 'next'), '0.2.0', 'newThing')
        const things = () => at(`/api/v1/namespaces/${SYSTEM_NAMESPACE}/configmaps/things`)
        await output('install', old, ...set('logLevel=debug'))
        expect(await things()).toMatchObject({ data: { oldThing: 'default' } })
        await output('upgrade', next, '--reset-then-reuse-values', ...set('image.tag=NEW'))
        expect((await things())?.['data']).toEqual({ newThing: 'default' })
        expect(await imageNow()).toBe('dapr-shared-admission:NEW')
        expect((await deployment()).spec.template.spec.containers[0].args).toContain('debug')
        await output('rollback', '1')
        expect((await things())?.['data']).toEqual({ oldThing: 'default' })
      })

      // last, as it leaves the kinds behind
      test('deletes no policy by leaving the kinds out, unless they were kept before', async () => {
        await output('install', CHART)
        await writePolicy()
        const { code, stderr } = await run('upgrade', CHART, ...set('crds.enabled=false'))
        expect(stderr).toMatch(/crds\.enabled false, but the release brought daprshared\w+\.shared\.dapr\.io/)
        expect(code).toBe(1)
        await output('upgrade', CHART, ...set('crds.keep=true'))
        await output('upgrade', CHART, '--reset-values', ...set('crds.enabled=false'))
        expect(await at(POLICY)).toBeDefined()
      })
    })
  })
})

const Deployment = z.object({
  spec: z.object({
    replicas: z.number(),
    template: z.object({
      spec: z.object({
        containers: z.tuple([z.object({ image: z.string(), args: z.array(z.string()) })]),
      }),
    }),
  }),
})

/** The CA of a new certificate, in a file. */
async function writeCa(folder: string): Promise<string> {
  const { code, stderr } = await runProgram(['certs', '--out', folder], { cwd: folder })
  expect(code, stderr).toBe(0)
  return join(folder, 'ca.crt')
}

/** Writes `caBundle` of the first webhook. */
async function writeCaBundle(cluster: TestCluster, caBundle: string): Promise<void> {
  const patch = JSON.stringify([
    { op: 'replace', path: '/webhooks/0/clientConfig/caBundle', value: caBundle },
  ])
  await cluster.kubectl(['patch', 'mutatingwebhookconfiguration', NAME, '--type=json', '-p', patch])
}
