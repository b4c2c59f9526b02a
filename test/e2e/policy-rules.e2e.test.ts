import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { RULE_IDS, type RuleId } from '../../src/core/rules.ts'
import type { ResourceKind } from '../../src/policy/kinds.ts'
import { answerTo } from './support/answers.ts'
import { describeInstalled } from './support/describe-installed.ts'
import { createInstance, instanceObjects } from './support/instances.ts'
import { createAll, createNamespace, parseObjects, type KubeObject } from './support/objects.ts'
import { aPod, type aTemplate } from './support/pods.ts'
import { applyResources, aPolicy, aResource, deleteResources } from './support/resources.ts'
import { untilReady } from './support/until-ready.ts'
import { untilWatched } from './support/until-watched.ts'

// Each rule of the catalogue as a policy asks for it, with the backstop on: what is admitted passes it too.

const namespace = 'e2e-rules'
const theirs = 'e2e-rules-theirs'

/** What comes of a pod: refused, admitted with a warning, admitted and only counted, or nothing at all. */
type Verdict = 'Deny' | 'Warn' | 'Audit' | 'none'

interface Row {
  readonly rule: RuleId
  readonly what: string
  /** of a policy for this row's pod alone; none where the rule holds by itself */
  readonly policy?: object
  /** by default `order`: a DaemonSet with a token and without mTLS, Dapr 1.15.7 */
  readonly appId?: string
  readonly pod?: Parameters<typeof aTemplate>[1]
  readonly verdict: Verdict
  readonly says?: string
}

const elsewhere: readonly (readonly [rule: RuleId, file: string])[] = [
  ['annotation.invalid', 'refusals'],
  ['annotation.changed', 'guarded-marks'],
  ['label.forged', 'refusals'],
  ['annotation.unknown', 'refusals'],
  ['instance.missing', 'refusals'],
  ['instance.ambiguous', 'chart-shapes'],
  ['instance.misconfigured', 'chart-shapes'],
  ['instance.in-use', 'protection'],
  ['capacity.workloads', 'policy-capacity'],
  ['capacity.pods', 'policy-capacity'],
  ['dns.unresolvable', 'refusals'],
  ['injection.incomplete', 'other-webhooks'],
  ['policy.invalid', 'policy-bad-input'],
]

const strategies = { strategies: { allowed: ['Deployment', 'External'] } }
const from = (other: string, annotations: Record<string, string> = {}): Parameters<typeof aTemplate>[1] => ({
  annotations: { 'dapr.io/shared-namespace': other, ...annotations },
})
const withToken = { 'dapr.io/shared-token-secret': 'their-token/token' }
const daprd = { name: 'daprd', image: 'example.test/daprd' }
const app = { name: 'app', image: 'example.test/app' }
const ownUrl = { ...app, env: [{ name: 'DAPR_HTTP_ENDPOINT', value: 'http://my-own:3500' }] }

const ROWS: readonly Row[] = [
  // what a policy's findings do
  {
    rule: 'strategy.not-allowed',
    what: 'Deny',
    policy: { rules: strategies },
    verdict: 'Deny',
    says: 'allows Deployment or External only',
  },
  {
    rule: 'strategy.not-allowed',
    what: 'Warn',
    policy: { rules: strategies, validationActions: ['Warn'] },
    verdict: 'Warn',
  },
  {
    rule: 'strategy.not-allowed',
    what: 'Audit',
    policy: { rules: strategies, validationActions: ['Audit'] },
    verdict: 'Audit',
  },
  {
    rule: 'strategy.not-allowed',
    what: 'Deny, but for pods Warn',
    policy: { rules: strategies, scopedActions: [{ points: ['Pod'], actions: ['Warn'] }] },
    verdict: 'Warn',
  },
  {
    rule: 'strategy.not-allowed',
    what: 'Deny, but for other points Warn',
    policy: { rules: strategies, scopedActions: [{ points: ['Workload', 'CLI'], actions: ['Warn'] }] },
    verdict: 'Deny',
  },
  {
    rule: 'strategy.not-allowed',
    what: 'an override of the action and the words',
    policy: {
      rules: strategies,
      overrides: [
        { rule: 'strategy.not-allowed', action: 'Warn', message: '{appId} in {namespace}: ask {policy}.' },
      ],
    },
    verdict: 'Warn',
    says: `order in ${namespace}: ask e2e-rules-`,
  },
  {
    rule: 'strategy.not-allowed',
    what: 'an instance of an allowed strategy',
    policy: { rules: strategies },
    appId: 'billing',
    verdict: 'none',
  },
  // the rules
  {
    rule: 'instance.not-ready',
    what: 'fewer replicas than the policy wants',
    policy: { rules: { instance: { minReadyReplicas: 50 } } },
    verdict: 'Deny',
    says: '50',
  },
  {
    rule: 'instance.not-ready',
    what: 'as many replicas as the policy wants',
    policy: { rules: { instance: { minReadyReplicas: 1 } } },
    verdict: 'none',
  },
  { rule: 'instance.defect', what: 'a defect of the chart', verdict: 'Audit' },
  {
    rule: 'instance.defect',
    what: 'a defect of the chart that an override refuses',
    policy: { overrides: [{ rule: 'instance.defect', action: 'Deny' }] },
    verdict: 'Deny',
    says: 'ConfigMap',
  },
  {
    rule: 'namespace.not-granted',
    what: 'a granted use that the policy forbids',
    policy: { rules: { crossNamespace: { mode: 'Deny' } } },
    appId: 'granted',
    pod: from(theirs, withToken),
    verdict: 'Deny',
    says: 'of their own namespace only',
  },
  {
    rule: 'namespace.not-granted',
    what: 'a use without grant that the policy allows',
    policy: { rules: { crossNamespace: { mode: 'Allow' } } },
    appId: 'not-granted',
    pod: from(theirs, withToken),
    verdict: 'none',
  },
  {
    rule: 'namespace.not-granted',
    what: 'a use without grant',
    appId: 'not-granted',
    pod: from(theirs, withToken),
    verdict: 'Deny',
  },
  {
    rule: 'token.unreachable',
    what: 'no Secret of its own',
    appId: 'granted',
    pod: from(theirs),
    verdict: 'Deny',
  },
  {
    rule: 'token.unreachable',
    what: 'a Secret of its own',
    appId: 'granted',
    pod: from(theirs, withToken),
    verdict: 'none',
  },
  {
    rule: 'identity.not-bound',
    what: 'a ServiceAccount that is not the one bound',
    policy: {
      rules: {
        identity: { bindings: [{ appIds: ['order'], serviceAccounts: [{ namespace, name: 'orders' }] }] },
      },
    },
    verdict: 'Deny',
    says: `${namespace}/default`,
  },
  {
    rule: 'identity.not-bound',
    what: 'the ServiceAccount that is bound',
    policy: {
      rules: {
        identity: { bindings: [{ appIds: ['ord*'], serviceAccounts: [{ namespace, name: 'orders' }] }] },
      },
    },
    pod: { serviceAccountName: 'orders' },
    verdict: 'none',
  },
  {
    rule: 'identity.not-bound',
    what: 'a ServiceAccount of that name in another namespace',
    policy: {
      rules: {
        identity: {
          bindings: [{ appIds: ['order'], serviceAccounts: [{ namespace: theirs, name: 'orders' }] }],
        },
      },
    },
    pod: { serviceAccountName: 'orders' },
    verdict: 'Deny',
  },
  {
    rule: 'identity.not-bound',
    what: 'an app-id that nobody is bound to',
    policy: { rules: { identity: { unlisted: 'Deny' } } },
    verdict: 'Deny',
  },
  {
    rule: 'identity.not-bound',
    what: 'a right by RBAC that it lacks',
    policy: { rules: { identity: { unlisted: 'RBAC' } } },
    verdict: 'Deny',
    says: 'verbs: [use]',
  },
  {
    rule: 'identity.not-bound',
    what: 'a right by RBAC that it has',
    policy: { rules: { identity: { unlisted: 'RBAC' } } },
    pod: { serviceAccountName: 'orders' },
    verdict: 'none',
  },
  {
    rule: 'sidecar.conflict',
    what: 'a sidecar that the policy forbids',
    policy: { rules: { sidecar: { conflict: 'Deny' } } },
    pod: { annotations: { 'dapr.io/enabled': 'true' } },
    verdict: 'Deny',
  },
  {
    rule: 'sidecar.conflict',
    what: 'a container daprd where the shared one is preferred',
    policy: { rules: { sidecar: { conflict: 'PreferShared' } } },
    pod: { containers: [app, daprd] },
    verdict: 'Deny',
  },
  {
    rule: 'env.conflict',
    what: 'a variable of its own that the policy refuses',
    policy: { defaults: { onExistingEnv: 'Deny' } },
    pod: { containers: [ownUrl] },
    verdict: 'Deny',
  },
  { rule: 'env.conflict', what: 'a variable of its own', pod: { containers: [ownUrl] }, verdict: 'Warn' },
  { rule: 'locality.not-local', what: 'a Service that spreads calls', verdict: 'Audit' },
  {
    rule: 'locality.not-local',
    what: 'a Service that spreads calls, where nearness is preferred',
    policy: { rules: { locality: { node: 'Prefer' } } },
    verdict: 'Warn',
  },
  {
    rule: 'locality.not-local',
    what: 'a Service that spreads calls, where nearness is required',
    policy: { rules: { locality: { node: 'Require' } } },
    verdict: 'Deny',
    says: 'internalTrafficPolicy',
  },
  {
    rule: 'locality.not-local',
    what: 'a Deployment, where nearness is required',
    policy: { rules: { locality: { node: 'Require' } } },
    appId: 'billing',
    verdict: 'Deny',
    says: 'does not run on every node',
  },
  {
    rule: 'locality.uncovered',
    what: 'nodes that the instance does not select',
    policy: { rules: { locality: { node: 'Require' } } },
    appId: 'local',
    verdict: 'Deny',
    says: 'kubernetes.io/os=linux',
  },
  {
    rule: 'locality.uncovered',
    what: 'only nodes that the instance selects',
    policy: { rules: { locality: { node: 'Require' } } },
    appId: 'local',
    pod: { nodeSelector: { 'kubernetes.io/os': 'linux' } },
    verdict: 'none',
  },
  {
    rule: 'locality.uncovered',
    what: 'a taint that the instance does not tolerate',
    policy: { rules: { locality: { node: 'Require' } } },
    appId: 'local',
    pod: {
      nodeSelector: { 'kubernetes.io/os': 'linux' },
      tolerations: [{ key: 'gpu', operator: 'Exists', effect: 'NoSchedule' }],
    },
    verdict: 'Deny',
    says: 'gpu',
  },
  {
    rule: 'locality.uncovered',
    what: 'a taint that the instance tolerates, too',
    policy: { rules: { locality: { node: 'Require' } } },
    appId: 'local',
    pod: {
      nodeSelector: { 'kubernetes.io/os': 'linux' },
      tolerations: [{ key: 'spot', operator: 'Equal', value: 'yes', effect: 'NoSchedule' }],
    },
    verdict: 'none',
  },
  {
    rule: 'app-channel.mismatch',
    what: 'a Service for the application that does not select this pod',
    appId: 'channel',
    verdict: 'Warn',
    says: 'shop-app',
  },
  {
    rule: 'app-channel.mismatch',
    what: 'a Service for the application that selects this pod',
    appId: 'channel',
    pod: { labels: { app: 'shop' } },
    verdict: 'none',
  },
  { rule: 'security.api-token', what: 'no token', appId: 'open', verdict: 'Audit' },
  {
    rule: 'security.api-token',
    what: 'no token where one is required',
    policy: { rules: { security: { apiToken: 'Required' } } },
    appId: 'open',
    verdict: 'Deny',
  },
  {
    rule: 'security.api-token',
    what: 'no token where one is preferred',
    policy: { rules: { security: { apiToken: 'Preferred' } } },
    appId: 'open',
    verdict: 'Warn',
  },
  {
    rule: 'security.api-token',
    what: 'no token where none matters',
    policy: { rules: { security: { apiToken: 'Off' } } },
    appId: 'open',
    verdict: 'none',
  },
  {
    rule: 'security.mtls',
    what: 'no mTLS where it is required',
    policy: { rules: { security: { mtls: 'Required' } } },
    verdict: 'Deny',
  },
  {
    rule: 'security.mtls',
    what: 'mTLS where it is required',
    policy: { rules: { security: { mtls: 'Required' } } },
    appId: 'safe',
    verdict: 'none',
  },
  {
    rule: 'security.secret-store',
    what: 'the secret store that is forbidden',
    policy: { rules: { security: { secretStore: 'Restricted' } } },
    verdict: 'Deny',
  },
  {
    rule: 'security.secret-store',
    what: 'no secret store',
    policy: { rules: { security: { secretStore: 'Restricted' } } },
    appId: 'safe',
    verdict: 'none',
  },
  {
    rule: 'security.exposed-service',
    what: 'a NodePort',
    policy: { rules: { security: { serviceTypes: ['ClusterIP'] } } },
    appId: 'open',
    verdict: 'Deny',
    says: 'NodePort',
  },
  {
    rule: 'security.exposed-service',
    what: 'a ClusterIP',
    policy: { rules: { security: { serviceTypes: ['ClusterIP'] } } },
    verdict: 'none',
  },
  {
    rule: 'security.dapr-version',
    what: 'a version that is too old',
    policy: { rules: { security: { minDaprVersion: '1.16' } } },
    verdict: 'Deny',
    says: '1.15.7',
  },
  {
    rule: 'security.dapr-version',
    what: 'a version that is new enough',
    policy: { rules: { security: { minDaprVersion: '1.15.7' } } },
    verdict: 'none',
  },
  {
    rule: 'security.dapr-version',
    what: 'a version that nobody knows',
    policy: { rules: { security: { minDaprVersion: '1.1' } } },
    appId: 'open',
    verdict: 'Deny',
    says: 'unknown',
  },
  {
    rule: 'security.dapr-version',
    what: 'a version that nobody knows, nor minds',
    policy: { rules: { security: { minDaprVersion: '1.1' } }, failurePolicy: 'Ignore' },
    appId: 'open',
    verdict: 'none',
  },
  {
    rule: 'workload.kind-not-allowed',
    what: 'a bare pod',
    policy: { rules: { workloads: { allowedKinds: ['Deployment', 'Job'] } } },
    verdict: 'Deny',
    says: 'Deployment, Job',
  },
  {
    rule: 'workload.kind-not-allowed',
    what: 'a bare pod where it may be one',
    policy: { rules: { workloads: { allowedKinds: ['Pod'] } } },
    verdict: 'none',
  },
  {
    rule: 'endpoint.not-allowed',
    what: 'a host that is not listed',
    policy: { rules: { endpoints: { allowedHosts: ['*.api.example.org'] } } },
    appId: 'outside',
    verdict: 'Deny',
    says: 'http.api.example.com',
  },
  {
    rule: 'endpoint.not-allowed',
    what: 'a host that is listed',
    policy: { rules: { endpoints: { allowedHosts: ['*.api.example.com'], allowedSchemes: ['https'] } } },
    appId: 'outside',
    verdict: 'none',
  },
  {
    rule: 'exception.expiring',
    what: 'an exception that ends soon',
    policy: { rules: strategies, exceptions: { namespaceSelector: {} } },
    pod: { serviceAccountName: 'orders' },
    verdict: 'Audit',
  },
]

const nameOf = (row: Row): string => `e2e-rules-${ROWS.indexOf(row)}`

/** An instance of the chart, in which some texts are others. */
function anInstance(
  appId: string,
  ...changes: readonly (readonly [before: string, after: string])[]
): KubeObject[] {
  const text = changes.reduce(
    (json, [before, after]) => json.replaceAll(before, after),
    JSON.stringify(instanceObjects('chart-daemonset', appId)),
  )
  return JSON.parse(text) as KubeObject[]
}

const INSTANCES: readonly KubeObject[] = [
  ...anInstance('order'),
  ...instanceObjects('chart-deployment', 'billing'),
  ...anInstance(
    'local',
    ['"type":"ClusterIP"', '"type":"ClusterIP","internalTrafficPolicy":"Local"'],
    [
      '"serviceAccountName":',
      '"nodeSelector":{"kubernetes.io/os":"linux"},"tolerations":[{"key":"spot","operator":"Exists"}],"serviceAccountName":',
    ],
  ),
  ...anInstance(
    'channel',
    ['--app-port=0', '--app-port=8080'],
    ['-channel-address=', '-channel-address=shop-app'],
  ),
  ...anInstance('open', ['"DAPR_API_TOKEN"', '"OTHER"'], ['"ClusterIP"', '"NodePort"'], [':1.15.7', ':edge']),
  ...anInstance('safe', ['--enable-mtls=false', '--enable-mtls","--disable-builtin-k8s-secret-store']),
  ...parseObjects(`
apiVersion: v1
kind: Service
metadata: {name: shop-app}
spec: {selector: {app: shop}, ports: [{port: 8080}]}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: orders}
`),
]

const inAWhile = (days: number): string => new Date(Date.now() + days * 24 * 60 * 60 * 1000).toISOString()

describeInstalled(
  'policies',
  (cluster, webhook) => {
    const expiringRow = ROWS.find(({ rule }) => rule === 'exception.expiring') as Row
    const resources: (KubeObject & { kind: ResourceKind })[] = [
      ...ROWS.flatMap((row) =>
        row.policy === undefined
          ? []
          : aPolicy(nameOf(row), namespace, {
              ...row.policy,
              match: { objectSelector: { matchLabels: { row: nameOf(row) } } },
            }),
      ),
      aResource('DaprSharedGrant', theirs, 'to-us', { appIds: ['granted'], from: [{ namespace }] }),
      aResource('DaprSharedInstance', namespace, 'outside', {
        appId: 'outside',
        external: {
          httpEndpoint: 'https://http.api.example.com:443',
          grpcEndpoint: 'https://grpc.api.example.com:443',
          apiTokenSecret: { name: 'catalyst', key: 'token' },
        },
      }),
      aResource('DaprSharedException', namespace, 'for-now', {
        policies: [{ name: nameOf(expiringRow), rules: ['strategy.not-allowed'] }],
        subjects: { serviceAccounts: ['orders'] },
        reason: 'It moves next week.',
        expiresAt: inAWhile(3).replace(/\.\d+Z/, 'Z'),
      }),
    ]

    beforeAll(async () => {
      await createNamespace(cluster, namespace)
      await createNamespace(cluster, theirs)
      await createAll(cluster, namespace, INSTANCES)
      await createInstance(cluster, theirs, 'granted')
      await createInstance(cluster, theirs, 'not-granted')
      await cluster.apply(`
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: order-user, namespace: ${namespace}}
rules: [{apiGroups: [shared.dapr.io], resources: [daprsharedinstances], resourceNames: [order], verbs: [use]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: order-user, namespace: ${namespace}}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: order-user}
subjects: [{kind: ServiceAccount, name: orders, namespace: ${namespace}}]
`)
      await applyResources(cluster, resources)
      for (const appId of ['order', 'billing', 'local', 'channel', 'open', 'safe'])
        await untilWatched(webhook(), namespace, appId)
      await untilReady(cluster, namespace, 'order')
    })
    afterAll(() => deleteResources(cluster, resources))

    const counted = (rule: RuleId, action: string): Promise<number> =>
      webhook().metric('dapr_shared_findings_total', { rule, action })

    test.for(ROWS.map((row) => [row.rule, row.what, row.verdict, row] as const))(
      '%s: %s: %s',
      async ([rule, , verdict, row]) => {
        const { appId = 'order', pod = {}, says = '' } = row
        const labels = { row: nameOf(row), ...pod.labels }
        const before = await counted(rule, 'Audit')
        const answer = await answerTo(
          cluster,
          namespace,
          aPod(nameOf(row).replace('e2e-', ''), appId, { ...pod, labels }),
        )
        const told = [answer.message, ...answer.warnings].find((text) => text.includes(`[${rule}]`)) ?? ''
        const seen =
          answer.message !== ''
            ? 'Deny'
            : told !== ''
              ? 'Warn'
              : (await counted(rule, 'Audit')) > before
                ? 'Audit'
                : 'none'
        expect(seen, JSON.stringify(answer)).toBe(verdict)
        expect(told).toContain(says)
        if (verdict === 'Deny') {
          expect(answer.status).toBe(403)
          expect(rulesIn(answer.message)).toEqual([rule])
        } else expect(answer.pod?.metadata.labels['shared.dapr.io/app-id']).toBe(appId)
      },
    )

    test('have a case for every rule of the catalogue, here or in another file', () => {
      const covered = new Set<RuleId>(
        [...ROWS, ...elsewhere.map(([rule]) => ({ rule }))].map(({ rule }) => rule),
      )
      expect([...covered].toSorted()).toEqual([...RULE_IDS].toSorted())
      for (const [rule, file] of elsewhere) {
        const text = readFileSync(join(import.meta.dirname, `${file}.e2e.test.ts`), 'utf8')
        expect(text, `${file} has no case of ${rule}`).toContain(rule)
      }
    })

    test('ask RBAC what kubectl auth can-i tells, too', async () => {
      const mayUse = async (account: string): Promise<string> => {
        const { stdout } = await cluster.kubectl(
          [
            'auth',
            'can-i',
            'use',
            'daprsharedinstances.shared.dapr.io/order',
            '-n',
            namespace,
            `--as=system:serviceaccount:${namespace}:${account}`,
          ],
          { allowFailure: true },
        )
        return stdout.trim()
      }
      expect(await mayUse('orders')).toBe('yes')
      expect(await mayUse('default')).toBe('no')
    })
  },
  undefined,
  ['--backstop'],
)

function rulesIn(message: string): string[] {
  return [...message.matchAll(/\[([a-z-]+\.[a-z-]+)\]/g)].map(([, rule = '']) => rule)
}
