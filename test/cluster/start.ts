import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Assets } from './assets.ts'
import { attachCluster } from './attach.ts'
import type { ClusterData, TestCluster } from './attach.ts'
import { writeAuditPolicy } from './audit-log.ts'
import { commandLines } from './command-lines.ts'
import { createCredentials } from './credentials.ts'
import { findFreePorts } from './free-ports.ts'
import { createNodes } from './nodes.ts'
import { crashReport, lastWords } from './program-logs.ts'
import { startSupervisor, supervisionOf } from './supervision.ts'
import { waitUntil } from './wait-until.ts'

export interface ClusterOptions {
  assets: Assets
  /** Fake nodes, named node-1 and so on. */
  nodes?: number
  /** Record requests about pods, with their bodies, in `auditLog`. */
  audit?: boolean
  /** Further flags of the API server; a later flag wins over an earlier one. */
  apiServerFlags?: string[]
}

/**
 * Starts a control plane of its own on 127.0.0.1 and resolves when pods can be created and will run.
 * It ends when disposed, and when this process ends in any way.
 *
 * @throws Error with what was waited for in vain or which program ended, and the last lines of its log
 */
export async function startCluster(options: ClusterOptions): Promise<TestCluster> {
  const dir = mkdtempSync(join(tmpdir(), 'test-cluster-'))
  const supervisor = await startSupervisor(dir)
  try {
    const cluster = attachCluster(await startPrograms(dir, options))
    const detach = cluster[Symbol.asyncDispose]
    return {
      ...cluster,
      async [Symbol.asyncDispose]() {
        await detach()
        await supervisor.end()
      },
    }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    const logs = lastWords(dir)
    await supervisor.end()
    throw new Error(`the test cluster did not start: ${message}\n${logs}`, { cause: error })
  }
}

async function startPrograms(
  dir: string,
  { assets, nodes = 2, audit = false, apiServerFlags = [] }: ClusterOptions,
): Promise<ClusterData> {
  const [etcd = 0, etcdPeer = 0, apiServer = 0] = await findFreePorts(3)
  const url = `https://127.0.0.1:${apiServer}`
  const caFile = join(dir, 'apiserver-certs/apiserver.crt')
  const { tokens, tokensFile, kubeconfigs, serviceAccountKey } = createCredentials(dir, url, caFile)
  const auditFiles = audit
    ? { policy: writeAuditPolicy(join(dir, 'audit-policy.yaml')), log: join(dir, 'audit.log') }
    : undefined
  const lines = commandLines({
    dir,
    assets,
    ports: { etcd, etcdPeer, apiServer },
    caFile,
    serviceAccountKey,
    tokens: tokensFile,
    kubeconfigs,
    ...(auditFiles && { audit: auditFiles }),
    apiServerFlags,
  })
  const data: ClusterData = {
    url,
    caFile,
    adminToken: tokens.admin,
    aliceToken: tokens.alice,
    kubeconfig: kubeconfigs.admin,
    aliceKubeconfig: kubeconfigs.alice,
    dir,
    etcdUrl: `http://127.0.0.1:${etcd}`,
    ...(auditFiles && { auditLog: auditFiles.log }),
    assets,
  }

  await using cluster = attachCluster(data)
  const supervision = supervisionOf(dir)
  // The API server waits for etcd by itself; the others end when they do not find the API server.
  await supervision.start('etcd', lines.etcd)
  await supervision.start('kube-apiserver', lines['kube-apiserver'])
  await cluster.startApiServer()
  for (const program of ['kwok', 'kube-controller-manager', 'kube-scheduler'] as const)
    await supervision.start(program, lines[program])

  const hopeless = async (): Promise<string | undefined> => crashReport(dir, supervision)
  const hasServiceAccount = async (): Promise<boolean> =>
    (await cluster.request('GET', '/api/v1/namespaces/default/serviceaccounts/default')).status === 200
  await Promise.all([
    createNodes(cluster.request, nodes, hopeless),
    waitUntil('the namespace default has its ServiceAccount', hasServiceAccount, { hopeless }),
  ])
  return data
}
