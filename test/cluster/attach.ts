import { join } from 'node:path'
import { KubeConfig } from '@kubernetes/client-node'
import { z } from 'zod'
import { createApiClient } from './api-request.ts'
import type { ApiRequest } from './api-request.ts'
import type { Assets } from './assets.ts'
import { readAuditLog } from './audit-log.ts'
import type { AuditEvent } from './audit-log.ts'
import { compactToLatestRevision } from './etcd-compaction.ts'
import { writeKubeconfig } from './kubeconfig.ts'
import { runKubectl } from './kubectl.ts'
import type { KubectlOptions, KubectlResult } from './kubectl.ts'
import { crashReport } from './program-logs.ts'
import type { ClusterProgram } from './programs.ts'
import { supervisionOf } from './supervision.ts'
import { waitUntil } from './wait-until.ts'

/** All that it takes to use a running cluster, as plain data that can be handed to another process. */
export interface ClusterData {
  /** Of the API server, https://127.0.0.1:PORT . */
  url: string
  caFile: string
  /** In `system:masters`. */
  adminToken: string
  /** Of a user `alice` whom no role binding names. */
  aliceToken: string
  /** Path of the admin's kubeconfig. */
  kubeconfig: string
  aliceKubeconfig: string
  /** Holds everything of the cluster; the log of each program is `<dir>/<program>.log`. */
  dir: string
  etcdUrl: string
  /** Path of the audit log, one JSON event per line; only with the option `audit`. */
  auditLog?: string
  assets: Assets
}

export interface TestCluster extends ClusterData, AsyncDisposable {
  /** The data alone, to attach to this cluster from another process. */
  data: ClusterData
  kubectl(args: string[], options?: KubectlOptions): Promise<KubectlResult>
  /** Applies YAML documents server-side, as admin. */
  apply(manifestYaml: string): Promise<void>
  /** A raw request to the API server, as admin; any status is an answer. `path` starts with a slash. */
  request: ApiRequest
  /** A typed client of the Kubernetes client library, as admin: `makeApiClient(CoreV1Api)`. */
  makeApiClient: KubeConfig['makeApiClient']
  /** Resolves when it has ended. SIGTERM unless told otherwise. */
  stopApiServer(signal?: NodeJS.Signals): Promise<void>
  /** On the same port with the same data; resolves when it is ready, at once if it runs. */
  startApiServer(): Promise<void>
  /**
   * Makes etcd forget every revision but the latest, and returns that. A running API server still
   * serves watches from its own cache: stop it before and start it after, then a watch from a
   * resourceVersion of before gets 410.
   */
  compactEtcd(): Promise<string>
  /** Path of a kubeconfig that acts as the ServiceAccount, with its rights only, for one hour. */
  createServiceAccountKubeconfig(namespace: string, serviceAccount: string): Promise<string>
  /** What the API server recorded about pods, oldest first; empty without the option `audit`. */
  readAuditLog(): Promise<AuditEvent[]>
  /** Process id of a program of this cluster, for measuring it. */
  pidOf(program: ClusterProgram): Promise<number>
}

/**
 * A handle on a cluster that runs, from any process. Disposing it closes its connections; the cluster
 * itself ends with the process that started it.
 */
export function attachCluster(data: ClusterData): TestCluster {
  const { url, caFile, dir, assets } = data
  const supervision = supervisionOf(dir)
  const client = createApiClient(url, caFile, data.adminToken)
  const { request } = client
  const kubectl: TestCluster['kubectl'] = async (args, options = {}) => {
    const kubeconfig = options.as === 'alice' ? data.aliceKubeconfig : data.kubeconfig
    return runKubectl(assets.programs.kubectl, kubeconfig, dir, args, options)
  }

  return {
    ...data,
    data,
    request,
    kubectl,
    makeApiClient(api) {
      const kubeconfig = new KubeConfig()
      kubeconfig.loadFromFile(data.kubeconfig)
      return kubeconfig.makeApiClient(api)
    },
    async apply(manifestYaml) {
      await kubectl(['apply', '--server-side', '--force-conflicts', '-f', '-'], { stdin: manifestYaml })
    },
    async stopApiServer(signal) {
      await supervision.stop('kube-apiserver', signal)
    },
    async startApiServer() {
      await supervision.start('kube-apiserver')
      await waitUntil(
        'the API server is ready',
        async () => (await request('GET', '/readyz')).status === 200,
        {
          hopeless: async () => crashReport(dir, supervision),
        },
      )
    },
    async compactEtcd() {
      return compactToLatestRevision(data.etcdUrl)
    },
    async createServiceAccountKubeconfig(namespace, serviceAccount) {
      const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${serviceAccount}/token`
      const { status, body } = await request('POST', path, { spec: { expirationSeconds: 3600 } })
      if (status !== 201)
        throw new Error(`no token for ${namespace}/${serviceAccount}: ${JSON.stringify(body)}`)
      const { token } = z.object({ status: z.object({ token: z.string() }) }).parse(body).status
      const file = join(dir, `serviceaccount-${namespace}-${serviceAccount}.kubeconfig`)
      return writeKubeconfig(file, { url, caFile, token, user: serviceAccount, namespace })
    },
    async readAuditLog() {
      return data.auditLog === undefined ? [] : readAuditLog(data.auditLog)
    },
    async pidOf(program) {
      const status = (await supervision.status())[program]
      if (status === undefined) throw new Error(`${program} was not started in this cluster`)
      return status.pid
    },
    async [Symbol.asyncDispose]() {
      await client.close()
    },
  }
}
