import type { RequestListener } from 'node:http'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { parseManifests } from '../../src/state/parse-manifests.ts'
import { CountingServer } from '../kube/counting-server.ts'
import { kubeConfigFor } from '../kube/write-kube-config.ts'
import { instance, pod, run, type Ran } from './run.ts'

const objectsOf = (yaml: string): unknown[] =>
  parseManifests(yaml, 'cluster.yaml').manifests.map(({ object }) => object)
const [daemonSet, service] = objectsOf(instance('order'))

/** Lists of the cluster by path; another text is an answer of its status. */
let answers: Record<string, readonly unknown[] | number>
let cluster: CountingServer

const answer: RequestListener = (request, response) => {
  const url = new URL(request.url ?? '', 'http://cluster')
  const name = url.searchParams.get('fieldSelector')?.replace('metadata.name=', '')
  const found = answers[name === undefined ? url.pathname : `${url.pathname}/${name}`] ?? []
  response.setHeader('content-type', 'application/json')
  if (typeof found === 'number') {
    response.statusCode = found
    response.end(JSON.stringify({ kind: 'Status', message: 'no answer today' }))
  } else response.end(JSON.stringify({ kind: 'List', metadata: { resourceVersion: '1' }, items: found }))
}

beforeAll(async () => {
  cluster = await CountingServer.http(answer)
})
afterAll(() => cluster[Symbol.asyncDispose]())
beforeEach(() => {
  answers = {
    '/apis/apps/v1/namespaces/shop/daemonsets': [daemonSet],
    '/api/v1/namespaces/shop/services': [service],
    '/apis/shared.dapr.io/v1alpha1/daprsharedpolicies': objectsOf(POLICY),
    '/api/v1/namespaces/shop': [namespaceOf('shop')],
  }
})

/** Nobody may do anything in namespaces of env: prod. */
const POLICY = `
apiVersion: shared.dapr.io/v1alpha1
kind: DaprSharedPolicy
metadata: {name: prod}
spec: {match: {namespaceSelector: {matchLabels: {env: prod}}}, rules: {strategies: {allowed: [External]}}}
`
const namespaceOf = (name: string, labels: Record<string, string> = {}): object => ({
  metadata: { name, labels },
})
const written = (name: string, labels: string): string =>
  `\napiVersion: v1\nkind: Namespace\nmetadata: {name: ${name}, labels: {${labels}}}\n`

const review = async (yaml: string, ...args: string[]): Promise<Ran> =>
  run(['review', '-f', 'f.yaml', '--cluster', '--kubeconfig', 'config', ...args], {
    files: { 'f.yaml': yaml, config: JSON.stringify(kubeConfigFor(cluster.url)) },
  })

describe('a fact that a cluster does not tell', () => {
  const elsewhere = pod('order', { name: 'other', namespace: 'void' })

  test('about one object does not hide what is wrong with another', async () => {
    const { code, out, err } = await review(`${pod('oder')}---${elsewhere}`)
    expect(out).toContain('[instance.missing]')
    expect(err).toBe('unknown: whether Pod void/other (f.yaml:7) is admitted: there is no namespace void.\n')
    expect(code).toBe(1)
  })

  test.each([
    ['before', `${elsewhere}---${pod('order')}`],
    ['after', `${pod('order')}---${elsewhere}`],
  ])('makes the answer incomplete where all others are admitted, %s it', async (_, yaml) => {
    const { code, out, err } = await review(yaml, '-o', 'json')
    const { items, summary } = JSON.parse(out) as { items: { object: object }[]; summary: object }
    expect(items.map(({ object }) => object)).toEqual([
      { apiVersion: 'v1', kind: 'Pod', namespace: 'shop', name: 'app' },
    ])
    expect(summary).toMatchObject({ allowed: 1, denied: 0 })
    expect(err).toMatch(/^unknown: whether Pod void\/other /)
    expect(code).toBe(3)
  })

  test('does not make less of bad input', async () => {
    const { code, err } = await review(`${elsewhere}---${pod('order').replace('name: app, image: app', '')}`)
    expect(err).toContain('f.yaml:')
    expect(code).toBe(2)
  })

  test('is told with what the cluster said', async () => {
    answers['/api/v1/namespaces/shop'] = 403
    const { code, err } = await review(pod('order'))
    expect(err).toMatch(
      /^unknown: whether Pod shop\/app \(f\.yaml:2\) is admitted: the labels of namespace shop: /,
    )
    expect(code).toBe(3)
  })

  test('may be who uses an instance', async () => {
    const capacity = POLICY.replace('strategies: {allowed: [External]}', 'capacity: {maxPods: 1}')
    answers['/apis/shared.dapr.io/v1alpha1/daprsharedpolicies'] = objectsOf(capacity)
    answers['/api/v1/namespaces/shop'] = [namespaceOf('shop', { env: 'prod' })]
    answers['/api/v1/pods'] = 403
    const { code, out, err } = await review(`${pod('order')}---${pod('oder', { name: 'typo' })}`)
    expect(err).toMatch(/^unknown: whether Pod shop\/app \(.*\) is admitted: who uses the instances: /)
    expect(out).toContain('[instance.missing]')
    expect(code).toBe(1)
  })
})

describe('a namespace that is about to be applied', () => {
  const refused = (ran: Ran): boolean => ran.out.includes('[strategy.not-allowed]')

  test('and is not there yet has the labels of its file', async () => {
    delete answers['/api/v1/namespaces/shop']
    expect(refused(await review(`${written('shop', 'env: prod')}---${pod('order')}`))).toBe(true)
    const dev = await review(`${written('shop', 'env: dev')}---${pod('order')}`)
    expect([refused(dev), dev.code, dev.err]).toEqual([false, 0, ''])
  })

  test('and is not there yet has the label that the API server gives to each', async () => {
    delete answers['/api/v1/namespaces/shop']
    const byName = POLICY.replace('env: prod', 'kubernetes.io/metadata.name: shop')
    answers['/apis/shared.dapr.io/v1alpha1/daprsharedpolicies'] = objectsOf(byName)
    expect(refused(await review(`${written('shop', '')}---${pod('order')}`))).toBe(true)
  })

  test('has those labels before the ones that the cluster has', async () => {
    answers['/api/v1/namespaces/shop'] = [namespaceOf('shop', { env: 'prod' })]
    expect(refused(await review(pod('order')))).toBe(true)
    expect(refused(await review(`${written('shop', 'env: dev')}---${pod('order')}`))).toBe(false)
  })

  test('keeps those of the cluster that its file does not name', async () => {
    answers['/api/v1/namespaces/shop'] = [namespaceOf('shop', { env: 'prod' })]
    expect(refused(await review(`${written('shop', 'team: a')}---${pod('order')}`))).toBe(true)
  })

  test('does not count with --state-only', async () => {
    const { code } = await review(`${written('shop', 'env: prod')}---${pod('order')}`, '--state-only')
    expect(code).toBe(0)
  })
})
