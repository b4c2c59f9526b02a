import { describe, expect, test } from 'vitest'
import { readNamespace } from '../../src/discovery/read-namespace.ts'
import { AnsweringClient, forbidden } from '../facts/answering-client.ts'

const list = (...items: object[]) => ({
  kind: 'List',
  apiVersion: 'v1',
  metadata: { resourceVersion: '1' },
  items,
})
const EXTERNALS = '/apis/shared.dapr.io/v1alpha1/namespaces/shop/daprsharedinstances'
const aNamespace = (externals: Record<string, unknown>) =>
  new AnsweringClient({
    '/apis/apps/v1/namespaces/shop/daemonsets': list(),
    '/apis/apps/v1/namespaces/shop/deployments': list(),
    '/api/v1/namespaces/shop/services': list(),
    ...externals,
  })
const read = (client: AnsweringClient) =>
  readNamespace(client, 'shop', 'cluster.local', new AbortController().signal)

describe('what a namespace has now', () => {
  test('are external instances, too', async () => {
    const external = {
      apiVersion: 'shared.dapr.io/v1alpha1',
      kind: 'DaprSharedInstance',
      metadata: { name: 'order', namespace: 'shop' },
      spec: {
        appId: 'order',
        external: { httpEndpoint: 'https://a.example.com:443', grpcEndpoint: 'https://b.example.com:443' },
      },
    }
    const { entries } = await read(aNamespace({ [EXTERNALS]: list(external) }))
    expect([...entries.keys()]).toEqual(['order'])
  })

  test('is known without them where their CRD is not installed', async () => {
    expect((await read(aNamespace({}))).entries.size).toBe(0)
  })

  test('is not known where they may not be read', async () => {
    await expect(read(aNamespace({ [EXTERNALS]: forbidden() }))).rejects.toThrow('forbidden')
  })
})
