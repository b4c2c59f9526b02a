import type { RequestListener } from 'node:http'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Explanation } from '../../src/explain/explanation.ts'
import { parseManifests } from '../../src/state/parse-manifests.ts'
import { CountingServer } from '../kube/counting-server.ts'
import { kubeConfigFor } from '../kube/write-kube-config.ts'
import { instance, run, type Ran } from './run.ts'

const [daemonSet, service] = parseManifests(instance('order'), 'cluster.yaml').manifests.map(
  ({ object }) => object,
)

/** A live object, as a GET gives it: without the kind that lists leave out of their items. */
const DEPLOYMENT = {
  metadata: { name: 'web', namespace: 'shop' },
  spec: {
    template: {
      metadata: { annotations: { 'dapr.io/shared': 'order' } },
      spec: { containers: [{ name: 'app', image: 'app' }] },
    },
  },
}

/** What the cluster answers by path; a number is a status. */
let answers: Record<string, unknown>
let cluster: CountingServer

const answer: RequestListener = (request, response) => {
  const { pathname } = new URL(request.url ?? '', 'http://cluster')
  const found = answers[pathname] ?? { kind: 'List', metadata: { resourceVersion: '1' }, items: [] }
  response.setHeader('content-type', 'application/json')
  if (typeof found === 'number') response.statusCode = found
  const status = { kind: 'Status', message: 'no answer today', code: found }
  response.end(JSON.stringify(typeof found === 'number' ? status : found))
}

const listOf = (...items: unknown[]): object => ({ kind: 'List', metadata: { resourceVersion: '1' }, items })

beforeAll(async () => {
  cluster = await CountingServer.http(answer)
})
afterAll(() => cluster[Symbol.asyncDispose]())
beforeEach(() => {
  answers = {
    '/apis/apps/v1/namespaces/shop/deployments/web': DEPLOYMENT,
    '/apis/apps/v1/namespaces/shop/daemonsets': listOf(daemonSet),
    '/api/v1/namespaces/shop/services': listOf(service),
  }
})

const explain = async (...args: string[]): Promise<Ran> =>
  run(['explain', ...args, '--cluster', '--kubeconfig', 'config'], {
    files: { config: JSON.stringify(kubeConfigFor(cluster.url)) },
  })

test('a live workload is fetched by its short kind, and explained with what the cluster has', async () => {
  const { code, out, err } = await explain('deploy/web', '-n', 'shop')
  expect(err).toBe('')
  expect(code).toBe(0)
  expect(out.split('\n')[0]).toBe(`${cluster.url}  Deployment shop/web: injected`)
  expect(out).toContain('* shop/order (DaemonSet/order)')
})

test('for other tools a live object stands in no file and in no line', async () => {
  answers['/apis/apps/v1/namespaces/shop/daemonsets'] = listOf()
  const { code, out } = await explain('deploy/web', '-n', 'shop', '-o', 'json')
  expect(code).toBe(1)
  const [item] = (JSON.parse(out) as Explanation).items
  const nowhere = { file: cluster.url, document: 1, line: 0 }
  expect([item?.source, item?.findings[0]?.source]).toEqual([nowhere, nowhere])
})

const POD = {
  metadata: { name: 'web-7d9f8-abcde', namespace: 'shop', annotations: { 'dapr.io/shared': 'order' } },
  spec: { containers: [{ name: 'app', image: 'app' }] },
}

test('a pod needs only its name, and is judged as at its admission', async () => {
  answers['/api/v1/namespaces/shop/pods/web-7d9f8-abcde'] = POD
  answers['/apis/shared.dapr.io/v1alpha1/daprsharedpolicies'] = listOf({
    apiVersion: 'shared.dapr.io/v1alpha1',
    kind: 'DaprSharedPolicy',
    metadata: { name: 'external' },
    spec: {
      scopedActions: [{ points: ['CLI'], actions: ['Audit'] }],
      rules: { strategies: { allowed: ['External'] } },
    },
  })
  const { code, out, err } = await explain('web-7d9f8-abcde', '-n', 'shop')
  expect(err).toBe('')
  expect(code).toBe(1)
  expect(out).toContain('Pod shop/web-7d9f8-abcde: refused')
  expect(out).toContain('at point Pod what its rules find is Deny')
})

test('a misspelt report does not cost a question to the cluster', async () => {
  const asked = cluster.accepted
  const { code, err } = await explain('deploy/web', '-n', 'shop', '--report', 'bogus=x')
  expect([code, cluster.accepted - asked]).toEqual([2, 0])
  expect(err).toContain('--report: wanted FORMAT=PATH')
})

test('the cluster is asked as long as there are questions: the labels of the namespace decide who governs', async () => {
  answers['/apis/shared.dapr.io/v1alpha1/daprsharedpolicies'] = listOf({
    apiVersion: 'shared.dapr.io/v1alpha1',
    kind: 'DaprSharedPolicy',
    metadata: { name: 'prod' },
    spec: {
      match: { namespaceSelector: { matchLabels: { env: 'prod' } } },
      rules: { strategies: { allowed: ['External'] } },
    },
  })
  answers['/api/v1/namespaces'] = listOf({ metadata: { name: 'shop', labels: { env: 'prod' } } })
  const { code, out, err } = await explain('deploy/web', '-n', 'shop')
  expect(err).toBe('')
  expect(code).toBe(1)
  expect(out).toContain('* prod: its match fits: namespaceSelector.')
})

test('one that is not there is bad usage, and names server and namespace', async () => {
  answers['/apis/apps/v1/namespaces/shop/deployments/web'] = 404
  const { code, out, err } = await explain('deployment/web', '-n', 'shop')
  expect(code).toBe(2)
  expect(out).toBe('')
  expect(err).toBe(`Deployment shop/web: not found on ${cluster.url}. Name its namespace with -n.\n`)
})

test('a cluster that does not tell leaves the answer incomplete', async () => {
  answers['/apis/apps/v1/namespaces/shop/deployments/web'] = 403
  const { code, err } = await explain('deployment/web', '-n', 'shop')
  expect(code).toBe(3)
  expect(err).toContain('Deployment shop/web is unknown: ')
})

test('a name that is no name does not reach the API', async () => {
  const { code, err } = await explain('deployment/..%2f', '-n', 'shop')
  expect(code).toBe(2)
  expect(err).toContain('no name that Kubernetes allows')
})
