import { z } from 'zod'
import type { TestCluster } from '../cluster/attach.ts'
import { envOf, readPod } from '../e2e/support/pods.ts'

const secretReference = z.object({ secretKeyRef: z.object({ name: z.string(), key: z.string() }) })
const secret = z.object({ data: z.record(z.string(), z.string()) })

/** The environment that a kubelet would give to a container of a pod: of literals and of keys of Secrets. */
export async function containerEnvironment(
  cluster: TestCluster,
  namespace: string,
  pod: string,
  container: string,
): Promise<Record<string, string>> {
  const variables = envOf(await readPod(cluster, namespace, pod), container)
  const resolved = variables.map(async ({ name, value, valueFrom }) => {
    if (valueFrom === undefined) return [name, value ?? '']
    const { name: secretName, key } = secretReference.parse(valueFrom).secretKeyRef
    const { body } = await cluster.request('GET', `/api/v1/namespaces/${namespace}/secrets/${secretName}`)
    return [name, Buffer.from(secret.parse(body).data[key] ?? '', 'base64').toString()]
  })
  return Object.fromEntries(await Promise.all(resolved)) as Record<string, string>
}
