import { expect, test } from 'vitest'
import { listWorkloads } from '../../src/cli/cluster/list-workloads.ts'
import type { KubeClient } from '../../src/kube/kube-client.ts'

const deployment = {
  metadata: { name: 'web', namespace: 'shop' },
  spec: { template: { metadata: { annotations: { 'dapr.io/shared': 'order' } } } },
}

interface Page {
  readonly items: readonly object[]
  readonly next?: string
}

/** @param page what is answered to the list of a path, from where it goes on; nothing is no answer in time */
const listed = async (page: (path: string, from: string | undefined) => Page | undefined) => {
  const asked: string[] = []
  const get: KubeClient['get'] = async (path, { query } = {}) => {
    asked.push(path)
    const found = page(path, query?.['continue'])
    if (found === undefined) throw new DOMException('no answer in time', 'TimeoutError')
    return { kind: 'List', metadata: { resourceVersion: '1', continue: found.next }, items: found.items }
  }
  const client = { server: 'https://cluster', get } as unknown as KubeClient
  const cluster = { client, namespaces: new Map() } as unknown as Parameters<typeof listWorkloads>[0]
  const io = { out: () => {}, err: () => {}, readStdin: async () => '', env: {}, cwd: '/', colour: false }
  const { manifests, missing } = await listWorkloads(cluster, 'shop', io)
  return { names: manifests.map(({ kind, name }) => `${kind} ${name}`), missing, asked }
}

test('a server that stops answering is waited for once, and everything that it did not list is told', async () => {
  const { names, missing, asked } = await listed((path) =>
    path.endsWith('/statefulsets') ? undefined : { items: path.endsWith('/deployments') ? [deployment] : [] },
  )
  expect(names).toEqual(['Deployment web'])
  expect(asked.filter((path) => !path.includes('knative'))).toEqual([
    '/apis/apps/v1/namespaces/shop/deployments',
    '/apis/apps/v1/namespaces/shop/statefulsets',
  ])
  expect(missing).toHaveLength(7)
  expect(missing[0]).toBe(
    'https://cluster did not list statefulsets.apps of namespace shop (no answer in time).',
  )
})

test('what was read before it stopped is kept, also where no list came to its end', async () => {
  const { names, missing } = await listed((path, from) =>
    path.includes('knative')
      ? { items: [] }
      : from === undefined
        ? { items: [deployment], next: '1' }
        : undefined,
  )
  expect(names).toEqual(['Deployment web'])
  expect(missing[0]).toContain('deployments.apps of namespace shop, after the first 1 (no answer in time)')
  expect(missing).toHaveLength(8)
})

test('a server that answers nothing has no workloads that anybody knows', async () => {
  await expect(listed(() => undefined)).rejects.toThrow(
    'nothing could be listed: https://cluster did not list deployments.apps of namespace shop (no answer in time).',
  )
})
