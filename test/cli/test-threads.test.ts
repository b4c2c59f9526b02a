import { expect, test, vi } from 'vitest'
import { testInThreads } from '../../src/cli/suites/test-threads.ts'
import { makeSettings } from '../../src/core/settings.ts'
import { PATIENT } from '../admission/patience.ts'
import { suiteOf, testOf } from '../suite/suite-text.ts'
import { run } from './run.ts'

vi.setConfig(PATIENT)

const POLICY = `{apiVersion: shared.dapr.io/v1alpha1, kind: DaprSharedPolicy, metadata: {name: p}, spec: {rules: {strategies: {allowed: [Deployment]}}}}`
const EXCEPTION = `{apiVersion: shared.dapr.io/v1alpha1, kind: DaprSharedException, metadata: {name: e, namespace: shop}, spec: {policies: [{name: p, rules: [strategy.not-allowed]}], subjects: {appIds: [orders]}, reason: a good reason for it, expiresAt: "2099-01-31T00:00:00Z"}}`

const suites = {
  ...Object.fromEntries(
    Array.from({ length: 7 }, (_, index) => [
      `${index}.dapr-shared-test.yaml`,
      suiteOf(
        testOf(`{allowed: ${index === 3}, findings: [{rule: strategy.not-allowed}]}`, {
          state: `{add: [policy.yaml, ${index === 5 ? EXCEPTION : 'pod.yaml'}]}`,
        }),
        { name: `s${index}` },
      ),
    ]),
  ),
  '7.dapr-shared-test.yaml': 'a: {',
  '8.dapr-shared-test.yaml': suiteOf(testOf('{allowed: true, patch: none.json}'), { name: 's8' }),
  'policy.yaml': POLICY,
  'pod.yaml': '{apiVersion: v1, kind: Pod, metadata: {name: x, namespace: shop}, spec: {containers: []}}',
}

const steady = (text: string): string => text.replaceAll(/"milliseconds": [\d.]+/g, '')

test.each([[['--coverage']], [['--run', '^s[24]']], [['--coverage-threshold', 'policies=100']]])(
  'several threads tell what one tells, in the same order: %j',
  async (args) => {
    const tell = async (threads: string) => {
      const ran = await run(['test', '-o', 'json', '--parallel', threads, ...args], { files: suites })
      return { ...ran, out: steady(ran.out) }
    }
    const one = await tell('1')
    expect(one.out).toContain('"suite": "s4"')
    expect(await tell('3')).toEqual(one)
  },
)

test('--fail-fast stops the others', async () => {
  const many = Array.from({ length: 300 }, (_, index) =>
    testOf('{allowed: true}').replace('name: a', `name: a${index}`),
  )
  const files = {
    'a.dapr-shared-test.yaml': suiteOf(testOf('{allowed: false}')),
    ...Object.fromEntries(
      ['b', 'c', 'd'].map((name) => [`${name}.dapr-shared-test.yaml`, suiteOf(many.join('\n'))]),
    ),
  }
  const { out, code } = await run(['test', '--parallel', '2', '--fail-fast'], { files })
  expect(code).toBe(1)
  // those that another thread is at may have run, those after them not
  expect(out).toMatch(/skip {2}d\.dapr/)
})

test('-u writes a snapshot that suites share once, and tells of the second that wants another', async () => {
  const wants = (name: string, appId: string): string =>
    suiteOf(
      testOf('{allowed: true, patch: one.json}')
        .replace('name: a', `name: ${name}`)
        .replaceAll('orders', appId),
    ).replaceAll('appId: orders', `appId: ${appId}`)
  const files = {
    'a.dapr-shared-test.yaml': wants('a', 'orders'),
    'b.dapr-shared-test.yaml': wants('b', 'stock'),
  }
  const { out, err } = await run(['test', '-u', '--parallel', '2'], { files })
  expect(err).toContain('written: one.json')
  expect(out).toContain('the test "a" has another patch for the same snapshot')
})

test('a thread that fails is told, with the suite that it was at', async () => {
  const job = {
    cwd: '/',
    settings: makeSettings([], 'dapr-shared-system'),
    clusterDomain: 'no/domain',
    pattern: undefined,
    update: false,
    failFast: true,
    covers: false,
    now: 0,
    // nothing can be looked up in it
    stopped: new Int32Array(new SharedArrayBuffer(0)),
  }
  const suite = new URL('../../deploy/examples/scenarios/01-readiness.dapr-shared-test.yaml', import.meta.url)
  const found = [{ shown: 'first.yaml', absolute: suite.pathname }]
  await expect(testInThreads(found, { job, threads: 1, onTests: () => undefined })).rejects.toThrow(
    /^first\.yaml: a thread that runs suites failed: RangeError[^]*--parallel 1/,
  )
})
