import * as fc from 'fast-check'

/**
 * Pods as a cluster may send them: fields that this version does not know, absent, null and empty lists and maps,
 * variables that stand twice, keys in any order, marks of an earlier injection. They are plain parsed JSON.
 */
export function arbitraryPod(): fc.Arbitrary<Record<string, unknown>> {
  return fc
    .record(
      { metadata: metadata(), spec: spec(), status: unknownField() },
      { requiredKeys: ['metadata', 'spec'] },
    )
    .chain(shuffledKeys)
    .map((pod) => JSON.parse(JSON.stringify(pod)) as Record<string, unknown>)
}

const OURS = ['DAPR_HTTP_ENDPOINT', 'DAPR_GRPC_ENDPOINT', 'DAPR_API_TOKEN']

/** What the values of our variables may be: nothing, ours, another instance's, or the user's own. */
const VALUES = [
  '',
  'http://orders-dapr.shop.svc.cluster.local:3500',
  'http://orders-dapr.shop.svc.cluster.local:50001',
  'http://stock-dapr.shop.svc.cluster.local:3500',
  'http://stock-dapr.pay.svc:3500',
  'https://elsewhere.example.org',
  'nonsense',
]

/** What an injection with another instance left in a pod that was then copied. */
const COPIED = [
  { name: 'DAPR_HTTP_ENDPOINT', value: 'http://stock-dapr.shop.svc.cluster.local:3500' },
  { name: 'DAPR_GRPC_ENDPOINT', value: 'http://stock-dapr.shop.svc.cluster.local:50001' },
  { name: 'DAPR_API_TOKEN', valueFrom: { secretKeyRef: { name: 'stock', key: 'dapr-api-token' } } },
]

const STATUSES = [
  '',
  '{}',
  'null',
  '{"instance":"shop/orders","strategy":"daemonset","service":"shop/orders-dapr","containers":["c0"]}',
  '{"instance":"shop/stock","strategy":"daemonset","service":"shop/stock-dapr","containers":["c0"]}',
  '{"instance":"pay/stock","service":"pay/stock-dapr"}',
  '{"instance":null,"skipped":"instance.missing","containers":[]}',
]

function metadata(): fc.Arbitrary<object> {
  return fc
    .record(
      {
        name: fc.constant('web'),
        annotations: annotations(),
        labels: labels(),
        managedFields: unknownField(),
        ownerReferences: unknownField(),
      },
      { requiredKeys: ['annotations'] },
    )
    .chain(shuffledKeys)
}

function annotations(): fc.Arbitrary<object> {
  return fc
    .record(
      {
        'dapr.io/shared': fc.constantFrom('orders', 'tokenless'),
        'dapr.io/shared-status': fc.constantFrom(...STATUSES),
        'dapr.io/shared-exclude-containers': fc.constantFrom('c1', 'c1,ghost', 'i0'),
        'dapr.io/shared-typo': fc.string(),
        'dapr.io/enabled': fc.constantFrom('false', 'no'),
        'a/~b': fc.string({ unit: 'binary' }),
        constructor: fc.string(),
      },
      { requiredKeys: ['dapr.io/shared'] },
    )
    .chain(shuffledKeys)
}

function labels(): fc.Arbitrary<unknown> {
  return fc.oneof(
    fc.constantFrom(null, {}),
    fc.dictionary(fc.constantFrom('app', 'a/~b', 'pod-template-hash', 'constructor'), fc.string()),
    fc.constant({ 'shared.dapr.io/app-id': 'orders', app: 'web', 'shared.dapr.io/app-namespace': 'shop' }),
    fc.constant({ 'shared.dapr.io/app-namespace': 'elsewhere' }),
  )
}

function spec(): fc.Arbitrary<object> {
  return fc
    .record(
      {
        containers: containers('c', 1),
        initContainers: fc.oneof(fc.constant(null), containers('i', 0)),
        volumes: unknownField(),
        hostNetwork: fc.boolean(),
        futureField: unknownField(),
      },
      { requiredKeys: ['containers'] },
    )
    .chain(shuffledKeys)
}

function containers(prefix: string, minLength: number): fc.Arbitrary<object[]> {
  return fc
    .array(container(), { minLength, maxLength: 5 })
    .map((list) =>
      list.map((one, index) => ({ ...one, name: index === 3 ? `istio-proxy` : `${prefix}${index}` })),
    )
}

function container(): fc.Arbitrary<object> {
  return fc
    .record(
      {
        name: fc.constant(''),
        image: fc.string(),
        env: env(),
        envFrom: fc.oneof(fc.constantFrom(null, []), fc.constant([{ configMapRef: { name: 'c' } }])),
        ports: unknownField(),
        futureField: unknownField(),
      },
      { requiredKeys: ['name'] },
    )
    .chain(shuffledKeys)
}

function env(): fc.Arbitrary<unknown> {
  const ownAndCopied = fc.tuple(
    fc.array(variable(), { maxLength: 3 }),
    fc.shuffledSubarray(COPIED, { minLength: 2 }),
  )
  return fc.oneof(
    fc.constant(null),
    fc.array(variable(), { maxLength: 8 }),
    ownAndCopied.map(([own, copied]) => [...own, ...copied]),
  )
}

function variable(): fc.Arbitrary<object> {
  return fc
    .record(
      {
        name: fc.oneof(fc.constantFrom(...OURS), fc.constantFrom('PATH', 'A', 'URL', '')),
        value: fc.oneof(fc.constantFrom(null, ...VALUES), fc.constant('$(DAPR_HTTP_ENDPOINT)/v1.0')),
        valueFrom: valueFrom(),
        futureField: unknownField(),
      },
      { requiredKeys: ['name'] },
    )
    .chain(shuffledKeys)
}

function valueFrom(): fc.Arbitrary<unknown> {
  return fc.constantFrom(
    null,
    {},
    { fieldRef: { fieldPath: 'metadata.name' } },
    { secretKeyRef: { name: 'tokens', key: 'dapr-api-token' } },
    { secretKeyRef: { name: 'tokens', key: 'dapr-api-token', optional: true } },
    { secretKeyRef: { key: 'token', name: 'mine' } },
    { secretKeyRef: null, configMapKeyRef: { name: 'c', key: 'k' } },
  )
}

function unknownField(): fc.Arbitrary<unknown> {
  return fc.jsonValue({ maxDepth: 2 })
}

function shuffledKeys<T extends object>(object: T): fc.Arbitrary<T> {
  const entries = Object.entries(object)
  return fc
    .shuffledSubarray(entries, { minLength: entries.length })
    .map((shuffled) => Object.fromEntries(shuffled) as T)
}
