import { expect, test } from 'vitest'
import { describeOnCluster } from '../cluster/describe-on-cluster.ts'
import { manifestOf, READ } from '../state/scalars-as-kubectl-reads-them.ts'

describeOnCluster('plain values of YAML', (cluster) => {
  test('are read by kubectl as our own reader reads them', async () => {
    const { stdout } = await cluster.kubectl(['annotate', '--local', '-f', '-', 'a=b', '-o', 'json'], {
      stdin: manifestOf(READ.map(([written]) => written)),
    })
    expect(JSON.parse(stdout)).toMatchObject({ values: READ.map(([, read]) => read) })
  })
})
