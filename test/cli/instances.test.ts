import { parseAllDocuments } from 'yaml'
import { describe, expect, test } from 'vitest'
import { instance, pod, run } from './run.ts'

const files = {
  'state/order.yaml': instance('order'),
  'state/cart.yaml': instance('cart', 'web'),
  'state/twin.yaml': instance('order')
    .replaceAll('name: order', 'name: twin')
    .replaceAll('order-daprd', 'twin-daprd'),
  'state/pods.yaml': `${pod('cart', { namespace: 'web' })}---${pod('cart', { name: 'two', namespace: 'web' })}`,
}

describe('dapr-shared instances', () => {
  test('lists each instance with its endpoints and how many use it', async () => {
    const { out, code } = await run(['instances', '--state', 'state', '-o', 'json'], { files })
    const { items } = JSON.parse(out) as { items: { appId: string }[] }
    expect(items.find(({ appId }) => appId === 'cart')).toMatchObject({
      namespace: 'web',
      strategy: 'daemonset',
      ready: 'unknown',
      httpEndpoint: 'http://cart-dapr.web.svc.cluster.local:3500',
      grpcEndpoint: 'http://cart-dapr.web.svc.cluster.local:50001',
      consumers: 2,
      problem: '',
    })
    expect(code).toBe(0)
  })

  test('says why one cannot be used', async () => {
    const { out } = await run(['instances', '--state', 'state'], { files })
    expect(out).toContain('ambiguous: DaemonSet/order, DaemonSet/twin')
  })

  test('-n shows one namespace', async () => {
    const { out } = await run(['instances', '--state', 'state', '-n', 'web'], { files })
    expect(out.trim().split('\n')).toHaveLength(2)
  })

  test('exits with 4 where there are none', async () => {
    const none = { 'state/ns.yaml': 'apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}' }
    const { out, code } = await run(['instances', '--state', 'state'], { files: none })
    expect(out).toBe('no instances\n')
    expect(code).toBe(4)
  })

  test('cluster domain is part of the endpoints', async () => {
    const { out } = await run(
      ['instances', '--state', 'state', '-n', 'web', '--cluster-domain', 'corp.example'],
      { files },
    )
    expect(out).toContain('http://cart-dapr.web.svc.corp.example:3500')
  })
})

describe('dapr-shared instances --network-policy', () => {
  const external = `
apiVersion: shared.dapr.io/v1alpha1
kind: DaprSharedInstance
metadata: {name: far, namespace: web}
spec: {appId: far, external: {httpEndpoint: "https://a.example:443", grpcEndpoint: "https://a.example:443"}}`
  const state = { ...files, 'state/external.yaml': external }
  const args = ['instances', '--state', 'state', '--network-policy']

  test('writes a stream of NetworkPolicies, and remarks in it and beside it', async () => {
    const { out, err, code } = await run([...args, '-n', 'web'], { files: state })
    const documents = parseAllDocuments(out).map((document) => document.toJS() as unknown)
    expect(documents.filter((one) => one !== null)).toMatchObject([
      { kind: 'NetworkPolicy', metadata: { name: 'cart-dapr-shared', namespace: 'web' } },
    ])
    expect(err).toMatch(/^web\/far: none, as it runs outside of the cluster/)
    expect(out).toMatch(/^# web\/far: none/)
    expect(code).toBe(0)
  })

  test('exits with 4 where no instance can have one', async () => {
    const { code, out } = await run([...args, '-n', 'shop'], { files: state })
    expect({ code, documents: out.includes('---') }).toEqual({ code: 4, documents: false })
    expect((await run([...args, '-n', 'shop', '--allow-empty'], { files: state })).code).toBe(0)
  })

  test('refuses another format: what is written is for kubectl', async () => {
    const { code, err } = await run([...args, '-o', 'json'], { files: state })
    expect(err).toContain('leave --output json out')
    expect(code).toBe(2)
  })
})
