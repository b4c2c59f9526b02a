import { CoreV1Api, DiscoveryV1Api, VersionApi } from '@kubernetes/client-node'
import { expect, test } from 'vitest'
import { describeOnCluster } from './describe-on-cluster.ts'
import { startCluster } from './start.ts'
import { waitUntil } from './wait-until.ts'

describeOnCluster('the test cluster', (cluster) => {
  const namespace = 'default'
  const core = cluster.makeApiClient(CoreV1Api)

  test('runs a Deployment, and its Service finds the pods', async () => {
    await cluster.apply(`
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: app, image: example.test/web}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  selector: {app: web}
  ports: [{port: 80}]
`)
    await cluster.kubectl(['rollout', 'status', 'deployment/web', '--timeout=30s'])
    const discovery = cluster.makeApiClient(DiscoveryV1Api)
    const endpoints = await waitUntil('the EndpointSlice has two ready endpoints', async () => {
      const labelSelector = 'kubernetes.io/service-name=web'
      const { items } = await discovery.listNamespacedEndpointSlice({ namespace, labelSelector })
      const ready = items
        .flatMap((slice) => slice.endpoints ?? [])
        .filter(({ conditions }) => conditions?.ready)
      return ready.length === 2 && ready
    })
    expect(new Set(endpoints.flatMap(({ addresses }) => addresses)).size).toBe(2)
  })

  test('runs one pod of a DaemonSet on each node', async () => {
    await cluster.apply(`
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent}
spec:
  selector: {matchLabels: {app: agent}}
  template:
    metadata: {labels: {app: agent}}
    spec: {containers: [{name: app, image: example.test/agent}]}
`)
    await cluster.kubectl(['rollout', 'status', 'daemonset/agent', '--timeout=30s'])
    const { items } = await core.listNamespacedPod({ namespace, labelSelector: 'app=agent' })
    expect(items.map((pod) => pod.status?.phase)).toEqual(['Running', 'Running'])
    expect(new Set(items.map((pod) => pod.spec?.nodeName))).toEqual(new Set(['node-1', 'node-2']))
  })

  test('completes a Job', async () => {
    await cluster.apply(`
apiVersion: batch/v1
kind: Job
metadata: {name: once}
spec:
  template:
    spec: {restartPolicy: Never, containers: [{name: app, image: example.test/once}]}
`)
    await cluster.kubectl(['wait', '--for=condition=Complete', 'job/once', '--timeout=30s'])
  })

  test('tells its version in a form that clients can parse', async () => {
    const { gitVersion, major } = await cluster.makeApiClient(VersionApi).getCode()
    expect(gitVersion).toMatch(/^v1\.\d+\.\d+$/)
    expect(major).toBe('1')
  })

  test('lets pods be created by the users of a real cluster, as its audit log tells', async () => {
    const events = await cluster.readAuditLog()
    expect(events.map(({ user }) => user.username)).toContain(
      'system:serviceaccount:kube-system:replicaset-controller',
    )
  })

  test('allows alice nothing by herself', async () => {
    const { code, stderr } = await cluster.kubectl(['get', 'pods'], { as: 'alice', allowFailure: true })
    expect(code).not.toBe(0)
    expect(stderr).toContain('User "alice" cannot list resource "pods"')
  })

  test('allows a ServiceAccount what its role says, and no secrets', async () => {
    await cluster.apply(`
apiVersion: v1
kind: ServiceAccount
metadata: {name: reader}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: reader}
rules: [{apiGroups: [''], resources: [pods], verbs: [list]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: reader}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}
subjects: [{kind: ServiceAccount, name: reader, namespace: default}]
`)
    const kubeconfig = await cluster.createServiceAccountKubeconfig(namespace, 'reader')
    await cluster.kubectl(['--kubeconfig', kubeconfig, 'get', 'pods'])
    const secrets = await cluster.kubectl(['--kubeconfig', kubeconfig, 'get', 'secrets'], {
      allowFailure: true,
    })
    expect(secrets.stderr).toContain('"system:serviceaccount:default:reader" cannot list resource "secrets"')
  })

  test('answers 410 to a watch from before a compaction and restart', async () => {
    const body = { metadata: { generateName: 'watched-' } }
    const first = await core.createNamespacedConfigMap({ namespace, body })
    const second = await core.createNamespacedConfigMap({ namespace, body })
    const old = first.metadata?.resourceVersion
    const path = `/api/v1/namespaces/default/configmaps?watch=true&timeoutSeconds=1&resourceVersion=${old}`
    const before = await cluster.request('GET', path)
    expect(before.body).toMatchObject({
      type: 'ADDED',
      object: { metadata: { name: second.metadata?.name } },
    })

    await cluster.stopApiServer()
    await expect(cluster.request('GET', '/readyz')).rejects.toThrow()
    await cluster.compactEtcd()
    await cluster.startApiServer()
    const after = await cluster.request('GET', path)
    expect(after.body).toMatchObject({ type: 'ERROR', object: { code: 410, reason: 'Expired' } })
  })

  test('works on after the API server was killed', async () => {
    const before = await cluster.pidOf('kube-apiserver')
    await cluster.stopApiServer('SIGKILL')
    await cluster.startApiServer()
    expect(await cluster.pidOf('kube-apiserver')).not.toBe(before)
    await cluster.kubectl(['scale', 'deployment/web', '--replicas=3'])
    await cluster.kubectl(['rollout', 'status', 'deployment/web', '--timeout=60s'])
  })

  test('tells the last words of a program that does not start', async () => {
    const starting = startCluster({ assets: cluster.assets, apiServerFlags: ['--no-such-flag'] })
    await expect(starting).rejects.toThrow(/kube-apiserver ended with code 1.*unknown flag: --no-such-flag/s)
  })
})
