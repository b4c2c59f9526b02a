import { describe, expect, test } from 'vitest'
import { buildSnapshot } from '../../src/state/build-snapshot.ts'
import { isState, type Snapshot } from '../../src/state/state-store.ts'
import { ManifestError, type Manifest } from '../../src/state/manifest.ts'
import { parseManifests } from '../../src/state/parse-manifests.ts'
import { instanceYaml } from './review-text.ts'

const places = { defaultNamespace: 'default', clusterDomain: 'cluster.local' }
const read = (text: string, file: string): Manifest[] => [...parseManifests(text, file).manifests]
const snapshotOf = (...manifests: Manifest[]): Snapshot => buildSnapshot(manifests, places)

describe('one object twice in the state', () => {
  test.each([
    [
      'a DaemonSet',
      'apiVersion: apps/v1\nkind: DaemonSet\nmetadata: {name: orders, namespace: shop}',
      'DaemonSet shop/orders',
    ],
    [
      'a Deployment',
      'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: orders}',
      'Deployment default/orders',
    ],
    [
      'a Service',
      'apiVersion: v1\nkind: Service\nmetadata: {name: orders, namespace: shop}',
      'Service shop/orders',
    ],
    ['a Namespace', 'apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}', 'Namespace shop'],
  ])('%s is refused, and both places are named', (_, text, name) => {
    const manifests = [...read(`# first\n${text}\n`, 'a.yaml'), ...read(`---\n\n${text}\n`, 'b.yaml')]
    expect(() => snapshotOf(...manifests)).toThrow(ManifestError)
    expect(() => snapshotOf(...manifests)).toThrow(
      `b.yaml:3: ${name} stands at a.yaml:2 too. Keep one of the two.`,
    )
  })

  test('is one, whether its namespace is written or meant', () => {
    const text = 'apiVersion: v1\nkind: Service\nmetadata: {name: orders'
    const manifests = [...read(`${text}}`, 'a.yaml'), ...read(`${text}, namespace: default}`, 'b.yaml')]
    expect(() => snapshotOf(...manifests)).toThrow('Service default/orders stands at a.yaml:1 too')
  })

  test.each([
    ['in another namespace', 'apiVersion: v1\nkind: Service\nmetadata: {name: orders, namespace: pay}'],
    ['of another kind', 'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: orders, namespace: shop}'],
    [
      'of another group',
      'apiVersion: serving.knative.dev/v1\nkind: Service\nmetadata: {name: orders, namespace: shop}',
    ],
  ])('is another one %s', (_, text) => {
    const service = 'apiVersion: v1\nkind: Service\nmetadata: {name: orders, namespace: shop}'
    expect(() => snapshotOf(...read(service, 'a.yaml'), ...read(text, 'b.yaml'))).not.toThrow()
  })
})

test.each(['""', 'Orders', 'or/ders', '"a\\nb"'])(
  'an object called %s is refused, as Kubernetes does',
  (name) => {
    const manifests = read(`apiVersion: v1\nkind: Service\nmetadata: {name: ${name}}`, 'a.yaml')
    expect(() => snapshotOf(...manifests)).toThrow(
      /^a\.yaml:3: Service with the name ".*", which Kubernetes refuses\.$/,
    )
  },
)

test('workloads that get their names when they are created are no instances, and no twins', () => {
  const text =
    'apiVersion: apps/v1\nkind: Deployment\nmetadata: {generateName: migrate-, namespace: shop}\nspec: {}\n'
  expect(snapshotOf(...read(`${text}---\n${text}`, 'a.yaml')).inventory.size).toBe(0)
})

describe('what was meant as one of our resources and is none', () => {
  const written = (apiVersion: string, kind: string): Manifest[] =>
    read(`# first\napiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: {name: prod}\nspec: {}\n`, 'a.yaml')

  test.each([
    [
      'shared.dapr.io/v1alpha1',
      'DaprSharedPolicys',
      '3: DaprSharedPolicys prod: kind: wanted DaprSharedPolicy, DaprSharedGrant, DaprSharedException or DaprSharedInstance, got "DaprSharedPolicys"',
    ],
    ['shared.dapr.io/v1alpha1', 'Policy', '3: Policy prod: kind: wanted DaprSharedPolicy, '],
    [
      'shared.dapr.io',
      'DaprSharedPolicy',
      '2: DaprSharedPolicy prod: apiVersion: wanted shared.dapr.io/v1alpha1, got "shared.dapr.io"',
    ],
    ['shared.dapr.io', 'Policy', '3: Policy prod: kind: wanted DaprSharedPolicy, '],
    [
      'shared.dapr.io/v1',
      'DaprSharedGrant',
      '2: DaprSharedGrant prod: apiVersion: wanted shared.dapr.io/v1alpha1',
    ],
    [
      'dapr.io/v1alpha1',
      'DaprSharedGrant',
      '2: DaprSharedGrant prod: apiVersion: wanted shared.dapr.io/v1alpha1',
    ],
    ['v1', 'DaprSharedFoo', '3: DaprSharedFoo prod: kind: wanted DaprSharedPolicy, '],
  ])('%s %s is refused with its line', (apiVersion, kind, message) => {
    const manifests = written(apiVersion, kind)
    expect(() => snapshotOf(...manifests)).toThrow(ManifestError)
    expect(() => snapshotOf(...manifests)).toThrow(`a.yaml:${message}`)
  })

  test.each([
    ['shared.dapr.io/v1alpha1', 'ReviewResult'],
    ['test.shared.dapr.io/v1alpha1', 'Suite'],
    ['dapr.io/v1alpha1', 'Component'],
    ['example.com/v1', 'Policy'],
  ])('%s %s is something else', (apiVersion, kind) => {
    expect(() => snapshotOf(...written(apiVersion, kind))).not.toThrow()
  })
})

test('instances and namespaces are known as a cluster shows them', () => {
  const text = `${instanceYaml()}---\napiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {env: prod}}\n`
  const { inventory, namespaces } = snapshotOf(...read(text, 'a.yaml'))
  expect(inventory.get('shop')?.entries.get('orders')).toMatchObject({ kind: 'instance' })
  expect(namespaces.get('shop')).toEqual({ name: 'shop', labels: { env: 'prod' } })
})

test('objects without a namespace are in the default one', () => {
  const text = instanceYaml().replaceAll(', namespace: shop', '')
  const { inventory } = buildSnapshot(read(text, 'a.yaml'), { ...places, defaultNamespace: 'pay' })
  expect(inventory.get('pay')?.entries.get('orders')).toMatchObject({
    instance: { httpEndpoint: 'http://orders-dapr.pay.svc.cluster.local:3500' },
  })
})

test.each([
  ['apps/v1', 'DaemonSet', true],
  ['apps/v1', 'Deployment', true],
  ['v1', 'Service', true],
  ['v1', 'Namespace', true],
  ['serving.knative.dev/v1', 'Service', false],
  ['apps/v1', 'StatefulSet', false],
  ['v1', 'Pod', false],
  ['apps/v1', 'Service', false],
])('%s %s tells of instances: %s', (apiVersion, kind, tells) => {
  expect(isState({ apiVersion, kind })).toBe(tells)
})
