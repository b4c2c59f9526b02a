import { describe, expect, test } from 'vitest'
import { CHECKS, type CheckId } from '../../src/lint/checks.ts'
import { exception, external, grant, instance, lintOf, namespace, pod, policy } from './written.ts'

interface CheckCase {
  /** documents of which the check has something to say, at this field; more than one place for more than one way */
  readonly bad: readonly (readonly [field: string, ...documents: string[]])[]
  /** those next to them of which it has not */
  readonly good: readonly (readonly string[])[]
}

const prod = namespace('shop', 'env: prod')
const ofProd = 'namespaceSelector: {matchLabels: {env: prod}}'
const strategies = (allowed: string, more = ''): string =>
  `${more} rules: {strategies: {allowed: [${allowed}]}}`
const binding = (appId: string, account: string): string =>
  `{appIds: [${appId}], serviceAccounts: [{namespace: shop, name: ${account}}]}`
const identity = (part: string, match = ''): string => policy(`${match} rules: {identity: {${part}}}`)
const honouring = policy(
  'exceptions: {namespaceSelector: {matchLabels: {env: prod}}}, rules: {strategies: {allowed: [DaemonSet]}}',
)
const excused = (name: string, rule: string): string => exception(`{name: ${name}, rules: [${rule}]}`)

const CASES: Readonly<Record<CheckId, CheckCase>> = {
  schema: {
    bad: [
      ['spec.validationActions[0]', policy('validationActions: [deny]')],
      ['spec.rulez', policy('rulez: {}')],
      ['spec.from', grant('appIds: [order]')],
      ['metadata.name', external().replace('name: far', 'name: near')],
      ['kind', policy('priority: 1').replace('DaprSharedPolicy', 'DaprSharedPolicys')],
      ['apiVersion', policy('priority: 1').replace('/v1alpha1', '')],
    ],
    good: [[policy('validationActions: [Deny]')], [external()]],
  },
  duplicate: {
    bad: [
      ['metadata.name', policy('priority: 1'), policy('priority: 2')],
      ['metadata.name', namespace('shop'), namespace('shop')],
    ],
    good: [[policy('priority: 1'), policy('priority: 2', 'other')], [pod('order').replace('app', 'a')]],
  },

  'selector.contradiction': {
    bad: [
      [
        'spec.match.namespaceSelector',
        policy(
          'match: {namespaceSelector: {matchLabels: {env: prod}, matchExpressions: [{key: env, operator: In, values: [dev]}]}}',
        ),
      ],
      [
        'spec.match.objectSelector',
        policy(
          'match: {objectSelector: {matchLabels: {a: b}, matchExpressions: [{key: a, operator: NotIn, values: [b]}]}}',
        ),
      ],
      [
        'spec.exceptions.namespaceSelector',
        policy(
          'exceptions: {namespaceSelector: {matchExpressions: [{key: a, operator: Exists}, {key: a, operator: DoesNotExist}]}}',
        ),
      ],
    ],
    good: [
      [
        policy(
          'match: {namespaceSelector: {matchLabels: {env: prod}, matchExpressions: [{key: env, operator: In, values: [dev, prod]}]}}',
        ),
      ],
      [
        policy(
          'match: {objectSelector: {matchExpressions: [{key: a, operator: NotIn, values: [b]}, {key: c, operator: Exists}]}}',
        ),
      ],
    ],
  },
  'match.no-namespace': {
    bad: [
      ['spec.match.namespaceSelector', policy(`match: {${ofProd}}`), namespace('shop', 'env: dev')],
      ['spec.match', policy('match: {excludeNamespaces: [shop]}'), prod],
    ],
    good: [
      [policy(`match: {${ofProd}}`), prod],
      [policy(`match: {${ofProd}}`)],
      [
        policy('match: {namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: shop}}}'),
        namespace('shop'),
      ],
    ],
  },
  'match.no-pod': {
    bad: [
      ['spec.match', policy('match: {appIds: [cart]}'), pod('order')],
      ['spec.match', policy('match: {workloadKinds: [Job]}'), pod('order')],
      ['spec.match', policy('match: {serviceAccounts: [till]}'), pod('order')],
      ['spec.match', policy('match: {objectSelector: {matchLabels: {app: bar}}}'), pod('order')],
      [
        'spec.match',
        policy(`match: {${ofProd}}`),
        pod('order'),
        namespace('shop'),
        namespace('bar', 'env: prod'),
      ],
    ],
    good: [
      [
        policy('match: {appIds: ["ord*"], workloadKinds: [Deployment], serviceAccounts: [default]}'),
        pod('order'),
      ],
      [policy('match: {appIds: [cart]}')],
    ],
  },
  'exceptions.no-namespace': {
    bad: [['spec.exceptions.namespaceSelector', honouring, namespace('shop')]],
    good: [[honouring, prod], [honouring]],
  },

  'override.unknown-rule': {
    bad: [['spec.overrides[0].rule', policy('overrides: [{rule: instance.mising, action: Warn}]')]],
    good: [[policy('overrides: [{rule: instance.missing, action: Warn}]')]],
  },
  'override.no-effect': {
    bad: [
      [
        'spec.overrides[0].rule',
        policy('rules: {security: {mtls: "Off"}}, overrides: [{rule: security.mtls, action: Deny}]'),
      ],
      [
        'spec.overrides[0].rule',
        policy(
          'rules: {instance: {minReadyReplicas: 0}}, overrides: [{rule: instance.not-ready, action: Deny}]',
        ),
      ],
      [
        'spec.overrides[0].rule',
        policy(
          'rules: {crossNamespace: {mode: Allow}}, overrides: [{rule: namespace.not-granted, action: Deny}]',
        ),
      ],
      ['spec.overrides[0].rule', policy('overrides: [{rule: capacity.pods, action: Warn}]')],
      [
        'spec.overrides[0].rule',
        policy('rules: {locality: {node: Any}}, overrides: [{rule: locality.uncovered, action: Deny}]'),
      ],
    ],
    good: [
      [policy('rules: {security: {mtls: Required}}, overrides: [{rule: security.mtls, action: Warn}]')],
      [policy('overrides: [{rule: security.mtls, action: Deny}]')],
      [policy('rules: {capacity: {maxPodsPerReplica: 4}}, overrides: [{rule: capacity.pods, action: Warn}]')],
      [
        policy(
          'rules: {instance: {minReadyReplicas: 1}}, overrides: [{rule: instance.not-ready, action: Deny}]',
        ),
      ],
    ],
  },
  'override.capped': {
    bad: [
      [
        'spec.overrides[0].rule',
        policy(
          'rules: {security: {apiToken: Preferred}}, overrides: [{rule: security.api-token, action: Deny}]',
        ),
      ],
      [
        'spec.overrides[0].rule',
        policy('rules: {locality: {node: Prefer}}, overrides: [{rule: locality.not-local, action: Deny}]'),
      ],
    ],
    good: [
      [
        policy(
          'rules: {security: {apiToken: Required}}, overrides: [{rule: security.api-token, action: Deny}]',
        ),
      ],
      [
        policy(
          'rules: {security: {apiToken: Preferred}}, overrides: [{rule: security.api-token, action: Audit}]',
        ),
      ],
    ],
  },
  'override.backstop': {
    bad: [
      ['spec.overrides[0].rule', policy('overrides: [{rule: injection.incomplete, action: Warn}]')],
      ['spec.overrides[0].rule', policy('overrides: [{rule: sidecar.conflict, action: Audit}]')],
      ['spec.rules.sidecar.conflict', policy('rules: {sidecar: {conflict: PreferSidecar}}')],
    ],
    good: [
      [policy('overrides: [{rule: injection.incomplete, severity: Low}]')],
      [policy('overrides: [{rule: sidecar.conflict, action: Deny}]')],
    ],
  },
  'scoped-actions.repeated': {
    bad: [
      [
        'spec.scopedActions[1].points',
        policy('scopedActions: [{points: [CLI, Pod], actions: [Warn]}, {points: [CLI], actions: [Deny]}]'),
      ],
    ],
    good: [[policy('scopedActions: [{points: [Pod], actions: [Warn]}, {points: [CLI], actions: [Deny]}]')]],
  },

  'part.weaker': {
    bad: [
      [
        'spec.rules.sidecar.conflict',
        policy('validationActions: [Warn], rules: {sidecar: {conflict: Deny}}'),
      ],
      ['spec.rules.sidecar.conflict', policy('validationActions: [Audit], rules: {sidecar: {}}')],
      [
        'spec.rules.sidecar.conflict',
        policy(
          'scopedActions: [{points: [Pod], actions: [Warn, Audit]}], rules: {sidecar: {conflict: Deny}}',
        ),
      ],
      [
        'spec.rules.sidecar.conflict',
        policy('scopedActions: [{points: [CLI], actions: [Audit]}], rules: {sidecar: {conflict: Deny}}'),
      ],
      [
        'spec.rules.instance.minReadyReplicas',
        policy('validationActions: [Audit], rules: {instance: {minReadyReplicas: 1}}'),
      ],
      ['spec.defaults.onExistingEnv', policy('validationActions: [Audit], defaults: {onExistingEnv: Deny}')],
    ],
    good: [
      [policy('rules: {sidecar: {conflict: Deny}}')],
      [policy('validationActions: [Warn], rules: {sidecar: {conflict: PreferSidecar}}')],
      [policy('validationActions: [Warn], rules: {instance: {minReadyReplicas: 1}}')],
      [policy('validationActions: [Warn], defaults: {onExistingEnv: Deny}')],
      [policy('validationActions: [Audit], rules: {instance: {minReadyReplicas: 0}}')],
      [
        policy(
          'validationActions: [Audit], rules: {security: {mtls: Required}, strategies: {allowed: [DaemonSet]}}',
        ),
      ],
      [
        policy(
          'scopedActions: [{points: [Workload, Audit], actions: [Warn]}], rules: {sidecar: {conflict: Deny}}',
        ),
      ],
      [
        policy(
          'validationActions: [Warn], rules: {sidecar: {conflict: Deny}}, overrides: [{rule: sidecar.conflict, action: Deny}]',
        ),
      ],
    ],
  },
  'part.loosens': {
    bad: [
      ['spec.rules.crossNamespace.mode', policy('rules: {crossNamespace: {mode: Allow}}')],
      ['spec.rules.sidecar.conflict', policy('rules: {sidecar: {conflict: PreferSidecar}}')],
      ['spec.rules.sidecar.conflict', policy('rules: {sidecar: {conflict: PreferShared}}')],
      ['spec.rules.security.apiToken', policy('rules: {security: {apiToken: "Off"}}')],
      ['spec.rules.security.mtls', policy('rules: {security: {mtls: "Off"}}')],
      ['spec.rules.security.secretStore', policy('rules: {security: {secretStore: "Off"}}')],
      [
        'spec.rules.security.serviceTypes',
        policy('rules: {security: {serviceTypes: [ClusterIP, NodePort]}}'),
      ],
      ['spec.rules.locality.node', policy('rules: {locality: {node: Any}}')],
      ['spec.rules.locality.node', policy('rules: {locality: {}}')],
      ['spec.rules.instance.minReadyReplicas', policy('rules: {instance: {minReadyReplicas: 0}}')],
      ['spec.rules.instance.inUse', policy('rules: {instance: {inUse: "Off"}}')],
    ],
    good: [
      [policy('rules: {crossNamespace: {}, sidecar: {}, instance: {}, locality: {node: Prefer}}')],
      [policy('rules: {crossNamespace: {mode: Deny}, instance: {minReadyReplicas: 1, inUse: Deny}}')],
      [
        policy(
          'rules: {security: {apiToken: Required, mtls: Preferred, secretStore: Restricted, serviceTypes: [ClusterIP]}}',
        ),
      ],
    ],
  },

  'defaults.never-win': {
    bad: [
      [
        'spec.defaults',
        policy('match: {appIds: [order]}, defaults: {legacyEnv: Enabled}'),
        policy('priority: 1, match: {appIds: ["or*"]}, defaults: {onExistingEnv: Deny}', 'wide'),
      ],
      [
        'spec.defaults',
        policy('defaults: {legacyEnv: Enabled}'),
        policy('defaults: {onExistingEnv: Deny}', 'a'),
      ],
      [
        'spec.defaults',
        policy(`match: {${ofProd}, workloadKinds: [Job]}, defaults: {legacyEnv: Enabled}`),
        policy(`match: {${ofProd}}, defaults: {onExistingEnv: Deny}`, 'a'),
      ],
    ],
    good: [
      [
        policy('match: {appIds: ["or*"]}, defaults: {legacyEnv: Enabled}'),
        policy('priority: 1, match: {appIds: [order]}, defaults: {onExistingEnv: Deny}', 'narrow'),
      ],
      [
        policy('priority: 1, match: {appIds: [a]}, defaults: {legacyEnv: Enabled}'),
        policy('defaults: {onExistingEnv: Deny}', 'a'),
      ],
      [
        policy('defaults: {legacyEnv: Enabled}'),
        policy('match: {excludeNamespaces: [bar]}, defaults: {onExistingEnv: Deny}', 'a'),
      ],
    ],
  },

  'strategies.disjoint': {
    bad: [
      [
        'spec.rules.strategies.allowed',
        policy(strategies('DaemonSet')),
        policy(strategies('Deployment, External', `match: {${ofProd}},`), 'other'),
      ],
    ],
    good: [
      [policy(strategies('DaemonSet, External')), policy(strategies('Deployment, External'), 'other')],
      [
        policy(strategies('DaemonSet')),
        policy(strategies('Deployment', 'validationActions: [Warn],'), 'other'),
      ],
      [
        policy(strategies('DaemonSet', 'match: {appIds: [a]},')),
        policy(strategies('Deployment', 'match: {appIds: [b]},'), 'other'),
      ],
    ],
  },
  'service-types.disjoint': {
    bad: [
      [
        'spec.rules.security.serviceTypes',
        policy('rules: {security: {serviceTypes: [ClusterIP]}}'),
        policy('rules: {security: {serviceTypes: [NodePort]}}', 'other'),
      ],
    ],
    good: [
      [
        policy('rules: {security: {serviceTypes: [ClusterIP]}}'),
        policy('rules: {security: {serviceTypes: [ClusterIP, NodePort]}}', 'other'),
      ],
    ],
  },
  'service-types.no-cluster-ip': {
    bad: [['spec.rules.security.serviceTypes', policy('rules: {security: {serviceTypes: [NodePort]}}')]],
    good: [
      [policy('rules: {security: {serviceTypes: [NodePort, ClusterIP]}}')],
      [policy('rules: {security: {mtls: Required}}')],
    ],
  },
  'workload-kinds.contradiction': {
    bad: [
      [
        'spec.rules.workloads.allowedKinds',
        policy('match: {workloadKinds: [Job]}, rules: {workloads: {allowedKinds: [Deployment]}}'),
      ],
    ],
    good: [[policy('match: {workloadKinds: [Job, CronJob]}, rules: {workloads: {allowedKinds: [Job]}}')]],
  },
  'locality.contradiction': {
    bad: [
      [
        'spec.rules.locality.node',
        policy('rules: {locality: {node: Require}, strategies: {allowed: [Deployment]}}'),
      ],
    ],
    good: [
      [policy('rules: {locality: {node: Require}, strategies: {allowed: [Deployment, DaemonSet]}}')],
      [policy('rules: {locality: {node: Prefer}, strategies: {allowed: [Deployment]}}')],
      [policy('rules: {locality: {node: Require}}')],
    ],
  },
  'endpoints.no-effect': {
    bad: [
      [
        'spec.rules.endpoints',
        policy('rules: {endpoints: {allowedSchemes: [https]}, strategies: {allowed: [DaemonSet]}}'),
      ],
    ],
    good: [
      [policy('rules: {endpoints: {allowedSchemes: [https]}, strategies: {allowed: [External]}}')],
      [policy('rules: {endpoints: {allowedSchemes: [https]}}')],
    ],
  },
  'capacity.contradiction': {
    bad: [
      [
        'spec.rules.capacity.maxPodsPerReplica',
        policy('rules: {capacity: {maxPods: 5, maxPodsPerReplica: 10}}'),
      ],
    ],
    good: [[policy('rules: {capacity: {maxPods: 10, maxPodsPerReplica: 10}}')]],
  },
  'capacity.nobody': {
    bad: [['spec.rules.capacity.maxWorkloads', policy('rules: {capacity: {maxWorkloads: 0}}')]],
    good: [[policy('rules: {capacity: {maxWorkloads: 1}}')]],
  },
  'identity.nobody': {
    bad: [
      ['spec.rules.identity', identity('')],
      ['spec.rules.identity', identity('bindings: [], unlisted: Deny')],
    ],
    good: [[identity(`bindings: [${binding('order', 'a')}]`)], [identity('unlisted: RBAC')]],
  },
  'identity.out-of-match': {
    bad: [
      [
        'spec.rules.identity.bindings[1].appIds',
        identity(
          `bindings: [${binding('order', 'a')}, ${binding('cart', 'a')}]`,
          'match: {appIds: ["or*"]},',
        ),
      ],
    ],
    good: [
      [identity(`bindings: [${binding('order', 'a')}]`, 'match: {appIds: ["or*"]},')],
      [identity(`bindings: [${binding('order', 'a')}]`)],
    ],
  },
  'identity.union': {
    bad: [
      [
        'spec.rules.identity.bindings[1].appIds',
        identity(`bindings: [${binding('order', 'a')}, ${binding('order', 'b')}]`),
      ],
    ],
    good: [[identity(`bindings: [${binding('order', 'a')}, ${binding('cart', 'b')}]`)]],
  },

  'exception.unknown-policy': {
    bad: [['spec.policies[0].name', excused('pro', 'strategy.not-allowed'), honouring]],
    good: [[excused('prod', 'strategy.not-allowed'), honouring], [excused('pro', 'strategy.not-allowed')]],
  },
  'exception.unknown-rule': {
    bad: [['spec.policies[0].rules[0]', excused('prod', 'strategy.forbidden')]],
    good: [[excused('prod', 'strategy.not-allowed')]],
  },
  'exception.no-effect': {
    bad: [
      ['spec.policies[0].rules[0]', excused('prod', 'instance.missing'), honouring],
      ['spec.policies[0].rules[0]', excused('prod', 'capacity.pods'), honouring],
    ],
    good: [[excused('prod', 'strategy.not-allowed'), honouring]],
  },
  'exception.not-honoured': {
    bad: [
      ['spec.policies[0].name', excused('prod', 'strategy.not-allowed'), policy(strategies('DaemonSet'))],
      [
        'spec.policies[0].name',
        excused('prod', 'strategy.not-allowed'),
        honouring,
        namespace('shop', 'env: dev'),
      ],
    ],
    good: [
      [excused('prod', 'strategy.not-allowed'), honouring, prod],
      [excused('prod', 'strategy.not-allowed'), honouring],
    ],
  },
  'exception.expired': {
    bad: [
      ['spec.expiresAt', exception('{name: prod, rules: [strategy.not-allowed]}', '2026-11-21T12:00:00Z')],
    ],
    good: [[exception('{name: prod, rules: [strategy.not-allowed]}', '2026-11-21T12:00:01Z')]],
  },
  'exception.expiring': {
    bad: [
      ['spec.expiresAt', exception('{name: prod, rules: [strategy.not-allowed]}', '2026-11-28T12:00:00Z')],
    ],
    good: [
      [exception('{name: prod, rules: [strategy.not-allowed]}', '2026-11-28T12:00:01Z')],
      [exception('{name: prod, rules: [strategy.not-allowed]}', '2026-11-20T12:00:00Z')],
    ],
  },

  'grant.own-namespace': {
    bad: [['spec.from[1].namespace', grant('appIds: [order], from: [{namespace: bar}, {namespace: shop}]')]],
    good: [[grant('appIds: [order], from: [{namespace: bar}]')]],
  },
  'grant.no-instance': {
    bad: [['spec.appIds[1]', grant('appIds: [order, oder], from: [{namespace: bar}]'), instance()]],
    good: [
      [grant('appIds: ["or*"], from: [{namespace: bar}]'), instance()],
      [grant('appIds: [oder], from: [{namespace: bar}]')],
    ],
  },

  'instance.ambiguous': {
    bad: [['', instance(), instance({ name: 'twin' })]],
    good: [[instance(), instance({ name: 'cart', appId: 'cart' })]],
  },
  'instance.misconfigured': {
    bad: [['', instance({ service: 'ports: [{port: 1}]' })]],
    good: [[instance()]],
  },
  'instance.unusable': {
    bad: [['', instance({ appId: 'Order' })]],
    good: [[instance()]],
  },
  'instance.defect': {
    bad: [['', instance({ env: 'env: [{name: DAPR_API_TOKEN, value: written-out}]' })]],
    good: [[instance()]],
  },
  'locality.not-local': {
    bad: [['', instance({ service: 'ports: [{port: 3500}, {port: 50001}]' })]],
    good: [[instance()]],
  },
  'security.api-token': {
    bad: [
      ['', instance({ env: '' })],
      ['', external('')],
    ],
    good: [[instance()], [external()]],
  },
  'security.mtls': {
    bad: [['', instance({ args: '"--disable-builtin-k8s-secret-store"' })]],
    good: [[instance()]],
  },
  'security.secret-store': {
    bad: [['', instance({ args: '"--enable-mtls=true"' })]],
    good: [[instance()]],
  },
  'security.exposed-service': {
    bad: [
      [
        '',
        instance({
          service: 'type: NodePort, internalTrafficPolicy: Local, ports: [{port: 3500}, {port: 50001}]',
        }),
      ],
    ],
    good: [[instance()]],
  },
}

const found = (documents: readonly string[], check: string): string[] =>
  lintOf(documents)
    .findings.filter((one) => one.check === check)
    .map(({ field }) => field)

describe.each(Object.entries(CASES))('%s', (check, { bad, good }) => {
  test.each(bad.map(([field, ...documents]) => [field, documents] as const))(
    'is told at %j',
    (field, documents) => {
      expect(found(documents, check)).toContain(field)
      const [finding] = lintOf(documents).findings.filter((one) => one.check === check)
      expect(finding?.severity).toBe(CHECKS[check as CheckId])
      expect(finding?.message).toMatch(/[.?]$/)
      expect(finding?.cure).toMatch(/\.$/)
    },
  )

  test.each(good.map((documents, index) => [index + 1, documents] as const))('is not, %i', (_, documents) => {
    expect(found(documents, check)).toEqual([])
  })
})
