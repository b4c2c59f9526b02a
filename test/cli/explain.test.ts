import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Explanation, ExplainedItem } from '../../src/explain/explanation.ts'
import { RULE_IDS } from '../../src/core/rules.ts'
import { CHECKS } from '../../src/lint/checks.ts'
import { compilePolicy } from '../../src/policy/compile.ts'
import { instance, pod, run } from './run.ts'

const STATE = instance('order') + '---' + instance('billing')

function policy(name: string, spec: object): string {
  return JSON.stringify({
    apiVersion: 'shared.dapr.io/v1alpha1',
    kind: 'DaprSharedPolicy',
    metadata: { name },
    spec,
  })
}

function exception(name: string, spec: object): string {
  return JSON.stringify({
    apiVersion: 'shared.dapr.io/v1alpha1',
    kind: 'DaprSharedException',
    metadata: { name, namespace: 'shop' },
    spec: { reason: 'moving house', subjects: { appIds: ['order'] }, ...spec },
  })
}

const DEPLOYMENTS_ONLY = { rules: { strategies: { allowed: ['Deployment'] } } }

/** Explains one pod under some policies, as a document. */
async function explained(
  policies: readonly string[],
  object: string = pod('order'),
  more: readonly string[] = [],
): Promise<ExplainedItem> {
  const files = { 'pod.yaml': object, 'state.yaml': [STATE, ...policies].join('\n---\n') }
  const { out, err } = await run(['explain', 'pod.yaml', '--state', 'state.yaml', '-o', 'json', ...more], {
    files,
  })
  expect(out, err).not.toBe('')
  const [item] = (JSON.parse(out) as Explanation).items
  if (item === undefined) throw new Error('nothing was explained')
  return item
}

describe('a pod that is injected', () => {
  test('the verdict comes first, then what each container gets and from where', async () => {
    const files = { 'pod.yaml': pod('order'), 'state.yaml': STATE }
    const { code, out } = await run(['explain', 'pod.yaml', '--state', 'state.yaml'], { files })
    expect(code).toBe(0)
    expect(out.split('\n').slice(0, 2)).toEqual([
      'pod.yaml:2  Pod shop/app: injected',
      '  it gets the instance "shop/order".',
    ])
    expect(out).toContain(
      'gets DAPR_HTTP_ENDPOINT = http://order-dapr.shop.svc.cluster.local:3500 (the HTTP port of the Service "order-dapr" in front of DaemonSet/order).',
    )
    expect(out).toContain('gets no DAPR_API_TOKEN: the instance has no token that can be given by reference.')
    expect(out).toContain('the label shared.dapr.io/app-id becomes order.')
  })

  test('a container on the list of other systems is left alone, and why', async () => {
    const { containers } = await explained(
      [],
      `apiVersion: v1
kind: Pod
metadata: {name: app, namespace: shop, annotations: {dapr.io/shared: order, dapr.io/shared-exclude-containers: logs}}
spec: {containers: [{name: app}, {name: istio-proxy}, {name: logs}, {name: mine}], initContainers: [{name: setup}]}`,
      ['--skip-containers', 'mine'],
    )
    expect(
      containers.map(({ name, init, injected, because }) => ({ name, init, injected, because })),
    ).toEqual([
      { name: 'app', init: false, injected: true, because: 'it is a container of the application.' },
      {
        name: 'istio-proxy',
        init: false,
        injected: false,
        because: expect.stringContaining("built-in list of other systems' sidecars") as string,
      },
      { name: 'logs', init: false, injected: false, because: 'dapr.io/shared-exclude-containers names it.' },
      {
        name: 'mine',
        init: false,
        injected: false,
        because: expect.stringContaining('--skip-containers') as string,
      },
      { name: 'setup', init: true, injected: true, because: 'init containers are injected too.' },
    ])
  })

  test('a value of its own is told as kept, a spelling of ours as set right, an empty one as filled', async () => {
    const { containers } = await explained(
      [],
      `apiVersion: v1
kind: Pod
metadata: {name: app, namespace: shop, annotations: {dapr.io/shared: order}}
spec:
  containers:
    - name: app
      env: [{name: DAPR_HTTP_ENDPOINT, value: "http://elsewhere:3500"}, {name: DAPR_GRPC_ENDPOINT, value: ""}]`,
    )
    expect(containers[0]?.variables.slice(0, 2)).toEqual([
      'keeps its own DAPR_HTTP_ENDPOINT, as no policy says otherwise.',
      'gets DAPR_GRPC_ENDPOINT = http://order-dapr.shop.svc.cluster.local:50001 in the place of an empty value (the gRPC port of the Service "order-dapr" in front of DaemonSet/order).',
    ])
  })

  test('annotations are told with what holds without them', async () => {
    const { annotations } = await explained([])
    expect(annotations).toContainEqual({
      key: 'dapr.io/shared',
      value: 'order',
      meaning: 'asks for the instance with app-id "order"; the pod runs as ServiceAccount "default".',
    })
    expect(annotations).toContainEqual({
      key: 'dapr.io/shared-strategy',
      value: null,
      meaning: 'absent: an instance of any strategy will do.',
    })
  })
})

describe('candidates', () => {
  test('one with a near app-id is asked after, another is only named', async () => {
    const { candidates, verdict } = await explained([], pod('ordr'))
    expect(verdict).toBe('refused')
    expect(candidates.map(({ appId, chosen, because }) => ({ appId, chosen, because }))).toEqual([
      { appId: 'billing', chosen: false, because: 'another app-id: the pod asks for "ordr".' },
      {
        appId: 'order',
        chosen: false,
        because:
          'another app-id: the pod asks for "ordr". Is this one meant? Then write dapr.io/shared: "order".',
      },
    ])
  })

  test('what stands against the one that is asked for: a twin, or a Service that is not there', async () => {
    const twin = instance('order')
      .replace('name: order,', 'name: order-2,')
      .replaceAll('order-dapr', 'order-2-dapr')
    const ambiguous = await explained([twin])
    expect(ambiguous.candidates.find(({ appId }) => appId === 'order')?.because).toBe(
      'it is asked for, but it is ambiguous: DaemonSet/order and DaemonSet/order-2 claim it.',
    )
    const files = {
      'pod.yaml': pod('lonely'),
      'state.yaml': instance('lonely').split('---')[0] ?? '',
    }
    const { code, out } = await run(['explain', 'pod.yaml', '--state', 'state.yaml'], { files })
    expect(code).toBe(1)
    expect(out).toContain(
      'it is asked for, but it is misconfigured: no Service selects its pods (Create the Service',
    )
  })

  test('of another namespace: the instance, and each grant with the part that leaves the pod out', async () => {
    const asking = pod('order', { namespace: 'web' }).replace(
      'dapr.io/shared: order',
      'dapr.io/shared: order, dapr.io/shared-namespace: shop',
    )
    const grant = (name: string, spec: object): string =>
      JSON.stringify({
        apiVersion: 'shared.dapr.io/v1alpha1',
        kind: 'DaprSharedGrant',
        metadata: { name, namespace: 'shop' },
        spec,
      })
    const strangers = [
      grant('a', { appIds: ['billing'], from: [{ namespace: 'web' }] }),
      grant('b', { appIds: ['order'], from: [{ namespace: 'app' }] }),
      grant('c', { appIds: ['order'], from: [{ namespace: 'web', serviceAccounts: ['web'] }] }),
    ]
    const refused = await explained(strangers, asking)
    expect(refused.candidates.find(({ appId }) => appId === 'order')?.because).toBe(
      'it is asked for, but the pod is not granted its use.',
    )
    expect(refused.grants.map(({ name, because }) => `${name}: ${because}`)).toEqual([
      'a: its appIds do not name "order".',
      'b: its from does not name namespace "web".',
      'c: its serviceAccounts for namespace "web" do not name "default".',
    ])
    const granted = await explained([grant('d', { appIds: ['ord*'], from: [{ namespace: 'web' }] })], asking)
    expect(granted.verdict).toBe('injected')
    expect(granted.grants).toMatchObject([{ name: 'd', grants: true }])
  })
})

describe('policies', () => {
  test.for([
    [{ excludeNamespaces: ['shop'] }, 'namespace "shop" is left out; match.excludeNamespaces is ["shop"].'],
    [{ appIds: ['billing'] }, 'the app-id is "order"; match.appIds is ["billing"].'],
    [{ serviceAccounts: ['web'] }, 'the ServiceAccount is "default"; match.serviceAccounts is ["web"].'],
    [
      { objectSelector: { matchLabels: { tier: 'front' } } },
      'the labels of the pod are {}; match.objectSelector is {"matchLabels":{"tier":"front"}}.',
    ],
    [
      { namespaceSelector: { matchLabels: { env: 'prod' } } },
      'the labels of namespace "shop" are {kubernetes.io/metadata.name=shop}; match.namespaceSelector is {"matchLabels":{"env":"prod"}}.',
    ],
    [{ workloadKinds: ['Deployment'] }, 'no workload owns the pod; match.workloadKinds is ["Deployment"].'],
  ] as const)(
    'one that does not govern says what of its match does not fit: %j',
    async ([match, because]) => {
      const { policies } = await explained([policy('p', { match, ...DEPLOYMENTS_ONLY })])
      expect(policies).toMatchObject([{ name: 'p', governs: false, because, rules: [] }])
    },
  )

  test('each part of one that governs fired, was satisfied, does not apply, or was not judged', async () => {
    const rules = {
      strategies: { allowed: ['Deployment'] },
      crossNamespace: { mode: 'Deny' },
      security: { serviceTypes: ['ClusterIP'] },
      endpoints: { allowedSchemes: ['https'] },
    }
    const judged = await explained([policy('p', { rules })])
    expect(judged.policies[0]?.rules.map(({ part, outcome }) => [part, outcome])).toEqual([
      ['crossNamespace', 'does not apply'],
      ['strategies', 'fired'],
      ['security.serviceTypes', 'satisfied'],
      ['endpoints', 'does not apply'],
    ])
    const missing = await explained([policy('p', { rules })], pod('absent'))
    expect(missing.policies[0]?.rules.find(({ part }) => part === 'strategies')).toMatchObject({
      outcome: 'not judged',
      because: 'the decision ended where no instance was found.',
    })
  })

  test('no part of rules goes without a word', async () => {
    const rules = {
      strategies: { allowed: ['DaemonSet'] },
      instance: { minReadyReplicas: 1, inUse: 'Deny' },
      locality: { node: 'Prefer' },
      crossNamespace: { mode: 'RequireGrant' },
      identity: { unlisted: 'Allow' },
      capacity: { maxPods: 5 },
      sidecar: { conflict: 'Deny' },
      security: {
        apiToken: 'Required',
        mtls: 'Preferred',
        secretStore: 'Restricted',
        serviceTypes: ['ClusterIP'],
        minDaprVersion: '1.14',
      },
      endpoints: { allowedSchemes: ['https'] },
      workloads: { allowedKinds: ['Pod'] },
    }
    const { policies } = await explained([policy('p', { rules })])
    const told = policies[0]?.rules.map(({ part }) => part.split('.')[0] ?? '')
    expect(new Set(told)).toEqual(new Set(Object.keys(rules)))
    expect(told).toHaveLength(15)
    const { value } = compilePolicy(JSON.parse(policy('p', { rules })) as Record<string, unknown>)
    expect(told).toHaveLength(Object.keys(value?.rules ?? {}).length)
  })

  test.for([
    [{}, 'Deny', 'validationActions is not given, which means ["Deny"]'],
    [{ validationActions: ['Audit', 'Warn'] }, 'Warn', 'the strongest of validationActions ["Audit","Warn"]'],
    [{ scopedActions: [{ actions: ['Warn'], points: ['CLI'] }] }, 'Warn', 'scopedActions for point CLI'],
    [
      { scopedActions: [{ actions: ['Audit'], points: ['Pod'] }] },
      'Audit',
      'scopedActions for point Pod, which the command line follows',
    ],
  ] as const)('the action and the field that says so: %j', async ([spec, action, because]) => {
    const { policies, findings } = await explained([policy('p', { ...spec, ...DEPLOYMENTS_ONLY })])
    expect(policies[0]).toMatchObject({ action, actionBecause: because })
    const found = findings.find(({ rule }) => rule === 'strategy.not-allowed')
    expect(found).toMatchObject({ action, because: `${action} by policy p: ${because}.` })
  })

  test('what a policy only prefers is said to be capped', async () => {
    const { findings } = await explained([policy('p', { rules: { security: { apiToken: 'Preferred' } } })])
    expect(findings.find(({ rule }) => rule === 'security.api-token')?.because).toBe(
      'Warn at the most, as policy p only prefers it (otherwise Deny: validationActions is not given, which means ["Deny"]).',
    )
  })

  test("an override chooses the action of the policy's own findings, and is named as the reason", async () => {
    const spec = {
      ...DEPLOYMENTS_ONLY,
      validationActions: ['Deny'],
      overrides: [{ rule: 'strategy.not-allowed', action: 'Warn' }],
    }
    const { findings } = await explained([policy('p', spec)])
    expect(findings.find(({ rule }) => rule === 'strategy.not-allowed')).toMatchObject({
      action: 'Warn',
      because: 'Warn by policy p: its override for this rule.',
    })
  })

  test('of two overrides the stronger applies, and the other says whose does', async () => {
    const override = (name: string, action: string): string =>
      policy(name, { overrides: [{ rule: 'instance.missing', action }] })
    const { policies, findings } = await explained(
      [override('a', 'Warn'), override('b', 'Deny')],
      pod('absent'),
    )
    expect(findings[0]?.because).toBe('Deny by policy b: its override for this rule.')
    expect(policies.flatMap(({ overrides }) => overrides)).toEqual([
      { rule: 'instance.missing', applied: false, because: "b's action counts, as the stronger one." },
      { rule: 'instance.missing', applied: true, because: 'its finding gets the action Deny.' },
    ])
  })

  test('whose defaults are used, and why', async () => {
    const { policies, containers } = await explained([
      policy('a', { defaults: { legacyEnv: 'Enabled' } }),
      policy('b', { priority: 5, defaults: { env: [{ name: 'DAPR_APP', from: 'AppID' }] } }),
    ])
    expect(policies.map(({ name, defaults }) => [name, defaults?.because])).toEqual([
      ['a', 'those of b do: its priority 5 is higher than 0, that of this one.'],
      ['b', 'its priority 5 is higher than 0, that of a.'],
    ])
    expect(containers[0]?.variables.at(-1)).toBe('gets DAPR_APP = order (the defaults of policy b add it).')
  })
})

describe('what is unknown', () => {
  const orphan = pod('order').replace(
    'annotations:',
    'ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: gone, uid: x, controller: true}], annotations:',
  )
  const FOR_DEPLOYMENTS = { match: { workloadKinds: ['Deployment'] } }

  test('a fact that a rule needs is told with the rule', async () => {
    const { policies, unknown } = await explained([
      policy('p', { failurePolicy: 'Ignore', rules: { identity: { unlisted: 'RBAC' } } }),
    ])
    expect(policies[0]?.rules).toMatchObject([
      { part: 'identity', outcome: 'unknown', because: 'no cluster was asked.' },
    ])
    expect(unknown).toEqual(['identity.not-bound of policy p: no cluster was asked.'])
  })

  test('of a policy that may govern only what tightens is obeyed, and its defaults are not used', async () => {
    const rules = { ...DEPLOYMENTS_ONLY.rules, crossNamespace: { mode: 'Allow' } }
    const { policies, verdict } = await explained(
      [
        policy('known', { defaults: { legacyEnv: 'Enabled' } }),
        policy('unsure', { ...FOR_DEPLOYMENTS, priority: 9, rules, defaults: { legacyEnv: 'Enabled' } }),
      ],
      orphan,
    )
    expect(verdict).toBe('refused')
    const unsure = policies.find(({ name }) => name === 'unsure')
    expect(unsure?.because).toContain(
      'it may govern: the workload is unknown (ReplicaSet "gone" is not in the state)',
    )
    expect(unsure?.rules.map(({ part, outcome }) => [part, outcome])).toEqual([
      ['crossNamespace', 'does not apply'],
      ['strategies', 'fired'],
    ])
    expect(policies.map(({ name, defaults }) => [name, defaults?.won])).toEqual([
      ['known', true],
      ['unsure', false],
    ])
    expect(unsure?.defaults?.because).toContain('whether the policy governs is unknown')
  })

  test('one that does not insist on its facts does not govern', async () => {
    const { policies } = await explained(
      [policy('p', { ...FOR_DEPLOYMENTS, failurePolicy: 'Ignore', ...DEPLOYMENTS_ONLY })],
      orphan,
    )
    expect(policies).toMatchObject([{ governs: false }])
    expect(policies[0]?.because).toContain('and failurePolicy is Ignore')
  })
})

describe('exceptions', () => {
  const HONOURED = policy('p', { ...DEPLOYMENTS_ONLY, exceptions: { namespaceSelector: {} } })
  const RULES = [{ name: 'p', rules: ['strategy.not-allowed'] }]
  const LATER = '2999-01-01T00:00:00Z'

  test('one that excuses says what, and the finding says by whom', async () => {
    const { exceptions, findings, verdict } = await explained([
      HONOURED,
      exception('e', { policies: RULES, expiresAt: LATER }),
    ])
    expect(verdict).toBe('injected')
    expect(exceptions).toEqual([
      { name: 'e', excuses: true, because: 'it excuses strategy.not-allowed of p until 2999-01-01.' },
    ])
    expect(findings.find(({ rule }) => rule === 'strategy.not-allowed')?.because).toBe(
      'Audit, as the exception shop/e excuses it.',
    )
  })

  test.for([
    [{ policies: RULES, expiresAt: '2020-01-01T00:00:00Z' }, /^it ended on 2020-01-01; /],
    [
      { policies: [{ name: 'p', rules: ['capacity.pods'] }], expiresAt: LATER },
      /^policy p found nothing of capacity\.pods, which found strategy\.not-allowed\.$/,
    ],
    [{ policies: [{ name: 'q', rules: ['capacity.pods'] }], expiresAt: LATER }, /^there is no policy q\.$/],
    [
      { policies: RULES, expiresAt: LATER, subjects: { serviceAccounts: ['web'] } },
      /^it is for others: its serviceAccounts do not name "default"\.$/,
    ],
    [
      { policies: RULES, expiresAt: LATER, subjects: { workloads: [{ kind: 'Deployment', name: 'web' }] } },
      /^it is for others: its workloads are Deployment\/web, and this is a pod of its own\.$/,
    ],
  ] as const)('one that does not says why: %j', async ([spec, because]) => {
    const { exceptions, verdict } = await explained([HONOURED, exception('e', spec)])
    expect(verdict).toBe('refused')
    expect(exceptions).toMatchObject([
      { name: 'e', excuses: false, because: expect.stringMatching(because) as string },
    ])
  })

  test('a policy that honours none, or none of this namespace', async () => {
    const excusing = exception('e', { policies: RULES, expiresAt: LATER })
    const none = await explained([policy('p', DEPLOYMENTS_ONLY), excusing])
    expect(none.exceptions[0]?.because).toBe('policy p honours no exceptions (it has no spec.exceptions).')
    const elsewhere = { namespaceSelector: { matchLabels: { env: 'dev' } } }
    const other = await explained([policy('p', { ...DEPLOYMENTS_ONLY, exceptions: elsewhere }), excusing])
    expect(other.exceptions[0]?.because).toBe(
      'policy p honours none of namespace "shop", whose labels are {kubernetes.io/metadata.name=shop}.',
    )
  })
})

describe('what is explained', () => {
  const files = {
    'k8s/web.yaml': `${pod('order', { name: 'web' })}---${pod('absent', { name: 'bad' })}---${pod('order', { name: 'bad', namespace: 'other' })}`,
    'state.yaml': STATE,
  }

  test("one object of a folder, by kubectl's short name of its kind", async () => {
    const { code, out } = await run(['explain', 'po/web', '-f', 'k8s', '--state', 'state.yaml'], { files })
    expect(code).toBe(0)
    expect(out).toContain('Pod shop/web: injected')
    expect(out).not.toContain('bad')
  })

  test('a name that two objects have is asked for with its namespace', async () => {
    const twice = await run(['explain', 'pod/bad', '-f', 'k8s', '--state', 'state.yaml'], { files })
    expect(twice.code).toBe(2)
    expect(twice.err).toContain(
      'Pod bad: there are 2 of that name (k8s/web.yaml:7 in shop, k8s/web.yaml:12 in other). Name the namespace with -n.',
    )
    const once = await run(['explain', 'pod/bad', '-n', 'shop', '-f', 'k8s', '--state', 'state.yaml'], {
      files,
    })
    expect(once.code).toBe(1)
  })

  test('an object that is not there tells which are', async () => {
    const { code, err } = await run(['explain', 'deploy/web', '-f', 'k8s', '--state', 'state.yaml'], {
      files,
    })
    expect(code).toBe(2)
    expect(err).toBe('Deployment web: not in -f. It has pod/web, pod/bad, pod/bad.\n')
  })

  test('a file and -f are two answers to one question', async () => {
    const { code, err } = await run(['explain', 'k8s', '-f', 'k8s', '--state', 'state.yaml'], { files })
    expect(code).toBe(2)
    expect(err).toContain('give one of the two')
  })

  test('standard input; and nothing that asks is exit code 4', async () => {
    const plain = pod('order').replace(', annotations: {dapr.io/shared: order}', '')
    const { code, out } = await run(['explain', '-', '--state', 'state.yaml'], { files, stdin: plain })
    expect(code).toBe(4)
    expect(out).toBe('<stdin>:2  Pod shop/app: does not ask\n  its pod has no annotation dapr.io/shared.\n')
  })

  test('a namespace that is not served', async () => {
    const { code, out } = await run(['explain', '-', '--state', 'state.yaml'], {
      files,
      stdin: pod('order', { namespace: 'kube-system' }),
    })
    expect(code).toBe(4)
    expect(out).toContain('namespace "kube-system" is not served')
  })

  test('the other formats are those of review', async () => {
    const args = ['k8s', '--state', 'state.yaml', '-o', 'patch']
    const { out } = await run(['explain', ...args], { files })
    expect(out).toBe((await run(['review', '-f', ...args], { files })).out)
    expect(out).not.toBe('')
  })

  test('an annotation cannot make a terminal do anything', async () => {
    const hostile = pod('order').replace('dapr.io/shared: order', 'dapr.io/shared: "\\u001b[2J"')
    const { out } = await run(['explain', '-', '--state', 'state.yaml'], { files, stdin: hostile })
    expect(out).not.toMatch(/[^\n -~]/)
  })
})

describe('many objects', () => {
  const names = Array.from(
    { length: 30 },
    (_, index) => `other-${String.fromCodePoint(97 + (index % 26))}${index}x`,
  )
  const satisfied = { rules: { strategies: { allowed: ['DaemonSet'] } } }
  const governing = [
    ...Array.from({ length: 19 }, (_, index) => policy(`all-${index}`, satisfied)),
    policy('refuses', DEPLOYMENTS_ONLY),
  ]
  const files = {
    'state.yaml': [
      STATE,
      ...names.map((name) => instance(name)),
      ...governing,
      policy('foreign', { match: { appIds: ['nobody'] }, ...DEPLOYMENTS_ONLY }),
      exception('late', {
        policies: [{ name: 'all-0', rules: ['capacity.pods'] }],
        expiresAt: '2999-01-01T00:00:00Z',
      }),
    ].join('\n---\n'),
    'five.yaml': Array.from({ length: 5 }, (_, index) => pod('order', { name: `p${index}` })).join('---'),
    'more.yaml': [
      ...Array.from({ length: 5 }, (_, index) => pod('order', { name: `p${index}` })),
      pod('oder', { name: 'typo' }),
    ].join('---'),
  }
  const itemsOf = async (file: string): Promise<readonly ExplainedItem[]> => {
    const { out } = await run(['explain', file, '--state', 'state.yaml', '-o', 'json'], { files })
    return (JSON.parse(out) as Explanation).items
  }

  test('of a handful everything is told', async () => {
    for (const { candidates, policies, exceptions, omitted } of await itemsOf('five.yaml')) {
      expect([candidates.length, policies.length, exceptions.length]).toEqual([32, 21, 1])
      expect(omitted).toEqual({ candidates: 0, grants: 0, policies: 0, exceptions: 0 })
    }
  })

  test('of more what concerns each: its instance, or those that it may mean; as many policies as a screen takes', async () => {
    const items = await itemsOf('more.yaml')
    expect(items).toHaveLength(6)
    for (const { candidates, policies, exceptions, omitted, object } of items) {
      expect(
        candidates.map(({ appId }) => appId),
        object.name,
      ).toEqual(['order'])
      expect([policies.length, exceptions.length]).toEqual([12, 0])
      expect(policies.every(({ governs }) => governs)).toBe(true)
      if (object.name !== 'typo') expect(policies[0]?.name, 'what speaks comes first').toBe('refuses')
      expect(omitted).toEqual({ candidates: 31, grants: 0, policies: 9, exceptions: 1 })
    }
    const { out } = await run(['explain', 'more.yaml', '--state', 'state.yaml'], { files })
    expect(out).toContain('and 31 others (explain this object alone to see all).')
    expect(out).toContain('and 9 others (explain this object alone to see all).')
    expect(out).toMatch(/^6 objects: /m)
  })
})

describe('rules', () => {
  test('a page goes to the reports, too, and whatever else is given is not ignored', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'dapr-shared-explain-'))
    try {
      const path = join(folder, 'page.json')
      const { code, out } = await run(['explain', 'instance.missing', '--report', `json=${path}`])
      expect([code, out.slice(0, 16)]).toEqual([0, 'instance.missing'])
      expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({
        kind: 'RulePage',
        id: 'instance.missing',
      })
    } finally {
      await rm(folder, { recursive: true })
    }
    const refused = [
      [['-o', 'junit'], "-o junit: a rule's page is text, json, yaml.\n"],
      [
        ['--report', 'sarif=x'],
        '--report: wanted FORMAT=PATH with one of text, json, yaml, got "sarif=x".\n',
      ],
      [['--state', 'nosuch', '-f', 'x'], /^--state, -f: a rule's page needs no state\. /],
    ] as const
    for (const [args, message] of refused) {
      const { code, out, err } = await run(['explain', 'instance.missing', ...args])
      expect(code).toBe(2)
      expect(out).not.toContain('RulePage')
      if (typeof message === 'string') expect(err).toBe(message)
      else expect(err).toMatch(message)
    }
  })

  test('the page of a rule, and of a check of lint', async () => {
    const rule = await run(['explain', 'instance.missing'])
    expect(rule.code).toBe(0)
    expect(rule.out).toMatch(/^instance\.missing \(rule, Deny, severity High\)\n\n\*\*Deny\.\*\* No instance/)
    const check = await run(['explain', 'match.no-namespace', '-o', 'json'])
    expect(JSON.parse(check.out)).toMatchObject({
      kind: 'RulePage',
      id: 'match.no-namespace',
      of: 'lint check',
    })
  })

  test('a misspelt one tells which may be meant', async () => {
    const { code, err } = await run(['explain', 'instance.mising'])
    expect(code).toBe(2)
    expect(err).toContain('Did you mean instance.missing?')
  })

  test('the list has every rule and every check, each on a line', async () => {
    const { code, out } = await run(['explain', 'rules'])
    expect(code).toBe(0)
    for (const id of [...RULE_IDS, ...Object.keys(CHECKS)])
      expect(out).toMatch(new RegExp(`^  ${id} +\\w+ +\\S`, 'm'))
  })
})
