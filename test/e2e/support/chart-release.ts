import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import { z } from 'zod'
import type { TestCluster } from '../../cluster/attach.ts'
import { supervisionOf } from '../../cluster/supervision.ts'
import { waitUntil } from '../../cluster/wait-until.ts'
import { injectedWith, injectionOf, knownInstance } from './expected.ts'
import { NAME, SYSTEM_NAMESPACE } from './installation.ts'
import { create, mergePatch } from './objects.ts'
import { aPod, storedPod } from './pods.ts'
import type { ProgramResult } from './run-program.ts'

/** An object by its path; nothing where it is not there. */
export async function readObject(
  { request }: TestCluster,
  path: string,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const { status, body } = await request('GET', path)
  if (status === 404) return undefined
  if (status !== 200) throw new Error(`${path}: ${JSON.stringify(body)}`)
  return z.record(z.string(), z.unknown()).parse(body)
}

const Configuration = z.object({
  webhooks: z.array(z.object({ clientConfig: z.object({ caBundle: z.string().optional() }) })),
})

/** Each caBundle of both configurations that is not empty. */
export async function caBundlesOf(cluster: TestCluster): Promise<string[]> {
  const kinds = ['mutatingwebhookconfigurations', 'validatingwebhookconfigurations']
  const configurations = await Promise.all(
    kinds.map((kind) => readObject(cluster, `/apis/admissionregistration.k8s.io/v1/${kind}/${NAME}`)),
  )
  return configurations.flatMap((configuration) =>
    Configuration.parse(configuration).webhooks.flatMap(({ clientConfig: { caBundle = '' } }) =>
      caBundle === '' ? [] : [caBundle],
    ),
  )
}

const Workload = z.object({
  spec: z.object({
    template: z.object({
      spec: z.object({ containers: z.tuple([z.object({ args: z.array(z.string()) })]) }),
    }),
  }),
})

/** The flags that the Deployment gives to `serve --cluster`, but for its ports, which each replica of a test chooses. */
export async function deploymentFlags(cluster: TestCluster): Promise<string[]> {
  const path = `/apis/apps/v1/namespaces/${SYSTEM_NAMESPACE}/deployments/${NAME}`
  const [{ args }] = Workload.parse(await readObject(cluster, path)).spec.template.spec.containers
  expect(args.slice(0, 2)).toEqual(['serve', '--cluster'])
  const isPort = (arg: string | undefined): boolean => arg === '--port' || arg === '--ops-port'
  return args.slice(2).filter((arg, index, flags) => !isPort(arg) && !isPort(flags[index - 1]))
}

/** Resolves when a pod that asks is injected through the API server. */
export async function untilInjected(cluster: TestCluster): Promise<void> {
  const pod = await waitUntil('a pod that asks is injected', async () => {
    const { status, body } = await create(cluster, 'shop', aPod('asking', 'order'), { dryRun: true })
    if (status !== 201) throw new Error(JSON.stringify(body))
    return storedPod.parse(body)
  })
  expect(injectionOf(pod)).toEqual(injectedWith(knownInstance('shop', 'order')))
}

/**
 * Does something while a pod that asks is created by dry run, one after the other; each must be injected.
 *
 * @returns what `something` does
 */
export async function injectedAllTheWhile<Done>(
  cluster: TestCluster,
  something: () => Promise<Done>,
): Promise<Done> {
  const answers = new Set<string>()
  const over = new AbortController()
  const asking = (async () => {
    while (!over.signal.aborted) {
      const { status, body } = await create(cluster, 'shop', aPod('asking', 'order'), { dryRun: true })
      answers.add(JSON.stringify(status === 201 ? injectionOf(storedPod.parse(body)) : body))
      await sleep(20)
    }
  })()
  try {
    return await something()
  } finally {
    over.abort()
    await asking
    const different = [...answers].map((answer): unknown => JSON.parse(answer))
    expect(different).toEqual([injectedWith(knownInstance('shop', 'order'))])
  }
}

const TestPod = z.object({
  spec: z.object({
    serviceAccountName: z.string(),
    containers: z.tuple([z.object({ args: z.array(z.string()) })]),
  }),
})

/**
 * Does what a kubelet does with a pod that runs once: waits for it, runs its command, and tells how it ended.
 *
 * @param run runs the arguments of the pod's container with the kubeconfig of its ServiceAccount
 */
export async function playKubelet(
  cluster: TestCluster,
  name: string,
  run: (args: string[], kubeconfig: string) => Promise<ProgramResult>,
): Promise<ProgramResult> {
  const path = `/api/v1/namespaces/${SYSTEM_NAMESPACE}/pods/${name}`
  const pod = await waitUntil(`there is the pod ${name}`, () => readObject(cluster, path))
  const { serviceAccountName, containers } = TestPod.parse(pod).spec
  const kubeconfig = await cluster.createServiceAccountKubeconfig(SYSTEM_NAMESPACE, serviceAccountName)
  const result = await run(containers[0].args, kubeconfig)
  const phase = result.code === 0 ? 'Succeeded' : 'Failed'
  await mergePatch(cluster, `${path}/status`, { status: { phase } })
  return result
}

/**
 * Does something while the Deployment seems to have two replicas, as it would where its pods were those that serve. Meanwhile
 * no controller runs that would know better.
 */
export async function asIfAvailable<Done>(
  cluster: TestCluster,
  something: () => Promise<Done>,
): Promise<Done> {
  const controllers = supervisionOf(cluster.dir)
  const path = `/apis/apps/v1/namespaces/${SYSTEM_NAMESPACE}/deployments/${NAME}`
  await controllers.stop('kube-controller-manager')
  try {
    const scaled = await mergePatch(cluster, path, { spec: { replicas: 2 } })
    const { generation } = z
      .object({ metadata: z.object({ generation: z.number() }) })
      .parse(scaled.body).metadata
    const counts = { replicas: 2, updatedReplicas: 2, readyReplicas: 2, availableReplicas: 2 }
    await mergePatch(cluster, `${path}/status`, { status: { ...counts, observedGeneration: generation } })
    return await something()
  } finally {
    await mergePatch(cluster, path, { spec: { replicas: 0 } })
    await controllers.start('kube-controller-manager')
  }
}
