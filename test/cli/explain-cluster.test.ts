import type { RequestListener } from 'node:http'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
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
  expect(out).toMatch(/^deployment\/web:1 {2}Deployment shop\/web: injected\n/)
  expect(out).toContain('* shop/order (DaemonSet/order)')
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
