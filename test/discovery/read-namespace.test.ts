import { expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { readNamespace } from '../../src/discovery/read-namespace.ts'
import type { KubeClient } from '../../src/kube/kube-client.ts'
import { instance } from '../cli/run.ts'

const [workload, service] = parseAllDocuments(instance('order')).map((document) => document.toJS() as unknown)

/** A cluster whose lists answer what the nth call to each finds. */
function clusterOf(services: readonly (readonly unknown[])[]): { client: KubeClient; listed: string[] } {
  const listed: string[] = []
  let call = 0
  const get = async (path: string): Promise<unknown> => {
    listed.push(path)
    const items = path.endsWith('/daemonsets')
      ? [workload]
      : path.endsWith('/services')
        ? services[call++]
        : []
    return { kind: 'List', apiVersion: 'v1', metadata: { resourceVersion: '1' }, items }
  }
  // only get is called
  return { client: { get } as unknown as KubeClient, listed }
}

const read = ({ client }: { client: KubeClient }) =>
  readNamespace(client, 'shop', 'cluster.local', AbortSignal.timeout(5000))

test('a Service that was made while the workloads were listed is found', async () => {
  const cluster = clusterOf([[], [service]])
  expect((await read(cluster)).entries.get('order')).toMatchObject({ kind: 'instance' })
})

test('an instance that has no Service is misconfigured, after a second look', async () => {
  const cluster = clusterOf([[], []])
  expect((await read(cluster)).entries.get('order')).toMatchObject({ kind: 'misconfigured' })
  expect(cluster.listed.filter((path) => path.endsWith('/services'))).toHaveLength(2)
})

test('a sound namespace is listed once', async () => {
  const cluster = clusterOf([[service]])
  await read(cluster)
  expect(cluster.listed).toHaveLength(3)
})
