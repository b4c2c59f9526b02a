import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { INSTALL_MANIFEST } from '../../scripts/install-manifest.ts'
import type { TestCluster } from '../cluster/attach.ts'
import { describeOnCluster } from '../cluster/describe-on-cluster.ts'
import { startCluster } from '../cluster/start.ts'
import { waitUntil } from '../cluster/wait-until.ts'
import { CHART, findHelm, ROOT, type Helm } from './support/chart-helm.ts'
import { inventoryOf, untilSame, untilStill, askForEveryKind } from './support/chart-inventory.ts'
import {
  asIfAvailable,
  caBundlesOf,
  deploymentFlags,
  injectedAllTheWhile,
  playKubelet,
  readObject,
  untilInjected,
} from './support/chart-release.ts'
import { NAME, SYSTEM_NAMESPACE } from './support/installation.ts'
import { createInstance } from './support/instances.ts'
import { create, createNamespace } from './support/objects.ts'
import { aPod } from './support/pods.ts'
import { startReplicas, type Replicas } from './support/replicas/replicas.ts'
import { runProgram } from './support/run-program.ts'

const found = await findHelm()
const reason = typeof found === 'string' ? found : undefined
const SECRET = `${NAME}-certificates`
/** A rollout would need pods that serve: kwok's do not, so there are none, which Helm leaves alone beside an autoscaler. */
const VALUES = ['autoscaling.enabled=true', 'certificates.caSettleSeconds=1', 'drainSeconds=1'].flatMap(
  (value) => ['--set', value],
)

describe.skipIf(reason !== undefined)(`the chart${reason === undefined ? '' : ` (${reason})`}`, () => {
  const helm = found as Helm
  afterAll(() => helm[Symbol.dispose]())

  // On a cluster of its own, which is compared before and after.
  describeOnCluster('on a cluster', (shared) => {
    let cluster: TestCluster
    let before: string[]
    beforeAll(async () => {
      cluster = await startCluster({
        assets: shared.assets,
        apiServerFlags: [
          '--enable-aggregator-routing=true',
          '--service-cluster-ip-range=10.96.0.0/16,fd00:10:96::/108',
        ],
      })
      await createNamespace(cluster, 'shop')
      await createInstance(cluster, 'shop', 'order')
      before = await untilStill(() => inventoryOf(cluster))
    })
    afterAll(async () => cluster[Symbol.asyncDispose]())
    const run = (...args: string[]) => helm.run(args, cluster.kubeconfig)
    const output = (...args: string[]) => helm.output(args, cluster.kubeconfig)

    describe('as plain manifests', () => {
      const yaml = readFileSync(join(ROOT, INSTALL_MANIFEST), 'utf8')
      const apply = () => cluster.kubectl(['apply', '--validate=strict', '-f', '-'], { stdin: yaml })

      test('is taken by kubectl apply, and its pods run under the restricted Pod Security Standard', async () => {
        expect((await apply()).stderr).toBe('')
        const workload = `deployment/${NAME}`
        await cluster.kubectl(['rollout', 'status', workload, '-n', SYSTEM_NAMESPACE, '--timeout=60s'])
      })

      test('changes nothing when it is applied again', async () => {
        const columns = 'custom-columns=K:.kind,N:.metadata.name,V:.metadata.resourceVersion'
        const versions = async (): Promise<string> =>
          (await cluster.kubectl(['get', '-f', '-', '-o', columns], { stdin: yaml })).stdout
        const first = await versions()
        expect((await apply()).stderr).toBe('')
        expect(await versions()).toBe(first)
      })

      test('keeps Helm from a second installation, with a sentence', async () => {
        const { code, stderr } = await run('install', 'shared', CHART, '-n', SYSTEM_NAMESPACE)
        expect(stderr).toContain(
          `the cluster has a MutatingWebhookConfiguration ${NAME} that Helm did not install`,
        )
        expect(code).toBe(1)
      })

      test('is taken away by kubectl delete: nothing is left', async () => {
        await askForEveryKind(cluster)
        await cluster.kubectl(['delete', '--timeout=90s', '-f', '-'], { stdin: yaml })
        await untilSame(cluster, before)
      })
    })

    describe('as a release', () => {
      let replicas: Replicas
      let bundles: string[]
      afterAll(async () => replicas?.[Symbol.asyncDispose]())
      const at = (path: string) => readObject(cluster, path)
      const backstopPath =
        '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies/dapr-shared-backstop'
      const servicePath = `/api/v1/namespaces/${SYSTEM_NAMESPACE}/services/${NAME}`
      const secretPath = `/api/v1/namespaces/${SYSTEM_NAMESPACE}/secrets/${SECRET}`

      test('is installed, and waits for its certificate', async () => {
        await createNamespace(cluster, SYSTEM_NAMESPACE)
        const text = await output('install', 'shared', CHART, '-n', SYSTEM_NAMESPACE, '--wait', ...VALUES)
        expect(text).toMatch(/helm test shared -n dapr-shared-system$/m)
        expect(await caBundlesOf(cluster)).toEqual([])
        expect(await at(secretPath)).not.toHaveProperty('data')
        await cluster.kubectl(['scale', `deployment/${NAME}`, '-n', SYSTEM_NAMESPACE, '--replicas=0'])
      })

      test('serves with the flags of its Deployment and the rights of its ServiceAccount', async () => {
        replicas = await startReplicas({
          cluster,
          count: 2,
          kubeconfig: await cluster.createServiceAccountKubeconfig(SYSTEM_NAMESPACE, NAME),
          flags: await deploymentFlags(cluster),
        })
        await untilInjected(cluster)
        bundles = await caBundlesOf(cluster)
        expect(bundles).toHaveLength(3)
      })

      // No kubelet runs pods here: the very command of the test's pod runs on this host, with the token of its ServiceAccount.
      test('passes helm test', async () => {
        const kubelet = playKubelet(cluster, `${NAME}-check`, (args, kubeconfig) =>
          runProgram([...args, `--kubeconfig=${kubeconfig}`], { cwd: cluster.dir }),
        )
        const [{ code, stdout, stderr }, check] = await asIfAvailable(cluster, () =>
          Promise.all([run('test', 'shared', '-n', SYSTEM_NAMESPACE, '--timeout', '90s'), kubelet]),
        )
        expect(check.stdout + check.stderr).toContain('dry run')
        expect(check.code, check.stdout + check.stderr).toBe(0)
        expect(code, stdout + stderr).toBe(0)
        const left = (await inventoryOf(cluster)).filter((line) => line.includes(`${NAME}-check`))
        expect(left).toEqual([])
      })

      test('is upgraded to other values: the CA, the certificate and the duties stay as they are', async () => {
        const [secret, holder] = [await at(secretPath), await holderOf(cluster)]
        const more = ['protect', 'backstop', 'reviewApi'].flatMap((part) => ['--set', `${part}.enabled=true`])
        const others = ['webhooks.excludedNamespaces={billing}', 'service.ipFamilyPolicy=RequireDualStack']
        more.push(...others.flatMap((value) => ['--set', value]))
        await injectedAllTheWhile(cluster, () =>
          output('upgrade', 'shared', CHART, '-n', SYSTEM_NAMESPACE, ...VALUES, ...more),
        )
        const after = await caBundlesOf(cluster)
        expect(after.length).toBeGreaterThanOrEqual(3)
        expect(new Set(after)).toEqual(new Set(bundles))
        expect(await at(secretPath)).toHaveProperty('data', secret?.['data'])
        expect(await holderOf(cluster)).toBe(holder)
        await untilInjected(cluster)
        await waitUntil(
          'the webhook that came has the CA, too',
          async () => (await caBundlesOf(cluster)).length === 4,
        )
        expect(await at(servicePath)).toMatchObject({ spec: { ipFamilies: ['IPv4', 'IPv6'] } })
        expect(await at(backstopPath)).toMatchObject({
          spec: {
            matchConstraints: { namespaceSelector: { matchExpressions: [{ values: served('billing') }] } },
          },
        })
      })

      test('is rolled back: what came is gone, and pods are injected all the while', async () => {
        await injectedAllTheWhile(cluster, () => output('rollback', 'shared', '1', '-n', SYSTEM_NAMESPACE))
        expect(await caBundlesOf(cluster)).toEqual(bundles)
        expect(await at(backstopPath)).toBeUndefined()
        expect(await at(secretPath)).toHaveProperty('data')
        await untilInjected(cluster)
      })

      test('keeps a second release out, in whatever namespace, with a sentence', async () => {
        const { code, stderr } = await run(
          'install',
          'second',
          CHART,
          '-n',
          'elsewhere',
          '--create-namespace',
        )
        expect(stderr).toContain(
          'the release shared in namespace dapr-shared-system serves this cluster already, and there can be one only. Upgrade it: helm upgrade shared -n dapr-shared-system',
        )
        expect(code).toBe(1)
        expect((await inventoryOf(cluster)).filter((line) => line.includes('elsewhere'))).toEqual([])
      })

      test('is taken away by helm uninstall: nothing is left, though replicas still run', async () => {
        await output('uninstall', 'shared', '-n', SYSTEM_NAMESPACE, '--wait')
        // they would put Lease and Secret back, if they still might
        await untilTriedInVain(replicas)
        await replicas[Symbol.asyncDispose]()
        await cluster.kubectl(['delete', 'namespace', SYSTEM_NAMESPACE, '--timeout=60s'])
        await untilSame(cluster, before)
        await waitUntil('the API server calls nobody any more', async () => {
          const { status } = await create(cluster, 'shop', aPod('asking', 'order'), { dryRun: true })
          return status === 201
        })
      })

      test('leaves the kinds and every policy at uninstall where crds.keep says so', async () => {
        await createNamespace(cluster, SYSTEM_NAMESPACE)
        await output('install', 'shared', CHART, '-n', SYSTEM_NAMESPACE, '--set', 'crds.keep=true')
        await cluster.kubectl(['apply', '-f', join(ROOT, 'deploy/examples/policies/roll-out/1-audit.yaml')])
        await output('uninstall', 'shared', '-n', SYSTEM_NAMESPACE, '--wait')
        expect(await at('/apis/shared.dapr.io/v1alpha1/daprsharedpolicies/daemonsets-only')).toBeDefined()
        await askForEveryKind(cluster)
        await cluster.kubectl(['delete', 'crd', '-l', `app.kubernetes.io/name=${NAME}`])
        await cluster.kubectl(['delete', 'namespace', SYSTEM_NAMESPACE, '--timeout=60s'])
        await untilSame(cluster, before)
      })
    })
  })
})

const served = (...more: string[]): string[] => [
  'kube-system',
  'kube-node-lease',
  'kube-public',
  SYSTEM_NAMESPACE,
  ...more,
]

async function holderOf(cluster: TestCluster): Promise<string | undefined> {
  const lease = await readObject(
    cluster,
    `/apis/coordination.k8s.io/v1/namespaces/${SYSTEM_NAMESPACE}/leases/${NAME}`,
  )
  return z.object({ spec: z.object({ holderIdentity: z.string() }) }).safeParse(lease).data?.spec
    .holderIdentity
}

/** A replica that renews its Lease every few seconds has been told that it may not any more. */
async function untilTriedInVain({ running }: Replicas): Promise<void> {
  await waitUntil('a replica was refused its Lease', async () =>
    running.some(({ server }) => server.log.some(({ msg }) => msg === 'cannot get the lease')),
  )
}
