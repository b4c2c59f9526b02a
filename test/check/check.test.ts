import type { Operation } from 'fast-json-patch'
import { describe, expect, test } from 'vitest'
import { check } from '../../src/check/check.ts'
import { CHECK_IDS } from '../../src/check/catalogue.ts'
import type { ClusterFacts } from '../../src/check/facts.ts'
import type { JsonObject } from '../../src/core/pod.ts'
import { changed, remove, set, within } from './change.ts'
import {
  aProbe,
  anInstance,
  BACKSTOP_BINDING,
  BACKSTOP_POLICY,
  goodFacts,
  installed,
  known,
  NAMESPACE,
  OPTIONS,
  SERVICE,
  told,
  untold,
  wrongIn,
} from './made-facts.ts'
import { readDeployed } from '../../src/check/deployed.ts'
import { rightsOf } from '../../src/check/rights.ts'

const good = goodFacts()
const valueOf = (fact: ClusterFacts['deployment']): JsonObject =>
  fact.known && fact.value !== undefined ? fact.value : {}
const deployment = (...changes: readonly Operation[]): Partial<ClusterFacts> => ({
  deployment: known(changed(valueOf(good.deployment), ...changes)),
})
const mutating = (...changes: readonly Operation[]): Partial<ClusterFacts> => ({
  mutating: known(changed(installed('MutatingWebhookConfiguration'), ...within('/webhooks/0', changes))),
})
const definition = (...changes: readonly Operation[]): Partial<ClusterFacts> => ({
  definitions: new Map([
    ...good.definitions,
    [
      'DaprSharedGrant',
      known(changed(installed('CustomResourceDefinition', 'daprsharedgrants.shared.dapr.io'), ...changes)),
    ],
  ]),
})
const without = (...names: readonly string[]): Partial<ClusterFacts> => ({
  rights: good.rights.map(({ right, allowed }) =>
    names.includes(`${right.verb} ${right.resource}`) ? { right, allowed: known(false) } : { right, allowed },
  ),
})
const instances = (...some: readonly JsonObject[]): Partial<ClusterFacts> => ({ daemonSets: known(some) })

test('says nothing but good of a cluster in which all is well, and something of every check', () => {
  const lines = check({ ...good, dryRun: undefined }, OPTIONS, undefined)
  expect(lines.filter(({ level }) => level !== 'ok')).toEqual([])
  const ids = new Set(lines.map(({ id }) => id))
  const quiet = CHECK_IDS.filter((id) => !ids.has(id))
  expect(quiet).toEqual(['dry-run.injection', 'dry-run.plain-pod'])
})

test('tells the groups alone that are wanted', () => {
  const lines = check(good, OPTIONS, new Set(['kubernetes']))
  expect(lines.map(({ id }) => id)).toEqual(['kubernetes.version', 'kubernetes.api'])
})

const CASES: readonly (readonly [string, Partial<ClusterFacts>, readonly string[]])[] = [
  ['an old Kubernetes', { version: known('1.29.9') }, ['fail kubernetes.version']],
  ['1.30 of a distribution', { version: known('1.30.1-gke.5') }, []],
  ['a Kubernetes that was not tested', { version: known('1.99.0') }, ['warn kubernetes.version']],
  ['a version that says nothing', { version: known('master') }, ['unknown kubernetes.version']],
  [
    'no ValidatingAdmissionPolicies',
    { resources: known(new Set(['apiextensions.k8s.io/customresourcedefinitions'])) },
    ['fail kubernetes.api'],
  ],

  ['no namespace', { ownNamespace: known(undefined) }, ['fail installation.namespace']],
  [
    'a namespace that ends',
    { ownNamespace: known({ metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } }) },
    ['fail installation.namespace'],
  ],
  ['another version', { runningVersion: known('1.2.4') }, ['warn installation.version']],
  ['no Deployment', { deployment: known(undefined) }, ['fail installation.deployment']],
  ['no replica', deployment(set('/status', {})), ['fail installation.deployment']],
  ['one replica of two', deployment(set('/status/availableReplicas', 1)), ['warn installation.deployment']],
  ['one wanted', deployment(set('/spec/replicas', 1)), ['warn installation.replicas']],
  ['no budget', { disruptionBudget: known(undefined) }, ['warn installation.disruption-budget']],
  ['no Service', { service: known(undefined) }, ['fail installation.service']],
  [
    'a Service without the port',
    { service: known(changed(installed('Service'), set('/spec/ports/0/port', 8443))) },
    ['fail installation.service'],
  ],
  [
    'a Service of others',
    { service: known(changed(installed('Service'), set('/spec/selector', { app: 'x' }))) },
    ['fail installation.service'],
  ],
  [
    'endpoints that are not ready',
    { endpointSlices: known([{ endpoints: [{ conditions: { ready: false } }] }]) },
    ['fail installation.endpoints'],
  ],
  ['no EndpointSlice', { endpointSlices: known([]) }, ['fail installation.endpoints']],
  [
    'a Lease renewed in the future',
    { lease: known({ spec: { holderIdentity: 'x', renewTime: '2026-06-01T00:10:00.000000Z' } }) },
    ['unknown installation.lease'],
  ],
  [
    'a Service that leads to no port of the containers',
    { service: known(changed(installed('Service'), set('/spec/ports/0/targetPort', 9))) },
    ['fail installation.service'],
  ],
  [
    'a validating configuration that calls another port',
    {
      validating: known(
        changed(
          installed('ValidatingWebhookConfiguration'),
          set('/webhooks/0/clientConfig/service/port', 8443),
        ),
      ),
    },
    ['fail installation.service'],
  ],
  ['no Lease', { lease: known(undefined) }, ['warn installation.lease']],
  [
    'a Lease that nobody renews',
    { lease: known({ spec: { holderIdentity: 'x', renewTime: '2026-05-31T23:00:00.000000Z' } }) },
    ['warn installation.lease'],
  ],

  ['no mutating configuration', { mutating: known(undefined) }, ['fail webhooks.registered']],
  [
    'no advice',
    {
      validating: known(changed(installed('ValidatingWebhookConfiguration'), remove('/webhooks/1'))),
    },
    ['warn webhooks.registered'],
  ],
  [
    'a URL',
    mutating(remove('/clientConfig/service'), set('/clientConfig/url', 'https://elsewhere.test/mutate')),
    ['warn webhooks.target'],
  ],
  ['another Service', mutating(set('/clientConfig/service/name', 'other')), ['fail webhooks.target']],
  ['the default port left out', mutating(remove('/clientConfig/service/port')), []],
  [
    'a selector that serves kube-system',
    mutating(remove('/namespaceSelector/matchExpressions/0/values/0')),
    ['fail webhooks.selectors'],
  ],
  [
    'a namespace more that is left out',
    mutating(set('/namespaceSelector/matchExpressions/0/values/-', 'legacy')),
    [],
  ],
  [
    'Admissions Enforcer',
    mutating(
      set('/namespaceSelector/matchExpressions/-', {
        key: 'control-plane',
        operator: 'DoesNotExist',
      }),
    ),
    ['warn webhooks.selectors'],
  ],
  [
    'an objectSelector',
    mutating(set('/objectSelector', { matchLabels: { inject: 'yes' } })),
    ['fail webhooks.selectors'],
  ],
  ['other matchConditions', mutating(remove('/matchConditions/1')), ['fail webhooks.conditions']],
  [
    'other matchConditions in another version',
    {
      ...mutating(remove('/matchConditions/1')),
      ...deployment(set('/spec/template/metadata/labels/app.kubernetes.io~1version', '1.2.2')),
    },
    ['warn installation.version', 'warn webhooks.conditions'],
  ],
  ['open without a backstop', mutating(set('/failurePolicy', 'Ignore')), ['warn webhooks.failure-policy']],
  ['never called again', mutating(set('/reinvocationPolicy', 'Never')), ['fail webhooks.settings']],
  [
    'a webhook after us that is never followed by us',
    {
      mutatingConfigurations: known([
        changed(installed('MutatingWebhookConfiguration'), set('/webhooks/0/reinvocationPolicy', 'Never')),
        {
          metadata: { name: 'istio' },
          webhooks: [{ rules: [{ apiGroups: [''], resources: ['pods'], operations: ['CREATE'] }] }],
        },
      ]),
    },
    ['warn webhooks.order'],
  ],
  [
    'no label guard',
    { admissionPolicies: new Map([...good.admissionPolicies, ['dapr-shared-labels', known(undefined)]]) },
    ['fail webhooks.label-guard'],
  ],
  [
    'a binding that denies nothing',
    {
      admissionBindings: new Map([
        ...good.admissionBindings,
        [
          'dapr-shared-labels',
          known(
            changed(
              installed('ValidatingAdmissionPolicyBinding', 'dapr-shared-labels'),
              set('/spec/validationActions', ['Audit']),
            ),
          ),
        ],
      ]),
    },
    ['fail webhooks.label-guard'],
  ],
  [
    'a backstop that is bound by nothing',
    { admissionPolicies: new Map([...good.admissionPolicies, ...BACKSTOP_POLICY]) },
    ['fail webhooks.settings', 'fail webhooks.backstop'],
  ],
  [
    'a backstop',
    {
      admissionPolicies: new Map([...good.admissionPolicies, ...BACKSTOP_POLICY]),
      admissionBindings: new Map([...good.admissionBindings, ...BACKSTOP_BINDING]),
      validating: known(
        changed(
          installed('ValidatingWebhookConfiguration'),
          set('/webhooks/0/rules/0/operations', ['UPDATE']),
        ),
      ),
    },
    [],
  ],

  ['no right to list instances', without('list daemonsets', 'watch daemonsets'), ['fail access.rights']],
  ['no right to write statuses', without('patch daprsharedpolicies'), ['warn access.rights']],
  ['no right to the Lease', without('update leases'), ['fail access.rights']],
  [
    'two functions that suffer',
    without('list daprsharedpolicies', 'create subjectaccessreviews'),
    ['fail access.rights', 'fail access.rights'],
  ],
  [
    'rights to Secrets',
    {
      rights: good.rights.map(({ right, allowed }) =>
        right.resource === 'secrets' ? { right, allowed: known(true) } : { right, allowed },
      ),
    },
    ['warn access.excess'],
  ],

  [
    'a kind that is missing',
    { definitions: new Map([...good.definitions, ['DaprSharedGrant', known(undefined)]]) },
    ['fail resources.definitions'],
  ],
  [
    'a kind of another version',
    definition(remove('/spec/versions/0/schema/openAPIV3Schema/properties/spec/required')),
    ['fail resources.definitions'],
  ],
  [
    'a kind that is not established',
    definition(set('/status', { conditions: [{ type: 'Established', status: 'False' }] })),
    ['fail resources.definitions'],
  ],
  [
    'a policy that is not accepted',
    {
      policies: known([
        {
          metadata: { name: 'prod', generation: 2 },
          spec: { rules: { strategies: { allowed: ['DaemonSet'] } } },
          status: {
            conditions: [{ type: 'Accepted', status: 'False', observedGeneration: 2, message: 'Odd.' }],
          },
        },
      ]),
    },
    ['fail resources.policies'],
  ],
  [
    'a status of what stood there before',
    {
      policies: known([
        {
          metadata: { name: 'prod', generation: 3 },
          spec: { rules: { strategies: { allowed: ['DaemonSet'] } } },
          status: { conditions: [{ type: 'Accepted', status: 'False', observedGeneration: 2 }] },
        },
      ]),
    },
    [],
  ],
  [
    'a grant that grants nothing',
    {
      grants: known([
        { metadata: { name: 'to-pay', namespace: 'shop' }, spec: { instances: ['order'], form: [] } },
      ]),
    },
    ['fail resources.others'],
  ],
  [
    'an exception that has ended',
    {
      exceptions: known([
        {
          metadata: { name: 'old', namespace: 'shop' },
          spec: {
            reason: 'x',
            expiresAt: '2026-05-01T00:00:00Z',
            policies: [{ name: 'prod', rules: ['strategy.not-allowed'] }],
            subjects: { appIds: ['order'] },
          },
        },
      ]),
    },
    ['warn resources.exceptions'],
  ],

  [
    'two of one app-id',
    {
      ...instances(
        anInstance(),
        anInstance(set('/metadata/name', 'twin'), set('/spec/template/metadata/labels', { app: 'twin' })),
      ),
      services: known([
        SERVICE,
        {
          metadata: { name: 'twin-dapr', namespace: 'shop' },
          spec: { ...SERVICE.spec, selector: { app: 'twin' } },
        },
      ]),
    },
    ['fail instances.usable', 'fail instances.usable'],
  ],
  ['no Service', { services: known([]) }, ['fail instances.usable']],
  [
    'a Service at other ports',
    { services: known([{ ...SERVICE, spec: { ...SERVICE.spec, ports: [{ port: 80 }] } }]) },
    ['fail instances.usable'],
  ],
  [
    'an instance that is not ready',
    instances(anInstance(set('/status/numberReady', 0))),
    ['warn instances.ready'],
  ],
  [
    'Sentry at port 80',
    instances(
      anInstance(
        set('/spec/template/spec/containers/0/args/-', '--sentry-address=dapr-sentry.dapr-system.svc:80'),
      ),
    ),
    ['warn instances.defects'],
  ],
  [
    'pods that race for a ConfigMap',
    instances(
      anInstance(set('/spec/template/spec/initContainers', [{ name: 'init', args: ['--config-map=cm'] }])),
    ),
    ['warn instances.defects'],
  ],
  [
    'no requests',
    instances(anInstance(remove('/spec/template/spec/containers/0/resources'))),
    ['warn instances.defects'],
  ],
  [
    'one release name in two namespaces',
    {
      ...instances(
        ...['shop', 'pay'].map((namespace) =>
          anInstance(
            set('/metadata/namespace', namespace),
            set('/metadata/labels/helm.sh~1chart', 'dapr-shared-chart-0.0.16'),
            set('/metadata/labels/app.kubernetes.io~1instance', 'order'),
          ),
        ),
      ),
      services: known([SERVICE, { ...SERVICE, metadata: { ...SERVICE.metadata, namespace: 'pay' } }]),
    },
    ['warn instances.defects'],
  ],
  [
    'no token',
    instances(anInstance(set('/spec/template/spec/containers/0/env', []))),
    ['warn instances.security'],
  ],
  [
    'a tainted pool',
    { nodes: known([{ spec: { taints: [{ key: 'gpu', value: 'yes', effect: 'NoSchedule' }] } }]) },
    ['warn instances.nodes'],
  ],
  [
    'a tainted pool that the instance was not meant for, by labels or by affinity',
    {
      nodes: known([{ spec: { taints: [{ key: 'gpu', value: 'yes', effect: 'NoSchedule' }] } }]),
      ...instances(
        anInstance(set('/spec/template/spec/nodeSelector', { pool: 'apps' })),
        anInstance(
          set('/metadata/name', 'pay'),
          set('/metadata/namespace', 'pay'),
          set('/spec/template/spec/affinity', {
            nodeAffinity: {
              requiredDuringSchedulingIgnoredDuringExecution: {
                nodeSelectorTerms: [{ matchExpressions: [{ key: 'gpu', operator: 'DoesNotExist' }] }],
              },
            },
          }),
        ),
      ),
      services: known([SERVICE, { ...SERVICE, metadata: { ...SERVICE.metadata, namespace: 'pay' } }]),
    },
    [],
  ],
  [
    'a tainted pool that the instance selects',
    {
      nodes: known([
        {
          metadata: { labels: { pool: 'gpu' } },
          spec: { taints: [{ key: 'gpu', effect: 'NoSchedule' }] },
        },
      ]),
      ...instances(anInstance(set('/spec/template/spec/nodeSelector', { pool: 'gpu' }))),
    },
    ['warn instances.nodes'],
  ],
  [
    'a node of the control plane',
    {
      nodes: known([
        { spec: { taints: [{ key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' }] } },
      ]),
    },
    [],
  ],

  [
    'limits, which are taken for requests',
    instances(anInstance(set('/spec/template/spec/containers/0/resources', { limits: { cpu: '1' } }))),
    [],
  ],
  [
    'addresses of Sentry that name no namespace',
    instances(
      ...['10.96.0.7:443', 'sentry.example.com:443'].map((address, index) =>
        anInstance(
          set('/metadata/namespace', index === 0 ? 'shop' : 'pay'),
          set('/spec/template/spec/containers/0/args/-', `--sentry-address=${address}`),
        ),
      ),
    ),
    ['fail instances.usable'],
  ],

  ['no Dapr', { deployments: known([]), statefulSets: known([]) }, ['warn dapr.control-plane']],
  ['no Sentry and no operator', { deployments: known([]) }, ['warn dapr.control-plane']],
  [
    'an instance that looks elsewhere',
    instances(
      anInstance(set('/spec/template/spec/containers/0/args/-', '--sentry-address=dapr-sentry.dapr.svc:443')),
    ),
    ['warn dapr.namespace'],
  ],
  [
    'an instance that is newer than Dapr',
    instances(anInstance(set('/spec/template/spec/containers/0/image', 'daprd:1.18.0'))),
    ['warn dapr.version'],
  ],
]

describe('each defect by itself', () => {
  test.each(CASES)('%s', (_, otherwise, expected) => {
    const lines = wrongIn(otherwise)
    expect(told(lines)).toEqual(expected)
    for (const line of lines) {
      expect(line.cure, line.what).not.toBe('')
      expect(line.what, line.what).toMatch(/\.$/)
    }
  })
})

describe('what nobody tells', () => {
  const names = (Object.keys(good) as (keyof ClusterFacts)[]).filter((name) => {
    const fact = good[name]
    return typeof fact === 'object' && 'known' in fact && name !== 'runningVersion'
  })

  test.each(names)('%s: is unknown, says what right it takes, and never fails', (name) => {
    const lines = wrongIn({ [name]: untold() })
    expect(lines.length).toBeGreaterThan(0)
    expect([...new Set(lines.map(({ level }) => level))]).toEqual(['unknown'])
    for (const line of lines) expect(line.cure).toMatch(/get it|Secret|kubectl/)
  })

  test('rights that may not be asked about are unknown, too', () => {
    const [one] = good.rights
    if (one === undefined) throw new Error('there are rights')
    expect(told(wrongIn({ rights: [{ right: one.right, allowed: untold() }] }))).toEqual([
      'unknown access.rights',
      'unknown access.excess',
    ])
  })
})

test('of a thousand instances with one defect the first twenty are told, and the rest counted', () => {
  const some = Array.from({ length: 30 }, (_, index) =>
    anInstance(
      set('/metadata/name', `order-${index}`),
      set('/spec/template/metadata/labels', { app: `order-${index}` }),
      set('/spec/template/spec/containers/0/args/0', `--app-id=order-${index}`),
      set('/status/numberReady', 1),
    ),
  )
  const services = some.map((_, index) => ({
    ...SERVICE,
    metadata: { name: `order-${index}-dapr`, namespace: 'shop' },
    spec: { ...SERVICE.spec, selector: { app: `order-${index}` } },
  }))
  const lines = wrongIn({ ...instances(...some), services: known(services) })
  expect(lines).toHaveLength(21)
  expect(lines.at(-1)?.what).toBe('10 more of the same kind.')
})

test('a built-in certificate whose Lease nobody holds will not be renewed: that fails', () => {
  const builtIn = deployment(
    set('/spec/template/spec/containers/0/args', [
      'serve',
      '--cluster',
      '--tls-mode',
      'built-in',
      '--events=off',
    ]),
  )
  expect(told(wrongIn({ ...builtIn, lease: known({ spec: {} }) }))).toEqual(['fail installation.lease'])
})

test('a dry run that was wanted has two lines', () => {
  const lines = check(
    {
      ...good,
      dryRun: { injection: aProbe(), plain: aProbe({ target: { namespace: NAMESPACE, appId: '' } }) },
    },
    OPTIONS,
    new Set(['dry-run']),
  )
  expect(lines.map(({ id }) => id)).toEqual(['dry-run.injection', 'dry-run.plain-pod'])
})

test('the cure for a tainted pool leaves tolerations as they are, and names every taint', () => {
  const taints = ['gpu', 'spot'].map((key) => ({ key, effect: 'NoSchedule' }))
  const nodes = known([{ spec: { taints } }])
  const kept = anInstance(
    set('/spec/template/spec/tolerations', [{ key: 'node-role.kubernetes.io/control-plane' }]),
  )
  const patchOf = (instance: JsonObject): unknown => {
    const [line] = wrongIn({ nodes, ...instances(instance) })
    return JSON.parse(/'(.*)'/.exec(line?.cure ?? '')?.[1] ?? '')
  }
  expect(patchOf(kept)).toEqual(
    ['gpu', 'spot'].map((key) => ({
      op: 'add',
      path: '/spec/template/spec/tolerations/-',
      value: { key, operator: 'Exists' },
    })),
  )
  expect(patchOf(anInstance())).toHaveLength(1)
})

const partOf = (fact: ClusterFacts['statefulSets']): JsonObject | undefined =>
  fact.known ? fact.value[0] : undefined

test('who has no actors may leave placement out: instances start all the same', () => {
  const lines = check({ ...good, statefulSets: known([]) }, OPTIONS, new Set(['dapr']))
  expect(lines[0]).toMatchObject({ level: 'ok' })
  expect(lines[0]?.what).toContain('without dapr-placement-server')
  const down = valueOf(known(partOf(good.statefulSets)))
  const [line] = wrongIn({ statefulSets: known([changed(down, set('/status/readyReplicas', 0))]) })
  expect(line?.what).toContain('dapr-placement-server is not ready: actors, workflows and jobs do not work')
  const [vital] = wrongIn({ deployments: known([]) })
  expect(vital?.what).toContain('instances that start now do not become ready')
})

test('on dual stack a pod is one endpoint', () => {
  const endpoint = { conditions: { ready: true }, targetRef: { uid: 'one' } }
  const lines = check(
    { ...good, endpointSlices: known([{ endpoints: [endpoint] }, { endpoints: [endpoint] }]) },
    OPTIONS,
    undefined,
  )
  expect(lines.find(({ id }) => id === 'installation.endpoints')?.what).toMatch(/^1 ready endpoint /)
})

test('with the review API the right to review tokens is needed, too', () => {
  const { deployment: object } = deployment(
    set('/spec/template/spec/containers/0/args/-', '--review-api=token'),
  )
  const rights = rightsOf(NAMESPACE, readDeployed(object?.known ? object.value : undefined)).map((right) => ({
    right,
    allowed: known(right.isNeeded && right.resource !== 'tokenreviews'),
  }))
  const lines = wrongIn({ ...(object && { deployment: object }), rights })
  expect(told(lines)).toEqual(['warn access.rights'])
  expect(lines[0]?.what).toContain('may not create tokenreviews.authentication.k8s.io -A: the review API')
})

test('the Secret of the certificate is that which is mounted where it is read', () => {
  const volumes = (...some: readonly object[]): readonly Operation[] => [
    set('/spec/template/spec/volumes', some),
    set('/spec/template/spec/containers/0/volumeMounts', [
      { name: 'client-ca', mountPath: '/etc/dapr-shared/client-ca' },
      { name: 'certs', mountPath: '/etc/certs/' },
    ]),
    set('/spec/template/spec/containers/0/args', [
      '--tls-cert',
      '/etc/certs/tls.crt',
      '--tls-key=/etc/certs/tls.key',
    ]),
  ]
  const secretOf = (certs: object): string => {
    const { deployment: object } = deployment(
      ...volumes({ name: 'client-ca', secret: { secretName: 'api-ca' } }, { name: 'certs', ...certs }),
    )
    return readDeployed(object?.known ? object.value : undefined).certificateSecret
  }
  expect(secretOf({ secret: { secretName: 'serving' } })).toBe('serving')
  expect(secretOf({ csi: { driver: 'secrets.test' } })).toBe('')
})

test('that there is no instance comes with a command that makes a good one', () => {
  const lines = check({ ...good, ...instances(), services: known([]) }, OPTIONS, new Set(['instances']))
  expect(lines[0]?.what).toContain('--set-string shared.appId=APP-ID')
  expect(lines[0]?.what).toContain('--set shared.controlPlane.sentry.port=443')
})
