import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createApiClient } from '../../cluster/api-request.ts'
import type { TestCluster } from '../../cluster/attach.ts'
import { findFreePorts } from '../../cluster/free-ports.ts'
import { waitUntil } from '../../cluster/wait-until.ts'
import { askFor, type Answer } from './ask.ts'
import { KNOWN, NAMESPACE } from './stage.ts'

/** A second API server of a cluster, on the same etcd. */
export interface ApiServerBeside extends AsyncDisposable {
  readonly port: number
  kill(): Promise<void>
  start(): Promise<void>
  /** as that of a stage, but through this API server */
  ask: () => Promise<Answer>
}

/** Its command line is that of the first, but for its port. */
export async function startApiServerBeside(
  cluster: TestCluster,
  flags: readonly string[],
): Promise<ApiServerBeside> {
  const [port = 0] = await findFreePorts(1)
  const pid = await cluster.pidOf('kube-apiserver')
  const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').filter(Boolean)
  const at = line.findIndex((word) => word.endsWith('kube-apiserver'))
  const argv = [...line.slice(at), `--secure-port=${port}`, ...flags]
  const url = `https://127.0.0.1:${port}`
  const client = createApiClient(url, cluster.caFile, cluster.adminToken)
  let child: ChildProcess | undefined

  const beside: ApiServerBeside = {
    port,
    async start() {
      const log = openSync(join(cluster.dir, 'kube-apiserver-beside.log'), 'a')
      child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', ...argv], {
        cwd: cluster.dir,
        env: { PATH: process.env['PATH'], HOME: cluster.dir },
        stdio: ['ignore', log, log],
      })
      await waitUntil('the second API server is ready', async () => {
        const { status } = await client.request('GET', '/readyz')
        return status === 200
      })
    },
    async kill() {
      if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
      const ended = once(child, 'exit')
      child.kill('SIGKILL')
      await ended
    },
    ask: () => askFor({ ...cluster, request: client.request }, NAMESPACE, KNOWN),
    async [Symbol.asyncDispose]() {
      await beside.kill()
      await client.close()
    },
  }
  await beside.start()
  return beside
}
