import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { z } from 'zod'
import { createApiClient } from '../../cluster/api-request.ts'
import type { TestCluster } from '../../cluster/attach.ts'
import { waitUntil } from '../../cluster/wait-until.ts'
import { createNamespace } from './objects.ts'
import { mayDo, serviceAccount } from './rights.ts'

/** Somebody who owns a namespace and nothing else; his requests go by his own ServiceAccount's token. */
export interface Tenant extends AsyncDisposable {
  readonly namespace: string
  /** the cluster as he sees it: for the functions that take a cluster and make requests */
  readonly cluster: TestCluster
}

const kubeconfigOfToken = z.looseObject({
  users: z.array(z.looseObject({ user: z.looseObject({ token: z.string() }) })).min(1),
})

/** A namespace, and a ServiceAccount `owner` in it that has the standard ClusterRole `admin` there. */
export async function createTenant(cluster: TestCluster, namespace: string): Promise<Tenant> {
  await createNamespace(cluster, namespace)
  await cluster.apply(`
apiVersion: v1
kind: ServiceAccount
metadata: {name: owner, namespace: ${namespace}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: owner, namespace: ${namespace}}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: admin}
subjects: [{kind: ServiceAccount, name: owner, namespace: ${namespace}}]
`)
  const kubeconfig = await cluster.createServiceAccountKubeconfig(namespace, 'owner')
  const [user] = kubeconfigOfToken.parse(parse(readFileSync(kubeconfig, 'utf8'))).users
  const client = createApiClient(cluster.url, cluster.caFile, user?.user.token ?? '')
  await waitUntil('the standard roles have taken ours in', async () => {
    const path = `/apis/shared.dapr.io/v1alpha1/namespaces/${namespace}/daprsharedgrants`
    const right = { verb: 'create', group: 'shared.dapr.io', resource: 'daprsharedgrants', namespace }
    // what may be read and what may be written are two roles, taken in one after the other
    return (
      (await client.request('GET', path)).status === 200 &&
      (await mayDo(cluster, serviceAccount(namespace, 'owner'), right))
    )
  })
  return {
    namespace,
    cluster: { ...cluster, request: client.request },
    [Symbol.asyncDispose]: () => client.close(),
  }
}
