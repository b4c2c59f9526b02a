import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { toOpenReports } from '../../src/report/openreports.ts'
import { describeOnCluster } from '../cluster/describe-on-cluster.ts'
import { waitUntil } from '../cluster/wait-until.ts'
import { aProblem, anEntry, aReport, nastyReport } from '../report/a-report.ts'
import { createNamespace, type KubeObject } from './support/objects.ts'

/** An API server with the definitions of OpenReports takes what `-o openreports` writes, and takes it again. */

const NAMESPACE = 'e2e-openreports'
const reports = readFileSync(
  join(resolve(import.meta.dirname, '../report/schemas'), 'openreports-reports.yaml'),
  'utf8',
)
const clusterReports = reports
  .replaceAll(/: (Report(?:List)?)$/gm, ': Cluster$1')
  .replaceAll(/(name|plural|singular): (report)/g, '$1: cluster$2')
  .replaceAll('[reps]', '[creps]')
  .replaceAll('scope: Namespaced', 'scope: Cluster')

const pod = { apiVersion: 'v1', kind: 'Pod', namespace: NAMESPACE, name: 'app' }
const refusedPod = anEntry({ object: pod, outcome: 'failed', problems: [aProblem()] })

describeOnCluster('OpenReports', (cluster) => {
  beforeAll(async () => {
    await cluster.apply([reports, clusterReports].join('\n---\n'))
    await createNamespace(cluster, NAMESPACE)
    for (const plural of ['reports', 'clusterreports']) {
      await waitUntil(`${plural} are served`, async () => {
        const { status } = await cluster.request('GET', `/apis/openreports.io/v1alpha1/${plural}`)
        return status === 200
      })
    }
  })

  const apply = (list: string, ...flags: string[]): ReturnType<typeof cluster.kubectl> =>
    cluster.kubectl(['apply', '--validate=strict', ...flags, '-f', '-'], { stdin: list, allowFailure: true })

  test.for([
    ['by the client', []],
    ['server-side', ['--server-side']],
  ] as const)('are applied %s, and the next run replaces them', async ([, flags]) => {
    const suite = anEntry({ group: 'orders', name: 'injects', object: undefined })
    for (const entry of [refusedPod, anEntry({ object: pod })]) {
      const { code, stderr } = await apply(toOpenReports(aReport([entry, suite])), ...flags)
      expect({ code, stderr: stderr.replaceAll(/^Warning: .*\n/gm, '') }).toEqual({ code: 0, stderr: '' })
      const { stdout } = await cluster.kubectl(['get', 'reports', '-n', NAMESPACE, '-o', 'json'])
      const { items } = JSON.parse(stdout) as { items: KubeObject[] }
      expect(items.map(({ summary }) => summary)).toEqual([
        { pass: 0, fail: 0, warn: 0, error: 0, skip: 0, [entry === refusedPod ? 'fail' : 'pass']: 1 },
      ])
    }
  })

  test('are applied whatever was written in what was judged', async () => {
    const { code, stderr } = await apply(toOpenReports(nastyReport))
    expect(code, stderr).toBe(0)
  })
})
