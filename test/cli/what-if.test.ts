import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import type { WhatIfResult } from '../../src/what-if/result.ts'
import { instance, pod, run, type Ran } from './run.ts'

/** Only DaemonSets may be used in namespaces of team: a; the action is by point. */
const policy = (action: string, { name = 'strategies', more = '' } = {}): string => `
apiVersion: shared.dapr.io/v1alpha1
kind: DaprSharedPolicy
metadata: {name: ${name}}
spec:
  match: {namespaceSelector: {matchLabels: {team: a}}}
  validationActions: [${action}]
  ${more}
  rules: {strategies: {allowed: [Deployment]}}
`
const namespace = (name: string, team: string): string => `
apiVersion: v1
kind: Namespace
metadata: {name: ${name}, labels: {team: ${team}}}
`
const STATE = [
  namespace('shop', 'a'),
  namespace('quiet', 'b'),
  instance('order'),
  instance('order', 'quiet'),
  pod('order', { name: 'one' }),
  pod('order', { name: 'two' }),
  pod('oder', { name: 'typo' }),
  pod('order', { name: 'calm', namespace: 'quiet' }),
  '\napiVersion: v1\nkind: Pod\nmetadata: {name: plain, namespace: shop}\nspec: {containers: [{name: app}]}\n',
]
const SCOPED = `scopedActions: [{points: [CLI], actions: [Audit]}]`

interface Asked {
  readonly state?: readonly string[]
  readonly today?: string
  readonly proposed?: string
  readonly files?: Readonly<Record<string, string>>
}

const whatIf = ({ state = STATE, today, proposed, files = {} }: Asked, ...args: string[]): Promise<Ran> =>
  run(['what-if', '--state', 'state.yaml', ...(proposed === undefined ? [] : ['-p', 'new.yaml']), ...args], {
    files: {
      'state.yaml': [...state, ...(today === undefined ? [] : [today])].join('---'),
      ...(proposed === undefined ? {} : { 'new.yaml': proposed }),
      ...files,
    },
  })
const resultOf = ({ out }: Ran): WhatIfResult => JSON.parse(out) as WhatIfResult
const json = async (asked: Asked, ...args: string[]): Promise<WhatIfResult & { code: number }> => {
  const ran = await whatIf(asked, '-o', 'json', ...args)
  return { ...resultOf(ran), code: ran.code }
}
const told = ({ items }: WhatIfResult): string[] =>
  items.map(({ change, object }) => `${change} ${object.namespace}/${object.name}`)

describe('the roll-out of a policy', () => {
  test('from Audit to Deny names who becomes refused, and counts by namespace: exit 1', async () => {
    const result = await json({ today: policy('Audit'), proposed: policy('Deny') })
    expect(result.code).toBe(1)
    expect(result).toMatchObject({ apiVersion: 'shared.dapr.io/v1alpha1', kind: 'WhatIfResult' })
    expect(told(result)).toEqual(['newlyRefused shop/one', 'newlyRefused shop/two'])
    expect(result.items[0]?.findings.changed).toMatchObject([
      {
        from: { action: 'Audit' },
        to: { rule: 'strategy.not-allowed', action: 'Deny', policy: 'strategies' },
      },
    ])
    expect(result.proposal).toEqual([
      { kind: 'DaprSharedPolicy', namespace: '', name: 'strategies', effect: 'replaced', governs: 3 },
    ])
    expect(result.summary).toMatchObject({
      objects: 4,
      newlyRefused: 2,
      unchanged: 2,
      skipped: 3,
      refused: { today: 1, proposed: 3 },
      missing: [],
      byNamespace: [
        { namespace: 'quiet', objects: 1, newlyRefused: 0, unchanged: 1 },
        { namespace: 'shop', objects: 3, newlyRefused: 2, unchanged: 1 },
      ],
    })
  })

  test('from Audit to Warn changes warnings, and refuses nobody: exit 0, but with --fail-on changed', async () => {
    const asked = { today: policy('Audit'), proposed: policy('Warn') }
    const result = await json(asked)
    expect([result.code, ...told(result)]).toEqual([
      0,
      'warningsChanged shop/one',
      'warningsChanged shop/two',
    ])
    expect(result.items[0]?.proposed.warnings).toEqual([expect.stringContaining('[strategy.not-allowed]')])
    expect((await json(asked, '--fail-on', 'changed')).code).toBe(1)
  })

  test('begins with what is only recorded', async () => {
    const result = await json({ proposed: policy('Audit') })
    expect([result.code, ...told(result)]).toEqual([
      0,
      'recordedChanged shop/one',
      'recordedChanged shop/two',
    ])
    expect(result.proposal).toMatchObject([{ effect: 'new' }])
  })

  test('is judged as at the admission of pods, whatever the policy does on the command line', async () => {
    const result = await json({
      today: policy('Audit', { more: SCOPED }),
      proposed: policy('Deny', { more: SCOPED }),
    })
    expect(told(result)).toEqual(['newlyRefused shop/one', 'newlyRefused shop/two'])
  })

  test('reads as text: what is proposed, who, why with the cure, the counts, and all in one line', async () => {
    const { code, out, err } = await whatIf({ today: policy('Audit'), proposed: policy('Deny') })
    expect({ code, err }).toEqual({ code: 1, err: '' })
    expect(out).toBe(`Proposed: DaprSharedPolicy strategies (replaced)

newly refused
  Pod shop/one (state.yaml:36)
    Audit -> Deny [strategy.not-allowed] (strategies) the instance "order" (DaemonSet/order) has the strategy DaemonSet, and policy strategies allows Deployment only.
      Use an instance with the strategy Deployment.
  Pod shop/two (state.yaml:41)
    Audit -> Deny [strategy.not-allowed] (strategies) the instance "order" (DaemonSet/order) has the strategy DaemonSet, and policy strategies allows Deployment only.
      Use an instance with the strategy Deployment.

NAMESPACE   WORKLOADS   NEWLY REFUSED   UNCHANGED
shop        3           2               1
and 1 namespace without change

4 workloads ask: 2 newly refused, 2 unchanged; refused: 1 today, 3 as proposed; 3 do not ask
`)
  })

  test('that changes nothing says so', async () => {
    const { code, out } = await whatIf({ today: policy('Deny'), proposed: policy('Deny') })
    expect(code).toBe(0)
    expect(out).toContain(
      '\n4 workloads ask: nothing changes; refused: 3 today, 3 as proposed; 3 do not ask\n',
    )
    expect(out).not.toContain('governs none')
  })

  test('that governs none of the workloads is told by name, to people and to tools', async () => {
    const proposed = `${policy('Deny').replace('team: a', 'team: nobody')}---${policy('Audit', { name: 'some' })}`
    const { code, out } = await whatIf({ proposed })
    expect(code).toBe(0)
    expect(out).toMatch(/\npolicy strategies governs none of the 4 workloads: see its match\.\n$/)
    expect(out).not.toContain('policy some governs')
    const { proposal } = await json({ proposed })
    expect(proposal.map(({ name, governs }) => [name, governs])).toEqual([
      ['some', 3],
      ['strategies', 0],
    ])
    expect((await whatIf({ proposed }, '-o', 'markdown')).out).toContain('policy strategies governs none')
  })

  test('leaves out of a state what is through, as it leaves it out of a cluster', async () => {
    const done = `${pod('order', { name: 'done' })}status: {phase: Succeeded}\n`
    const result = await json({ state: [...STATE, done], today: policy('Audit'), proposed: policy('Deny') })
    expect(told(result)).toEqual(['newlyRefused shop/one', 'newlyRefused shop/two'])
  })
})

describe('the weakening gate', () => {
  const weaken = (proposed: string, ...args: string[]): Promise<WhatIfResult & { code: number }> =>
    json({ today: policy('Deny'), proposed }, '--fail-on', 'allowed', ...args)

  test('fails when something becomes allowed', async () => {
    const result = await weaken(policy('Warn'))
    expect([result.code, ...told(result)]).toEqual([1, 'newlyAllowed shop/one', 'newlyAllowed shop/two'])
    expect(result.summary.weaker).toBe(2)
  })

  test('fails when a warning becomes silent', async () => {
    const asked = { today: policy('Warn'), proposed: policy('Audit') }
    expect((await json(asked, '--fail-on', 'allowed')).code).toBe(1)
    expect((await json(asked)).code).toBe(0)
  })

  test('lets a policy become stricter, also where its refusal ends the evaluation of what warned', async () => {
    const stricter = await json({ today: policy('Warn'), proposed: policy('Deny') }, '--fail-on', 'allowed')
    expect([stricter.code, stricter.summary.newlyRefused, stricter.summary.weaker]).toEqual([0, 2, 0])
  })

  test('is not fooled by what a refusal leaves unsaid', async () => {
    const state = [
      EXTERNAL,
      pod('oder').replace('image: app', 'env: [{name: DAPR_HTTP_ENDPOINT, value: "http://a"}]'),
    ]
    const result = await json({ state }, '--remove', 'dsi/shop/oder', '--fail-on', 'allowed')
    expect(told(result)).toEqual(['newlyRefused shop/app'])
    const { added, removed } = result.items[0]?.findings ?? { added: [], removed: [] }
    expect([added, removed].map((findings) => findings.map(({ rule }) => rule))).toEqual([
      ['instance.missing'],
      ['env.conflict', 'security.api-token'],
    ])
    expect([result.code, result.items[0]?.weaker]).toEqual([0, false])
    const { out } = await whatIf({ state }, '--remove', 'dsi/shop/oder')
    expect(out).toContain('    - Warn [env.conflict]')
    expect(out).not.toContain('security.api-token')
  })

  test('is not fooled where another policy still refuses', async () => {
    const second = policy('Deny', { name: 'second' })
    const result = await json(
      { today: `${policy('Deny')}---${second}`, proposed: policy('Audit') },
      '--fail-on',
      'allowed',
    )
    expect(result.code).toBe(0)
    expect(told(result)).toEqual(['refusedOtherwise shop/one', 'refusedOtherwise shop/two'])
  })
})

const EXTERNAL = `
apiVersion: shared.dapr.io/v1alpha1
kind: DaprSharedInstance
metadata: {name: oder, namespace: shop}
spec: {appId: oder, external: {httpEndpoint: "https://a.example:443", grpcEndpoint: "https://b.example:443"}}
`

describe('a proposal', () => {
  test('of an external instance changes what is injected', async () => {
    const result = await json({ proposed: EXTERNAL })
    expect(told(result)).toEqual(['newlyAllowed shop/typo'])
    expect(JSON.stringify(result.items[0]?.proposed.patch)).toContain('https://a.example:443')
    expect(result.items[0]?.today.patch).toEqual([])
  })

  test('of defaults changes patches, and shows the difference of the admitted pods', async () => {
    const proposed = `
apiVersion: shared.dapr.io/v1alpha1
kind: DaprSharedPolicy
metadata: {name: defaults}
spec: {defaults: {env: [{name: DAPR_HOST, from: Host}]}}
`
    const { code, out } = await whatIf({ proposed })
    expect(code).toBe(0)
    expect(out).toContain(
      'patch changed\n  Pod shop/one (state.yaml:36)\n    --- admitted today\n    +++ as proposed\n',
    )
    expect(out).toMatch(/^ {4}\+ +- name: DAPR_HOST$/m)
    expect(out).toContain('4 workloads ask: 3 patch changed, 1 unchanged;')
  })

  test('of the labels of a namespace puts it under another policy', async () => {
    const result = await json({ today: policy('Deny'), proposed: namespace('quiet', 'a') })
    expect(told(result)).toEqual(['newlyRefused quiet/calm'])
    expect(result.proposal).toMatchObject([{ kind: 'Namespace', name: 'quiet', effect: 'labels' }])
  })

  test('of a namespace keeps the labels that it does not name, as kubectl apply does', async () => {
    const more = '\napiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {env: dev}}\n'
    const result = await json({ today: policy('Deny'), proposed: more }, '--fail-on', 'changed')
    expect([result.code, ...told(result)]).toEqual([0])
    const typo = await json({ today: policy('Deny'), proposed: namespace('shopp', 'b') })
    expect(typo.proposal).toMatchObject([{ kind: 'Namespace', name: 'shopp', effect: 'new' }])
  })

  test('may take a resource away, and is told of one that is not there', async () => {
    const result = await json({ today: policy('Deny') }, '--remove', 'dsp/strategies')
    expect(told(result)).toEqual(['newlyAllowed shop/one', 'newlyAllowed shop/two'])
    expect(result.proposal).toMatchObject([{ name: 'strategies', effect: 'removed' }])
    const wrong = await whatIf({ today: policy('Deny') }, '--remove', 'DaprSharedPolicy/strategy')
    expect([wrong.code, wrong.err]).toEqual([
      2,
      '--remove DaprSharedPolicy/strategy: wanted a DaprSharedPolicy that is there, got "strategy"; there is strategies.\n',
    ])
  })

  test('may be the whole truth: what is not in it is gone, but for instances and namespaces', async () => {
    const today = `${policy('Deny')}---${policy('Audit', { name: 'stays' })}---${EXTERNAL}`
    const asked = { today, proposed: policy('Audit', { name: 'stays' }) }
    expect((await json(asked)).summary.newlyAllowed).toBe(0)
    const pruned = await json(asked, '--prune')
    const freed = ['one', 'two', 'typo'].map((name) => `newlyAllowed shop/${name}`)
    expect(told(pruned)).toEqual(freed)
    expect(pruned.proposal.map(({ name, effect }) => `${name} ${effect}`)).toEqual([
      'stays replaced',
      'strategies removed',
    ])
  })

  test('keeps the age of what it replaces, which decides whose defaults count', async () => {
    const defaults = (name: string, variable: string, created = ''): string => `
apiVersion: shared.dapr.io/v1alpha1
kind: DaprSharedPolicy
metadata: {name: ${name}${created === '' ? '' : `, creationTimestamp: "${created}"`}}
spec: {defaults: {env: [{name: ${variable}, from: Host}]}}
`
    const today = `${defaults('old', 'OLD', '2020-01-01T00:00:00Z')}---${defaults('a-new', 'NEW', '2024-01-01T00:00:00Z')}`
    const result = await json({ today, proposed: defaults('old', 'OLD') })
    expect(told(result)).toEqual([])
  })

  test.each([
    ['nothing', {}, [], 'nothing is proposed: give -p PATH, or --remove KIND/[NAMESPACE/]NAME.\n'],
    ['--prune alone', {}, ['--prune'], /^nothing is proposed: --prune takes away what -p does not have\./],
    [
      'an empty file',
      { proposed: '# later\n' },
      [],
      'nothing is proposed: there is no object in new.yaml.\n',
    ],
    [
      'a workload',
      { proposed: pod('order') },
      [],
      /^new\.yaml:2: Pod shop\/app cannot be proposed: wanted DaprSharedPolicy, .* got v1 Pod\./,
    ],
    [
      'an invalid policy',
      { proposed: policy('Dney') },
      [],
      /^new\.yaml:7: DaprSharedPolicy strategies: spec\.validationActions\[0\]: /,
    ],
    [
      'an odd removal',
      {},
      ['--remove', 'Pod/x'],
      /^--remove: wanted DaprSharedPolicy\/NAME, .* got "Pod\/x"\.\n$/,
    ],
  ])('of %s is bad usage', async (_, asked: Asked, args, message) => {
    const { code, out, err } = await whatIf(asked, ...args)
    expect({ code, out }).toEqual({ code: 2, out: '' })
    if (typeof message === 'string') expect(err).toBe(message)
    else expect(err).toMatch(message)
  })

  test('that is part of the state by another name of the same file is compared with itself, too', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'what-if-'))
    try {
      await writeFile(join(folder, 'p.yaml'), policy('Deny'))
      await symlink('p.yaml', join(folder, 'link.yaml'))
      const paths = ['--state', join(folder, 'link.yaml'), '-p', join(folder, 'p.yaml')]
      const { code, err } = await whatIf({}, ...paths)
      expect(code).toBe(2)
      expect(err).toContain('is also part of what there is')
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  test('that is part of the state, too, would be compared with itself', async () => {
    const twice = await whatIf({ files: { 'p.yaml': policy('Deny') } }, '--state', 'p.yaml', '-p', 'p.yaml')
    expect([twice.code, twice.err]).toEqual([
      2,
      'p.yaml is proposed (-p), and is also part of what there is (--state or -f): nothing in it could change. Keep it out of one of the two.\n',
    ])
  })
})

describe('what is looked at', () => {
  test('is what -f names, and nothing else', async () => {
    const result = await json(
      {
        today: policy('Audit'),
        proposed: policy('Deny'),
        files: { 'f.yaml': pod('order', { name: 'mine' }) },
      },
      '-f',
      'f.yaml',
    )
    expect(told(result)).toEqual(['newlyRefused shop/mine'])
    expect(result.items[0]?.source).toEqual({ file: 'f.yaml', document: 1, line: 2 })
  })

  test('of a state is a workload, and not what it has made besides', async () => {
    const owned = pod('order', { name: 'web-1' }).replace(
      'namespace: shop,',
      'namespace: shop, ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: web, controller: true}],',
    )
    const replicaSet = `
apiVersion: apps/v1
kind: ReplicaSet
metadata: {name: web, namespace: shop}
spec:
  template: {metadata: {annotations: {dapr.io/shared: order}}, spec: {containers: [{name: app}]}}
`
    const base = [...STATE.slice(0, 4), owned]
    const both = await json({ state: [...base, replicaSet], proposed: policy('Deny') })
    expect(told(both)).toEqual(['newlyRefused shop/web'])
    // nobody else speaks for it
    const alone = await json({ state: base, proposed: policy('Deny') })
    expect(told(alone)).toEqual(['newlyRefused shop/web-1'])
  })

  test('is nothing where nothing asks: exit 4, or 0 where that is fine', async () => {
    const state = [namespace('shop', 'a'), instance('order')]
    const { code, out } = await whatIf({ state, proposed: policy('Deny') })
    expect(code).toBe(4)
    expect(out).toMatch(/\n0 workloads ask: nothing was compared; .*; 1 does not ask\n$/)
    expect((await json({ state, proposed: policy('Deny') }, '--allow-empty')).code).toBe(0)
  })
})

describe('a fact that nobody knows', () => {
  const identity = (action: string): string => `
apiVersion: shared.dapr.io/v1alpha1
kind: DaprSharedPolicy
metadata: {name: identity}
spec: {failurePolicy: Ignore, validationActions: [${action}], rules: {identity: {unlisted: RBAC}}}
`
  test('makes a change unknown, told once for all whom it concerns: exit 3', async () => {
    const ran = await whatIf({ proposed: identity('Deny') }, '-o', 'json')
    expect(ran.code).toBe(3)
    expect(told(resultOf(ran))).toEqual(['unknown shop/one', 'unknown shop/two', 'unknown quiet/calm'])
    expect(ran.err).toBe(
      'unknown: identity.not-bound of policy identity for Pod shop/one, Pod shop/two, Pod quiet/calm: no cluster was asked.\n',
    )
  })

  test('changes nothing where the same policy does not know it on both sides', async () => {
    const ran = await whatIf({ today: identity('Deny'), proposed: policy('Deny') }, '-o', 'json')
    expect(told(resultOf(ran))).toEqual(['newlyRefused shop/one', 'newlyRefused shop/two'])
    expect(ran.err).toBe('')
  })
})

describe('a fact that nobody knows on one side, or of another policy', () => {
  const identity = (action: string): string => `
apiVersion: shared.dapr.io/v1alpha1
kind: DaprSharedPolicy
metadata: {name: identity}
spec: {failurePolicy: Ignore, validationActions: [${action}], rules: {identity: {unlisted: RBAC}}}
`
  const asking = ['unknown shop/one', 'unknown shop/two', 'unknown quiet/calm']

  test('may be answered otherwise by the policy that replaces it: exit 3', async () => {
    const result = await json({ today: identity('Deny'), proposed: identity('Deny') })
    expect([result.code, ...told(result)]).toEqual([3, ...asking])
  })

  test('hides what would become allowed: exit 3', async () => {
    const result = await json({ today: identity('Deny') }, '--remove', 'dsp/identity')
    expect([result.code, ...told(result)]).toEqual([3, ...asking])
    expect(result.items[0]?.unknown).toEqual([
      'identity.not-bound of policy identity for Pod shop/one: no cluster was asked.',
    ])
  })

  test('and that only warns is counted apart, and incomplete where any change counts', async () => {
    const asked = { proposed: identity('Warn') }
    const result = await json(asked)
    expect([result.code, ...told(result)]).toEqual([0])
    expect(result.summary).toMatchObject({ objects: 4, unchanged: 1, uncertain: 3 })
    expect(result.unknown).toEqual([
      'unknown: identity.not-bound of policy identity for Pod shop/one, Pod shop/two, Pod quiet/calm: no cluster was asked.',
    ])
    for (const gate of ['changed', 'allowed']) expect((await json(asked, '--fail-on', gate)).code).toBe(3)
    const { out } = await whatIf(asked)
    expect(out).toContain('4 workloads ask: 1 unchanged, 3 uncertain;')
    expect(out).not.toContain('nothing changes')
  })
})

test('that an exception ends later is no weakening of what it excuses', async () => {
  const until = (days: number): string => `
apiVersion: shared.dapr.io/v1alpha1
kind: DaprSharedException
metadata: {name: one, namespace: shop}
spec:
  reason: moving house
  subjects: {appIds: [order]}
  policies: [{name: strategies, rules: [strategy.not-allowed]}]
  expiresAt: "${new Date(Date.now() + days * 86_400_000).toISOString()}"
`
  const honoured = policy('Deny', { more: 'exceptions: {namespaceSelector: {}}' })
  const result = await json(
    { today: `${honoured}---${until(3)}`, proposed: until(60) },
    '--fail-on',
    'allowed',
  )
  expect(result.items.flatMap(({ findings }) => findings.removed.map(({ rule }) => rule))).toContain(
    'exception.expiring',
  )
  expect([result.code, result.summary.weaker]).toEqual([0, 0])
})

describe('other tools', () => {
  test('get YAML', async () => {
    const { out } = await whatIf({ today: policy('Audit'), proposed: policy('Deny') }, '-o', 'yaml')
    expect(parse(out)).toMatchObject({ kind: 'WhatIfResult', summary: { newlyRefused: 2 } })
  })

  test('get an entry for each object that was looked at, those that fail the run as failures', async () => {
    const { code, out } = await whatIf({ today: policy('Audit'), proposed: policy('Deny') }, '-o', 'tap')
    expect(code).toBe(1)
    expect(out.match(/^not ok .*Pod shop\/(one|two)/gm)).toHaveLength(2)
    expect(out.match(/^ok .*Pod (shop\/typo|quiet\/calm)/gm)).toHaveLength(2)
  })
})
