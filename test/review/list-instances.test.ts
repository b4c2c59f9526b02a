import { describe, expect, test } from 'vitest'
import { listInstances, type InstanceRow } from '../../src/review/list-instances.ts'
import { parseManifests } from '../../src/state/parse-manifests.ts'
import { contextOf, instanceYaml, podYaml } from './review-text.ts'

function rowsOf(text: string, counted?: ReadonlyMap<string, number>): Promise<InstanceRow[]> {
  const { manifests } = parseManifests(text, 'f.yaml')
  return listInstances(manifests, contextOf(manifests), counted)
}

test('an instance is listed with everything that its consumers get', async () => {
  expect(await rowsOf(instanceYaml())).toEqual([
    {
      namespace: 'shop',
      appId: 'orders',
      strategy: 'daemonset',
      ready: 'unknown',
      workload: 'DaemonSet/orders',
      service: 'orders-dapr',
      httpEndpoint: 'http://orders-dapr.shop.svc.cluster.local:3500',
      grpcEndpoint: 'http://orders-dapr.shop.svc.cluster.local:50001',
      token: 'orders/token',
      consumers: 0,
      problem: '',
    },
  ])
})

test('instances stand by namespace and app-id', async () => {
  const text = [
    instanceYaml('b'),
    instanceYaml('a'),
    instanceYaml('a').replaceAll('namespace: shop', 'namespace: pay'),
  ].join('---\n')
  expect((await rowsOf(text)).map(({ namespace, appId }) => `${namespace}/${appId}`)).toEqual([
    'pay/a',
    'shop/a',
    'shop/b',
  ])
})

describe('what cannot be used is listed with its problem', () => {
  test('an ambiguous key', async () => {
    const text = `${instanceYaml()}---\n${instanceYaml().split('---')[0]?.replace('name: orders,', 'name: twin,').replace('{instance: orders}', '{x: z}')}`
    expect(await rowsOf(text)).toMatchObject([
      { appId: 'orders', httpEndpoint: '', problem: 'ambiguous: DaemonSet/orders, DaemonSet/twin' },
    ])
  })

  test('an instance that cannot be reached', async () => {
    expect(await rowsOf(`${instanceYaml().split('---')[0]}`)).toMatchObject([
      {
        appId: 'orders',
        workload: 'DaemonSet/orders',
        problem: 'misconfigured: no Service selects its pods',
      },
    ])
  })

  test('a workload that should be an instance', async () => {
    const text = instanceYaml().replace('--app-id=orders', '--app-id=ORDERS')
    expect(await rowsOf(text)).toMatchObject([
      {
        appId: '',
        workload: 'DaemonSet/orders',
        problem: 'DaemonSet/orders has --app-id="ORDERS", which is not an app-id',
      },
    ])
  })
})

describe('consumers', () => {
  const text = [
    instanceYaml(),
    podYaml('one', '{dapr.io/shared: orders}'),
    podYaml('two', '{dapr.io/shared: orders, dapr.io/enabled: "true"}'),
    podYaml('three', '{dapr.io/shared: other}'),
    podYaml('four', '{}'),
    '{apiVersion: apps/v1, kind: Deployment, metadata: {name: five, namespace: shop}, spec: {replicas: 7, template: {metadata: {annotations: {dapr.io/shared: orders}}, spec: {containers: [{name: app}]}}}}\n',
  ].join('---\n')

  test('are the pods and workloads of the manifests that would be given the instance', async () => {
    expect((await rowsOf(text)).map(({ consumers }) => consumers)).toEqual([2])
  })

  test('are those that a cluster counts, where one is asked', async () => {
    expect((await rowsOf(text, new Map([['shop/orders', 12]]))).map(({ consumers }) => consumers)).toEqual([
      12,
    ])
    expect((await rowsOf(text, new Map())).map(({ consumers }) => consumers)).toEqual([0])
  })
})
