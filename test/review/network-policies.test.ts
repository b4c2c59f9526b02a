import { describe, expect, test } from 'vitest'
import { networkPolicies, type Fence } from '../../src/review/network-policies.ts'
import { buildSnapshot } from '../../src/state/build-snapshot.ts'
import { parseManifests } from '../../src/state/parse-manifests.ts'

interface Shape {
  readonly appId?: string
  readonly namespace?: string
  readonly args?: string
  readonly service?: string
}

const SERVICE = 'ports: [{port: 3500}, {port: 50001}]'

/** An instance as YAML: its Service as given. */
function instance({ appId = 'order', namespace = 'shop', args = '', service = SERVICE }: Shape = {}): string {
  return `
apiVersion: apps/v1
kind: Deployment
metadata: {name: ${appId}, namespace: ${namespace}, labels: {shared.dapr.io/instance: "true"}}
spec:
  template:
    metadata: {labels: {daprd: ${appId}, version: v1}}
    spec:
      containers:
      - name: daprd
        image: daprd
        args: ["--app-id=${appId}", ${args}]
        ports: [{name: http, containerPort: 3500}]
---
apiVersion: v1
kind: Service
metadata: {name: ${appId}-dapr, namespace: ${namespace}}
spec: {selector: {daprd: ${appId}}, ${service}}
`
}

const grant = (from: string, appIds = '[order]', namespace = 'shop'): string => `
apiVersion: shared.dapr.io/v1alpha1
kind: DaprSharedGrant
metadata: {name: ${from}, namespace: ${namespace}}
spec: {appIds: ${appIds}, from: [{namespace: ${from}, serviceAccounts: [till]}]}
`

const policy = (mode: string, match = ''): string => `
apiVersion: shared.dapr.io/v1alpha1
kind: DaprSharedPolicy
metadata: {name: open}
spec: {${match} rules: {crossNamespace: {mode: ${mode}}}}
`

function fencesOf(documents: readonly string[], namespace?: string): Fence[] {
  const { manifests } = parseManifests(documents.join('\n---\n'), 'state.yaml')
  const { inventory, policies } = buildSnapshot(manifests, {
    defaultNamespace: 'default',
    clusterDomain: 'cluster.local',
  })
  return networkPolicies(inventory, policies, namespace)
}

const labelled = {
  podSelector: {
    matchLabels: { 'shared.dapr.io/app-id': 'order', 'shared.dapr.io/app-namespace': 'shop' },
  },
}
const named = (name: string): object => ({
  namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': name } },
  ...labelled,
})
const fromOf = (fence: Fence | undefined): unknown => fence?.policy?.spec.ingress[0]?.from
const portsOf = (fence: Fence | undefined): unknown =>
  fence?.policy?.spec.ingress[0]?.ports.map(({ port }) => port)

describe('the NetworkPolicy of an instance', () => {
  test('lets in the pods of its own namespace with both labels, at the two ports of the API', () => {
    const [fence, ...others] = fencesOf([instance()])
    expect(others).toEqual([])
    expect(fence?.policy).toEqual({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: {
        name: 'order-dapr-shared',
        namespace: 'shop',
        labels: { 'app.kubernetes.io/managed-by': 'dapr-shared' },
      },
      spec: {
        podSelector: { matchLabels: { daprd: 'order' } },
        policyTypes: ['Ingress'],
        ingress: [
          {
            from: [labelled],
            ports: [
              { protocol: 'TCP', port: 3500 },
              { protocol: 'TCP', port: 50001 },
            ],
          },
        ],
      },
    })
  })

  describe('from other namespaces', () => {
    test('lets in the pods of those that a grant for its app-id names, each once', () => {
      const grants = [grant('till'), grant('bar', '["or*"]'), grant('other', '[cart]')]
      expect(fromOf(fencesOf([instance(), ...grants])[0])).toEqual([labelled, named('bar'), named('till')])
    })

    test('does not heed a grant that stands in another namespace, nor one to its own', () => {
      const grants = [grant('till', '[order]', 'elsewhere'), grant('shop')]
      expect(fromOf(fencesOf([instance(), ...grants])[0])).toEqual([labelled])
    })

    test('lets in labelled pods from everywhere where a policy waives grants', () => {
      expect(fromOf(fencesOf([instance(), policy('Allow')])[0])).toEqual([
        { namespaceSelector: {}, ...labelled },
      ])
    })

    test.each([
      ['needs grants', policy('RequireGrant')],
      ['waives them for another app-id', policy('Allow', 'match: {appIds: [cart]},')],
    ])('does not where a policy %s', (_, written) => {
      expect(fromOf(fencesOf([instance(), written])[0])).toEqual([labelled])
    })
  })

  describe('ports are those on which the pods listen', () => {
    test.each([
      ['numbers', 'ports: [{port: 80, targetPort: 3500}, {port: 81, targetPort: 50001}]', [3500, 50001]],
      ['names', 'ports: [{port: 80, targetPort: http}, {port: 50001}]', ['http', 50001]],
      [
        'a headless Service',
        'clusterIP: None, ports: [{port: 80, targetPort: 3500}, {port: 50001}]',
        [3500, 50001],
      ],
    ])('%s', (_, service, ports) => {
      expect(portsOf(fencesOf([instance({ service })])[0])).toEqual(ports)
    })
  })

  describe('other daprds', () => {
    const service =
      'ports: [{port: 3500}, {port: 50001}, {name: dapr-internal, port: 50002}, {name: dapr-metrics, port: 9090}]'

    test('get in on the internal port of an instance with mTLS, from everywhere, and at no other', () => {
      const [fence] = fencesOf([instance({ service, args: '"--enable-mtls=true"' })])
      expect(fence?.policy?.spec.ingress.slice(1)).toEqual([
        { from: [{ namespaceSelector: {} }], ports: [{ protocol: 'TCP', port: 50002 }] },
      ])
      expect(fence?.remarks).toEqual([])
    })

    test('stay outside of one without mTLS, which is told', () => {
      const [fence] = fencesOf([instance({ service })])
      expect(fence?.policy?.spec.ingress).toHaveLength(1)
      expect(fence?.remarks.join()).toContain('shop/order: other daprds are not let in (port 50002)')
    })
  })

  describe('there is none, and it is told why', () => {
    const external = `
apiVersion: shared.dapr.io/v1alpha1
kind: DaprSharedInstance
metadata: {name: orders, namespace: shop}
spec: {appId: orders, external: {httpEndpoint: "https://a.example:443", grpcEndpoint: "https://a.example:443"}}`

    test.each([
      ['outside of the cluster', [external], 'shop/orders: none, as it runs outside of the cluster'],
      [
        'without a reachable port',
        [instance({ service: 'ports: [{port: 1}]' })],
        'shop/order: none, as Deployment/order cannot be reached',
      ],
      [
        'claimed twice',
        [
          instance(),
          instance().replaceAll('name: order', 'name: twin').replaceAll('daprd: order', 'daprd: twin'),
        ],
        'shop/order: none, as Deployment/order and Deployment/twin claim it',
      ],
    ])('%s', (_, documents, remark) => {
      const [fence] = fencesOf(documents)
      expect(fence?.policy).toBeUndefined()
      expect(fence?.remarks.join()).toContain(remark)
    })
  })

  test('stands in order of namespace and app-id, of one namespace where one is named', () => {
    const all = [instance({ appId: 'b' }), instance({ appId: 'a' }), instance({ namespace: 'bar' })]
    const keys = (fences: readonly Fence[]): unknown =>
      fences.map(({ policy: one }) => `${one?.metadata.namespace}/${one?.metadata.name}`)
    expect(keys(fencesOf(all))).toEqual(['bar/order-dapr-shared', 'shop/a-dapr-shared', 'shop/b-dapr-shared'])
    expect(keys(fencesOf(all, 'bar'))).toEqual(['bar/order-dapr-shared'])
  })
})
