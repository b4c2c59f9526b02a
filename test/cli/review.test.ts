import { parse } from 'yaml'
import { describe, expect, test } from 'vitest'
import { instance, pod, run } from './run.ts'

const files = { 'state/order.yaml': instance('order'), 'pod.yaml': pod('order'), 'typo.yaml': pod('oder') }
const review = (...args: string[]) => run(['review', ...args], { files })

describe('exit codes', () => {
  test('0 where everything that asks is admitted', async () => {
    expect((await review('-f', 'pod.yaml', '--state', 'state')).code).toBe(0)
  })

  test('1 where something is refused', async () => {
    expect((await review('-f', 'pod.yaml', '-f', 'typo.yaml', '--state', 'state')).code).toBe(1)
  })

  test('1 where a weaker finding reaches --fail-on', async () => {
    expect((await review('-f', 'pod.yaml', '--state', 'state', '--fail-on', 'Audit')).code).toBe(1)
    expect((await review('-f', 'pod.yaml', '--state', 'state', '--fail-on', 'Warn')).code).toBe(0)
  })

  test('4 where nothing asks, unless that is fine', async () => {
    expect((await review('-f', 'state', '--state', 'state')).code).toBe(4)
    expect((await review('-f', 'state', '--state', 'state', '--allow-empty')).code).toBe(0)
  })

  test.each([
    ['an unknown flag', ['-f', 'pod.yaml', '--stat', 'state'], /unknown option '--stat'/],
    ['no -f', ['--state', 'state'], /-f, --filename <PATH>/],
    [
      'a file that is not there',
      ['-f', 'nope.yaml', '--state', 'state'],
      /nope\.yaml: no such file or folder/,
    ],
    ['a state that is not there', ['-f', 'pod.yaml', '--state', 'nope'], /nope: no such file or folder/],
    [
      'an unknown format',
      ['-f', 'pod.yaml', '--state', 'state', '-o', 'xml'],
      /Allowed choices are text, json, yaml, junit, sarif, github, markdown, tap, openreports, patch/,
    ],
    ['nothing that says which instances there are', ['-f', 'pod.yaml'], /give --state PATH, or --cluster/],
    ['--state and --cluster', ['-f', 'pod.yaml', '--state', 'state', '--cluster'], /Keep one of the two/],
    ['a kubeconfig that is not there', ['-f', 'pod.yaml', '--cluster', '--kubeconfig', '/nope'], /\/nope/],
    [
      'an odd namespace',
      ['-f', 'pod.yaml', '--state', 'state', '-n', 'A B'],
      /--namespace: wanted the name of a namespace, got "A B"/,
    ],
    [
      'odd containers',
      ['-f', 'pod.yaml', '--state', 'state', '--skip-containers', 'a,,b'],
      /--skip-containers: wanted/,
    ],
    [
      'an odd cluster domain',
      ['-f', 'pod.yaml', '--state', 'state', '--cluster-domain', 'a b'],
      /--cluster-domain: wanted/,
    ],
    ['standard input named twice', ['-f', '-', '--state', '-'], /standard input \(-\) is named twice/],
  ])('2 and a sentence for %s', async (_what, args, sentence) => {
    const { code, err, out } = await review(...args)
    expect(code).toBe(2)
    expect(err).toMatch(sentence)
    expect(out).toBe('')
  })
})

describe('input', () => {
  test.each([
    ['broken YAML', 'a: [1', /^bad\.yaml:1: not YAML or JSON: /],
    ['an object without apiVersion', 'kind: Pod', /^bad\.yaml:1: a Kubernetes object without apiVersion/],
    ['an object without kind', '---\napiVersion: v1', /^bad\.yaml:2: a Kubernetes object without kind/],
    ['a list', '- 1', /^bad\.yaml:1: wanted a Kubernetes object, got a list/],
    [
      'a pod without containers',
      'apiVersion: v1\nkind: Pod\nmetadata: {name: x}\nspec:\n  containers: []',
      /^bad\.yaml:5: spec\.containers: wanted at least one container/,
    ],
    [
      'a value that is no string',
      'apiVersion: v1\nkind: Pod\nmetadata: {name: x}\nspec:\n  containers:\n  - name: a\n    env:\n    - name: A\n      value: 1',
      /^bad\.yaml:9: spec\.containers\[0\]\.env\[0\]\.value: wanted a string \(quote it\)/,
    ],
    [
      'an annotation that is no string',
      'apiVersion: v1\nkind: Pod\nmetadata:\n  annotations:\n    dapr.io/shared: true\nspec: {containers: [{name: a}]}',
      /^bad\.yaml:5: metadata\.annotations\["dapr\.io\/shared"\]: wanted a string/,
    ],
  ])('%s is told with file and line', async (_what, text, message) => {
    const { code, err } = await run(['review', '-f', 'bad.yaml', '--state', 'state'], {
      files: { ...files, 'bad.yaml': text },
    })
    expect(err).toMatch(message)
    expect(code).toBe(2)
  })

  test.each([
    ['k8s/kustomization.yaml', 'resources: [pod.yaml]', 'apiVersion', 'kubectl kustomize k8s |'],
    ['chart/Chart.yaml', 'apiVersion: v2\nname: shop', 'kind', 'helm template chart |'],
    ['values-prod.yaml', 'replicas: 3', 'apiVersion', 'helm template . |'],
  ])('%s is told to be rendered', async (file, text, field, command) => {
    const { code, err } = await run(['review', '-f', file, '--state', 'state'], {
      files: { ...files, [file]: text },
    })
    expect(err).toMatch(`${file}:1: a Kubernetes object without ${field}. It is for `)
    expect(err).toContain(command)
    expect(code).toBe(2)
  })

  test.each([
    [
      'a line',
      'apiVersion: v1\nkind: Pod\nmetadata: [x\nspec: {}\n',
      /^bad\.yaml:4: .*\n {2}spec: \{\}\n {2}\^\n$/,
    ],
    [
      'of a long line what is around the place',
      `apiVersion: v1\nkind: Pod\nmetadata: {name: ${'x'.repeat(5000)}, "a" "b"}\n`,
      /^bad\.yaml:3: [^\n]*\n {2}x+, "a" "b"\}\n +\^\n$/,
    ],
  ])('broken YAML is shown with a caret: %s', async (_what, text, message) => {
    const { code, err } = await run(['review', '-f', 'bad.yaml', '--state', 'state'], {
      files: { ...files, 'bad.yaml': text },
    })
    expect(err).toMatch(message)
    expect(code).toBe(2)
  })

  test('a glob that the shell left alone names files', async () => {
    const apps = {
      'k8s/a/one.yaml': pod('order', { name: 'one' }),
      'k8s/b/two.yaml': pod('order', { name: 'two' }),
    }
    const { out, code } = await run(['review', '-f', 'k8s/**/*.yaml', '--state', 'state'], {
      files: { ...files, ...apps },
    })
    expect(out).toMatch(
      /^k8s\/a\/one\.yaml:2 {2}Pod shop\/one[^]*^k8s\/b\/two\.yaml:2 {2}Pod shop\/two[^]*2 objects/m,
    )
    expect(code).toBe(0)
  })

  test.each([
    ['an empty path', '', /^wanted the path of a file or a folder, got an empty one\. /],
    [
      'a folder without manifests',
      'notes',
      /^notes: no manifest in this folder \(\.yaml, \.yml or \.json\)\.\n$/,
    ],
  ])('%s is an error, beside others as well', async (_what, path, sentence) => {
    const some = { files: { ...files, 'notes/read.me': 'x' } }
    for (const args of [
      ['-f', 'pod.yaml', '-f', path, '--state', 'state'],
      ['-f', 'pod.yaml', '--state', 'state', '--state', path],
    ]) {
      const { out, err, code } = await run(['review', ...args], some)
      expect(err).toMatch(sentence)
      expect({ code, out }).toEqual({ code: 2, out: '' })
    }
  })

  test.each([
    ['UTF-16', Buffer.from(`\uFEFF${pod('order')}`, 'utf16le'), 'bad.yaml:1: wanted UTF-8, got UTF-16. '],
    ['UTF-16 without a mark', Buffer.from('kind: Pod', 'utf16le'), 'bad.yaml:1: wanted UTF-8, got UTF-16. '],
    [
      'what is no UTF-8',
      Buffer.from('a: 1\nb: \u00e4\n', 'latin1'),
      'bad.yaml:2: wanted UTF-8, got bytes that are none. ',
    ],
  ])('%s is refused', async (_what, bytes, sentence) => {
    const { err, code } = await run(['review', '-f', 'bad.yaml', '--state', 'state'], {
      files: { ...files, 'bad.yaml': bytes },
    })
    expect(err).toContain(sentence)
    expect(code).toBe(2)
  })

  test('a glob that fits no file is an error', async () => {
    const { err, code } = await review('-f', 'k8s/*.yaml', '--state', 'state')
    expect(err).toMatch(/^k8s\/\*\.yaml: no file fits this pattern \(looked in /)
    expect(code).toBe(2)
  })

  test('a file whose name looks like a glob is that file', async () => {
    const odd = { ...files, 'a[1].yaml': pod('order', { name: 'odd' }), 'a1.yaml': pod('order') }
    const { out } = await run(['review', '-f', 'a[1].yaml', '--state', 'state'], { files: odd })
    expect(out).toContain('a[1].yaml:2  Pod shop/odd: injected')
  })

  test('a policy of a misspelt kind is bad input, not passed over', async () => {
    const policy = 'apiVersion: shared.dapr.io/v1alpha1\nkind: DaprSharedPolicys\nmetadata: {name: prod}\n'
    const { code, err } = await run(['review', '-f', 'pod.yaml', '--state', 'state'], {
      files: { ...files, 'state/policy.yaml': policy },
    })
    expect(err).toContain('state/policy.yaml:2: DaprSharedPolicys prod: kind: wanted DaprSharedPolicy, ')
    expect(code).toBe(2)
  })

  test('one object twice in the state is told with both places', async () => {
    const twice = { ...files, 'state/again.yaml': instance('order') }
    const { code, err } = await run(['review', '-f', 'pod.yaml', '--state', 'state'], { files: twice })
    expect(err).toBe(
      'state/order.yaml:2: DaemonSet shop/order stands at state/again.yaml:2 too. Keep one of the two.\n',
    )
    expect(code).toBe(2)
  })

  test('a file that is both reviewed and state is read once', async () => {
    const both = { 'all.yaml': `${instance('order')}---${pod('order')}` }
    const { code } = await run(['review', '-f', 'all.yaml', '--state', '.'], { files: both })
    expect(code).toBe(0)
  })

  test('a chart may bring instance and pod together, unless --state-only', async () => {
    const both = { 'all.yaml': `${instance('order')}---${pod('order')}`, 'other.yaml': instance('other') }
    expect((await run(['review', '-f', 'all.yaml'], { files: both })).code).toBe(0)
    const alone = await run(['review', '-f', 'all.yaml', '--state', 'other.yaml', '--state-only'], {
      files: both,
    })
    expect(alone.out).toContain('[instance.missing]')
  })

  test('what is about to be applied replaces what the state has of the same name', async () => {
    const moved = instance('order').replace('port: 3500', 'port: 80, targetPort: 3500')
    const { out, code } = await run(['review', '-f', 'new.yaml', '--state', 'state', '-o', 'json'], {
      files: { ...files, 'new.yaml': `${moved}---${pod('order')}` },
    })
    expect(out).toContain('http://order-dapr.shop.svc.cluster.local:80')
    expect(code).toBe(0)
  })

  test('standard input is a file', async () => {
    const { out, code } = await run(['review', '-f', '-', '--state', 'state'], { files, stdin: pod('order') })
    expect(out).toContain('<stdin>:2  Pod shop/app: injected')
    expect(code).toBe(0)
  })

  test('-n is the namespace of what names none', async () => {
    const nameless = { ...files, 'pod.yaml': pod('order').replace('namespace: shop, ', '') }
    expect(
      (await run(['review', '-f', 'pod.yaml', '--state', 'state', '-n', 'shop'], { files: nameless })).code,
    ).toBe(0)
    expect((await run(['review', '-f', 'pod.yaml', '--state', 'state'], { files: nameless })).out).toContain(
      'in namespace "default"',
    )
  })

  test('kinds that make no pods are skipped and counted; --strict refuses them', async () => {
    const mixed = {
      ...files,
      'more.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n---\n---\n',
    }
    const args = ['review', '-f', 'pod.yaml', '-f', 'more.yaml', '--state', 'state']
    const lax = await run(args, { files: mixed })
    expect(lax.err).toBe('skipped: ConfigMap (1), empty documents (2)\n')
    expect(lax.code).toBe(0)
    const old = pod('order').replace('v1\nkind: Pod', 'extensions/v1beta1\nkind: Deployment')
    const other = await run(args, {
      files: { ...mixed, 'more.yaml': `${old}---\napiVersion: v1\nkind: List\nitems: null\n` },
    })
    expect(other.err).toBe('skipped: extensions/v1beta1 Deployment (1)\n')
    const strict = await run([...args, '--strict'], { files: mixed })
    expect(strict.err).toMatch(/^more\.yaml:1: v1 ConfigMap is no kind that this command knows/)
    expect(strict.code).toBe(2)
  })
})

describe('what a workload of a file says made it', () => {
  const job = `
apiVersion: batch/v1
kind: Job
metadata:
  name: nightly-1
  namespace: shop
  ownerReferences: [{apiVersion: batch/v1, kind: CronJob, name: nightly, uid: c1, controller: true}]
spec:
  template:
    metadata: {annotations: {dapr.io/shared: order}}
    spec: {containers: [{name: app, image: app}]}
`
  const policy = (failurePolicy: string): string => `
apiVersion: shared.dapr.io/v1alpha1
kind: DaprSharedPolicy
metadata: {name: kinds}
spec: {failurePolicy: ${failurePolicy}, rules: {workloads: {allowedKinds: [CronJob]}}}
`
  const cronJob = '---\napiVersion: batch/v1\nkind: CronJob\nmetadata: {name: nightly, namespace: shop}\n'
  const judged = (failurePolicy: string, more = '') =>
    run(['review', '-f', 'job.yaml', '--state', 'state'], {
      files: { ...files, 'job.yaml': job, 'state/more.yaml': `${policy(failurePolicy)}${more}` },
    })

  test('counts where the state has it', async () => {
    const { code, out } = await judged('Fail', cronJob)
    expect(out).toContain('Job shop/nightly-1: injected')
    expect(code).toBe(0)
  })

  test('is unknown where it has not: a policy that insists on its facts refuses', async () => {
    const { code, out } = await judged('Fail')
    expect(out).toContain('[workload.kind-not-allowed]')
    expect(out).toContain('CronJob "nightly" is not in the state')
    expect(code).toBe(1)
  })

  test('and told where the policy does not insist', async () => {
    const { code, err } = await judged('Ignore')
    expect(err).toBe(
      'unknown: workload.kind-not-allowed of policy kinds for Job shop/nightly-1: CronJob "nightly" is not in the state.\n',
    )
    expect(code).toBe(3)
  })
})

describe('output', () => {
  test('json is one ReviewResult and nothing else', async () => {
    const { out, err } = await review('-f', 'pod.yaml', '-f', 'typo.yaml', '--state', 'state', '-o', 'json')
    expect(JSON.parse(out)).toMatchObject({
      apiVersion: 'shared.dapr.io/v1alpha1',
      kind: 'ReviewResult',
      summary: { allowed: 1, denied: 1, warned: 0, skipped: 0 },
    })
    expect(err).toBe('')
  })

  test('yaml is the same result', async () => {
    const json = await review('-f', 'pod.yaml', '--state', 'state', '-o', 'json')
    const yaml = await review('-f', 'pod.yaml', '--state', 'state', '-o', 'yaml')
    expect(parse(yaml.out)).toEqual(JSON.parse(json.out))
  })

  test('patch is one JSON array a line, empty where nothing changes', async () => {
    const { out } = await review('-f', 'pod.yaml', '-f', 'typo.yaml', '--state', 'state', '-o', 'patch')
    const lines = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown[])
    expect(lines.map((line) => line.length > 0)).toEqual([true, false])
  })

  test('what is only recorded is named, and told with --verbose', async () => {
    const short = await review('-f', 'pod.yaml', '--state', 'state')
    expect(short.out).toMatch(/recorded only .*: locality\.not-local, security\.api-token/)
    const long = await review('-f', 'pod.yaml', '--state', 'state', '--verbose')
    expect(long.out).toContain('Audit [security.api-token]')
  })

  test('a pod that a policy admits without its instance is not called injected', async () => {
    const policy =
      'apiVersion: shared.dapr.io/v1alpha1\nkind: DaprSharedPolicy\nmetadata: {name: lax}\nspec: {overrides: [{rule: instance.missing, action: Warn}]}\n'
    const { out, code } = await run(['review', '-f', 'typo.yaml', '--state', 'state'], {
      files: { ...files, 'state/policy.yaml': policy },
    })
    expect(out).toContain('Pod shop/app: admitted without injection\n  Warn [instance.missing] (lax)')
    expect(code).toBe(0)
  })

  test('an opt-in where nobody serves is said', async () => {
    const system = { ...files, 'pod.yaml': pod('order', { namespace: 'kube-system' }) }
    const { out, code } = await run(['review', '-f', 'pod.yaml', '--state', 'state'], { files: system })
    expect(out).toContain('note: namespace "kube-system" is not served')
    expect(code).toBe(4)
  })
})

describe('help', () => {
  test.each(['serve', 'review', 'instances', 'lint', 'manifests', 'certs'])(
    '%s --help has examples',
    async (command) => {
      const { out, code } = await run([command, '--help'])
      expect(out).toMatch(/Examples:\n {2}dapr-shared /)
      expect(code).toBe(0)
    },
  )

  test('an unknown command is refused', async () => {
    const { err, code } = await run(['frobnicate'])
    expect(err).toContain("unknown command 'frobnicate'")
    expect(code).toBe(2)
  })
})

describe('a suite of tests', () => {
  const suite = 'apiVersion: test.shared.dapr.io/v1alpha1\nkind: Suite\nmetadata: {name: a}\ntests: []\n'
  const beside = {
    'app.yaml': pod('orders'),
    'cluster/orders.yaml': instance('orders'),
    'cluster/a.yaml': suite,
    'policy.yaml':
      'apiVersion: shared.dapr.io/v1alpha1\nkind: DaprSharedPolicy\nmetadata: {name: a}\nspec: {rules: {strategies: {allowed: [DaemonSet]}}}\n',
  }

  test.each([
    [['review', '-f', 'app.yaml', '--state', 'cluster/a.yaml']],
    [['review', '-f', 'cluster/a.yaml', '--state', 'cluster/orders.yaml']],
    [['explain', 'app.yaml', '--state', './cluster/a.yaml']],
    [['what-if', '-f', 'app.yaml', '--state', 'cluster/a.yaml', '-p', 'policy.yaml']],
  ])('%j is refused: its state is for test alone', async (args) => {
    const { code, out, err } = await run(args, { files: beside })
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toMatch(/cluster\/a.yaml:1: a suite of tests, whose state only "dapr-shared test" reads\./)
    expect(err).not.toContain('skipped')
  })

  test('in a folder of manifests is passed over, and counted', async () => {
    const { code, err } = await run(['review', '-f', 'app.yaml', '--state', 'cluster'], { files: beside })
    expect(code).toBe(0)
    expect(err).toContain('skipped: test.shared.dapr.io/v1alpha1 Suite (1)')
  })
})
