import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { waitUntil } from '../../cluster/wait-until.ts'
import { aPod } from '../../e2e/support/pods.ts'
import { reviewOf } from '../../e2e/support/reviews.ts'
import type { Fault } from '../fault.ts'
import { startSecondServer } from '../rig/second-server.ts'

const ROOT = join(import.meta.dirname, '../../..')
/** commits back: there is no release yet to be older than this one */
const BACK = 25

export const versionsDiffer: Fault = {
  id: 'F36',
  title: 'two versions serve side by side',
  short: false,
  async run({ stage }, record) {
    const { webhook, namespace } = await stage()
    const folder = mkdtempSync(join(tmpdir(), 'older-version-'))
    try {
      const script = `git archive HEAD~${BACK} | tar -x -C ${folder}`
      const { status, stderr } = spawnSync('bash', ['-o', 'pipefail', '-c', script], {
        cwd: ROOT,
        encoding: 'utf8',
      })
      if (status === 0) record.did(`a server of ${BACK} commits ago beside today's, the same reviews to both`)
      else record.standIn(`today's version twice: the history has no ${BACK} commits here (${stderr.trim()})`)
      symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
      const program = status === 0 ? join(folder, 'src/main.ts') : join(ROOT, 'src/main.ts')
      await using older = await startSecondServer({ webhook }, { program })
      await using today = await startSecondServer({ webhook })
      for (const server of [older, today])
        await waitUntil('both are ready', async () => (await server.ask('/readyz')).status === 200)
      for (const [name, pod] of Object.entries(pods())) {
        const [one, other] = await Promise.all(
          [older, today].map(async (server) =>
            patchOf((await server.review('mutate', reviewOf(pod, namespace))).body),
          ),
        )
        record.is(`${name}: the patch`, one, other)
      }
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  },
}

function pods(): Record<string, ReturnType<typeof aPod>> {
  const container = (name: string, env?: object[]): object => ({
    name,
    image: 'example.test/app',
    ...(env && { env }),
  })
  return {
    'one container': aPod('asking', 'order'),
    'variables of its own': aPod('asking', 'order', {
      containers: [container('app', [{ name: 'A', value: 'b' }])],
    }),
    'init containers and sidecars': aPod('asking', 'order', {
      initContainers: [container('init'), { ...container('sidecar'), restartPolicy: 'Always' }],
      containers: [container('app'), container('istio-proxy')],
    }),
    'a chosen container': aPod('asking', 'order', {
      annotations: { 'dapr.io/shared-containers': 'app' },
      containers: [container('app'), container('other')],
    }),
    'a pod that did not ask': aPod('plain', undefined),
  }
}

function patchOf(body: string): string {
  const patch = /"patch":"([^"]+)"/.exec(body)?.[1]
  return patch === undefined ? body.replace(/"uid":"[^"]*"/, '') : Buffer.from(patch, 'base64').toString()
}
