import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { BenchResult } from '../../src/bench-decisions/bench-result.ts'
import { instance, pod, run } from './run.ts'

const POLICY = `
apiVersion: shared.dapr.io/v1alpha1
kind: DaprSharedPolicy
metadata: {name: daemonsets}
spec: {rules: {strategies: {allowed: [DaemonSet]}}}
`
const FILES = {
  'pods.yaml': `${pod('order')}---${pod('absent', { name: 'bad' })}`,
  'state.yaml': `${instance('order')}---${POLICY}`,
}
const QUICK = ['-f', 'pods.yaml', '--state', 'state.yaml', '--seconds', '0.02']

const saved = (ratio: number): string =>
  JSON.stringify({
    kind: 'BenchResult',
    objects: 2,
    classes: ['injected', 'refused'].map((name) => ({ class: name, ratio: { p50: ratio } })),
  })

test('objects are grouped by their answer; the result can be saved', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'dapr-shared-bench-'))
  const path = join(folder, 'new', 'bench.json')
  try {
    const { code, out } = await run(['bench', ...QUICK, '--save', path, '-o', 'json'], { files: FILES })
    expect(code).toBe(0)
    const result = JSON.parse(out) as BenchResult
    expect(result.classes.map((one) => [one.class, one.objects])).toEqual([
      ['injected', 1],
      ['refused', 1],
    ])
    expect(result.policies).toBe(1)
    expect(JSON.parse(await readFile(path, 'utf8'))).toEqual(result)
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('more cost than a saved result is exit code 1, and names the policies', async () => {
  const files = { ...FILES, 'base.json': saved(0.000_01) }
  const { code, out } = await run(['bench', ...QUICK, '--compare', 'base.json'], { files })
  expect(code).toBe(1)
  expect(out).toMatch(/^slower: "injected" costs /m)
  expect(out).toMatch(/^ +-?\d+\.\d% {2}daemonsets$/m)
})

test.for([
  [
    'of other answers',
    { kind: 'BenchResult', objects: 1, classes: [{ class: 'does not ask', ratio: { p50: 1 } }] },
  ],
  ['of no answers', { kind: 'BenchResult', objects: 0, classes: [] }],
] as const)('a saved result %s compares nothing: exit code 4, and nothing passes', async ([, base]) => {
  const files = { ...FILES, 'base.json': JSON.stringify(base) }
  const { code, out, err } = await run(['bench', ...QUICK, '--compare', 'base.json', '-o', 'tap'], { files })
  expect(code).toBe(4)
  expect(out).not.toMatch(/^ok \d+ (?!.*# SKIP)/m)
  expect(err).toContain('nothing to compare "injected" with')
  const fine = await run(['bench', ...QUICK, '--compare', 'base.json', '--allow-empty'], { files })
  expect(fine.code).toBe(0)
})

test('a result that fails is not saved, as the next run would be compared with it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'dapr-shared-bench-'))
  const path = join(folder, 'bench.json')
  try {
    await writeFile(path, saved(0.000_01))
    const { code, err } = await run(['bench', ...QUICK, '--compare', path, '--save', path], { files: FILES })
    expect(code).toBe(1)
    expect(err).toContain(`--save ${path}: not written, as the comparison failed.`)
    expect(await readFile(path, 'utf8')).toBe(saved(0.000_01))
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('what is not measured is told, and what nobody knows is exit code 3', async () => {
  const remove = JSON.stringify({
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: 'u',
      kind: { group: '', version: 'v1', kind: 'Pod' },
      resource: { group: '', version: 'v1', resource: 'pods' },
      operation: 'DELETE',
      namespace: 'shop',
      name: 'app',
      userInfo: { username: 'ann' },
      object: null,
      oldObject: {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'app', namespace: 'shop' },
        spec: { containers: [{ name: 'app', image: 'app' }] },
      },
    },
  })
  const bound = `
apiVersion: shared.dapr.io/v1alpha1
kind: DaprSharedPolicy
metadata: {name: bound}
spec: {failurePolicy: Ignore, rules: {identity: {unlisted: RBAC}}}
`
  const files = {
    ...FILES,
    'pods.yaml': `${FILES['pods.yaml']}---\n${remove}`,
    'state.yaml': `${FILES['state.yaml']}---${bound}`,
  }
  const { code, err } = await run(['bench', ...QUICK], { files })
  expect(err).toContain('not measured: 1 recorded review of something else than a new pod.')
  expect(err).toContain('unknown: identity.not-bound of policy bound for Pod shop/app: ')
  expect(code).toBe(3)
})

test('less cost is fine', async () => {
  const files = { ...FILES, 'base.json': saved(1000) }
  const { code, out } = await run(['bench', ...QUICK, '--compare', 'base.json'], { files })
  expect(code).toBe(0)
  expect(out).not.toContain('slower')
})

test('the report says it too, for continuous integration', async () => {
  const files = { ...FILES, 'base.json': saved(0.000_01) }
  const { code, out } = await run(['bench', ...QUICK, '--compare', 'base.json', '-o', 'tap'], { files })
  expect(code).toBe(1)
  expect(out).toMatch(/^not ok 1 - /m)
})

test.for([
  [['--compare', 'none.json'], '--compare none.json: cannot be read'],
  [['--compare', 'pods.yaml'], 'pods.yaml: no result of bench. Make one with --save bench.json'],
  [['--seconds', '0'], 'Wanted a number above 0.'],
  [['--max-ratio', 'much'], 'Wanted a number above 0.'],
  [['--save', 'pods.yaml/x.json'], '--save pods.yaml/x.json: cannot be written'],
] as const)('bad usage is exit code 2: %j', async ([args, message]) => {
  const { code, out, err } = await run(['bench', ...QUICK, ...args], { files: FILES })
  expect(code).toBe(2)
  expect(out).toBe('')
  expect(err).toContain(message)
})

test('nothing to measure is exit code 4', async () => {
  const files = {
    'none.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n',
    'state.yaml': instance('order'),
  }
  const { code, err } = await run(['bench', '-f', 'none.yaml', '--state', 'state.yaml'], { files })
  expect(code).toBe(4)
  expect(err).toContain('nothing to measure')
})
