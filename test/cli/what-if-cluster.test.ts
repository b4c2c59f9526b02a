import type { RequestListener } from 'node:http'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { runProgram } from '../../src/cli/program.ts'
import { parseManifests } from '../../src/state/parse-manifests.ts'
import type { WhatIfResult } from '../../src/what-if/result.ts'
import { CountingServer } from '../kube/counting-server.ts'
import { kubeConfigFor } from '../kube/write-kube-config.ts'
import { instance, run } from './run.ts'

const objectsOf = (yaml: string): Loose[] =>
  parseManifests(yaml, 'cluster.yaml').manifests.map(({ object }) => object as Loose)
type Loose = Record<string, unknown>

/** Of each path: the items of a list, in pages of the asked limit; a status; how far a list comes; or a document. */
let lists: Record<
  string,
  | readonly unknown[]
  | number
  | { readonly items: readonly unknown[]; readonly breaksAfter: number }
  | { readonly document: object }
>
let requests: { readonly method: string; readonly path: string }[]
let cluster: CountingServer

const answer: RequestListener = (request, response) => {
  const url = new URL(request.url ?? '', 'http://cluster')
  requests.push({ method: request.method ?? '', path: url.pathname })
  const found = lists[url.pathname] ?? []
  if (typeof found === 'number') {
    response.statusCode = found
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ kind: 'Status', message: `no answer about ${url.pathname}` }))
    return
  }
  if ('document' in found) {
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify(found.document))
    return
  }
  const [items, pages] = 'items' in found ? [found.items, found.breaksAfter] : [found, Infinity]
  const from = Number(url.searchParams.get('continue') ?? 0)
  const limit = Number(url.searchParams.get('limit') ?? items.length)
  if (from >= limit * pages) {
    request.socket.destroy()
    return
  }
  const next = from + limit < items.length ? String(from + limit) : ''
  response.setHeader('content-type', 'application/json')
  response.end(
    JSON.stringify({
      kind: 'List',
      metadata: { resourceVersion: '1', continue: next },
      items: items.slice(from, from + limit),
    }),
  )
}

/** As a list has it: without kind and apiVersion. */
const workload = (
  name: string,
  { namespace = 'shop', asks = true, ...more }: Loose & { asks?: boolean } = {},
): Loose => ({
  metadata: { name, namespace, ...(more['metadata'] as object | undefined) },
  spec: {
    ...(more['spec'] as object | undefined),
    template: {
      metadata: { annotations: asks ? { 'dapr.io/shared': 'order' } : {} },
      spec: { containers: [{ name: 'app' }] },
    },
  },
  status: {},
})
const barePod = (name: string, metadata: Loose = {}): Loose => ({
  metadata: {
    name,
    namespace: 'shop',
    ...metadata,
    annotations: { 'dapr.io/shared': 'order', ...(metadata['annotations'] as object | undefined) },
  },
  spec: { containers: [{ name: 'app' }] },
})
const ownedBy = (apiVersion: string, kind: string, name: string): Loose => ({
  ownerReferences: [{ apiVersion, kind, name, uid: 'u', controller: true }],
})
const policy = (action: string): string => `
apiVersion: shared.dapr.io/v1alpha1
kind: DaprSharedPolicy
metadata: {name: strategies}
spec:
  match: {namespaceSelector: {matchLabels: {team: a}}}
  validationActions: [${action}]
  rules: {strategies: {allowed: [Deployment]}}
`
const LABELS = '\napiVersion: v1\nkind: Namespace\nmetadata: {name: quiet, labels: {team: a}}\n'
const named = (name: string, labels: Loose = {}): Loose => ({ metadata: { name, labels } })

const KNATIVE = { document: { kind: 'APIResourceList', resources: [{ name: 'services' }] } }

beforeAll(async () => {
  cluster = await CountingServer.http(answer)
})
afterAll(() => cluster[Symbol.asyncDispose]())
beforeEach(() => {
  requests = []
  const own = objectsOf(instance('order'))
  const other = objectsOf(instance('order', 'quiet'))
  lists = {
    '/apis/serving.knative.dev/v1': 404,
    '/apis/apps/v1/daemonsets': [own[0], other[0]],
    '/api/v1/services': [own[1], other[1]],
    '/apis/apps/v1/namespaces/shop/daemonsets': [own[0]],
    '/api/v1/namespaces/shop/services': [own[1]],
    '/apis/shared.dapr.io/v1alpha1/daprsharedpolicies': objectsOf(policy('Audit')),
    '/api/v1/namespaces': [named('shop', { team: 'a' }), named('quiet')],
    '/apis/apps/v1/deployments': [
      workload('web'),
      workload('calm', { namespace: 'quiet' }),
      workload('plain', { asks: false }),
    ],
  }
})

const whatIf = async (
  ...args: string[]
): Promise<WhatIfResult & { code: number; err: string; out: string }> => {
  const { code, err, out } = await run(
    ['what-if', '-p', 'new.yaml', '--cluster', '--kubeconfig', 'config', '-o', 'json', ...args],
    {
      files: {
        'new.yaml': policy('Deny'),
        'labels.yaml': LABELS,
        config: JSON.stringify(kubeConfigFor(cluster.url)),
      },
    },
  )
  return { ...(out === '' ? ({} as WhatIfResult) : (JSON.parse(out) as WhatIfResult)), code, err, out }
}
const told = ({ items }: WhatIfResult): string[] =>
  items.map(({ change, object }) => `${change} ${object.kind} ${object.namespace}/${object.name}`)

describe('the workloads of a cluster', () => {
  test('are those whose pods ask, of all namespaces, and nothing is written', async () => {
    const result = await whatIf()
    expect({ code: result.code, err: result.err }).toEqual({ code: 1, err: '' })
    expect(told(result)).toEqual(['newlyRefused Deployment shop/web'])
    expect(result.summary).toMatchObject({ objects: 2, newlyRefused: 1, unchanged: 1 })
    expect(new Set(requests.map(({ method }) => method))).toEqual(new Set(['GET']))
  })

  test('are of every kind that makes pods', async () => {
    const template = workload('x')['spec'] as { template: unknown }
    Object.assign(lists, {
      '/apis/apps/v1/statefulsets': [workload('db')],
      '/apis/apps/v1/replicasets': [workload('alone')],
      '/api/v1/replicationcontrollers': [workload('old')],
      '/apis/batch/v1/jobs': [workload('migrate')],
      '/apis/batch/v1/cronjobs': [
        { metadata: { name: 'nightly', namespace: 'shop' }, spec: { jobTemplate: { spec: template } } },
      ],
      '/api/v1/pods': [barePod('bare')],
      '/apis/serving.knative.dev/v1': KNATIVE,
      '/apis/serving.knative.dev/v1/services': [workload('kn')],
    })
    expect(told(await whatIf())).toEqual(
      [
        'CronJob shop/nightly',
        'Deployment shop/web',
        'Job shop/migrate',
        'Pod shop/bare',
        'ReplicaSet shop/alone',
        'ReplicationController shop/old',
        'Service shop/kn',
        'StatefulSet shop/db',
      ].map((one) => `newlyRefused ${one}`),
    )
  })

  test('do not count twice by what they make, nor by what a rollout of another kind has left behind', async () => {
    Object.assign(lists, {
      '/apis/apps/v1/replicasets': [
        workload('web-1', { metadata: ownedBy('apps/v1', 'Deployment', 'web') }),
        workload('canary-2', {
          metadata: ownedBy('argoproj.io/v1alpha1', 'Rollout', 'canary'),
          spec: { replicas: 2 },
        }),
        workload('canary-1', {
          metadata: ownedBy('argoproj.io/v1alpha1', 'Rollout', 'canary'),
          spec: { replicas: 0 },
        }),
      ],
      '/apis/batch/v1/cronjobs': [
        {
          metadata: { name: 'nightly', namespace: 'shop' },
          spec: { jobTemplate: { spec: workload('x')['spec'] } },
        },
      ],
      '/apis/batch/v1/jobs': [workload('nightly-1', { metadata: ownedBy('batch/v1', 'CronJob', 'nightly') })],
      '/api/v1/pods': [
        barePod('web-1-a', ownedBy('apps/v1', 'ReplicaSet', 'web-1')),
        barePod('task', ownedBy('tekton.dev/v1', 'TaskRun', 'task')),
      ],
    })
    expect(told(await whatIf())).toEqual([
      'newlyRefused CronJob shop/nightly',
      'newlyRefused Deployment shop/web',
      'newlyRefused Pod shop/task',
      'newlyRefused ReplicaSet shop/canary-2',
    ])
  })

  test('are pods, too, that another webhook made ask: their controller does not stand for them', async () => {
    lists['/apis/apps/v1/replicasets'] = [workload('plain-1', { asks: false })]
    lists['/api/v1/pods'] = [barePod('plain-1-a', ownedBy('apps/v1', 'ReplicaSet', 'plain-1'))]
    expect(told(await whatIf())).toContain('newlyRefused Pod shop/plain-1-a')
  })

  test('are none that is through, or is being deleted: no pod of it is admitted again', async () => {
    const through = (type: string): Loose => ({ status: { conditions: [{ type, status: 'True' }] } })
    lists['/apis/batch/v1/jobs'] = [
      { ...workload('done'), ...through('Complete') },
      { ...workload('failed'), ...through('Failed') },
      { ...workload('runs'), ...through('Suspended') },
    ]
    lists['/api/v1/pods'] = [
      { ...barePod('succeeded'), status: { phase: 'Succeeded' } },
      { ...barePod('crashed'), status: { phase: 'Failed' } },
      { ...barePod('lives'), status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] } },
      barePod('ends', { deletionTimestamp: '2026-01-01T00:00:00Z' }),
    ]
    expect(told(await whatIf())).toEqual([
      'newlyRefused Deployment shop/web',
      'newlyRefused Job shop/runs',
      'newlyRefused Pod shop/lives',
    ])
  })

  test('may be bare pods that were injected: they are asked anew, and claim no label', async () => {
    const labels = { 'shared.dapr.io/app-id': 'order', 'shared.dapr.io/app-namespace': 'shop', app: 'x' }
    const status = JSON.stringify({ instance: 'shop/order', strategy: 'daemonset', containers: ['app'] })
    lists['/api/v1/pods'] = [barePod('bare', { labels, annotations: { 'dapr.io/shared-status': status } })]
    const { items } = await whatIf()
    const findings = items.find(({ object }) => object.name === 'bare')?.findings
    expect(findings?.changed.map(({ to }) => to.rule)).toEqual(['strategy.not-allowed'])
    expect(findings?.added).toEqual([])
  })

  test('are of one namespace with -n, and nothing is asked of the others', async () => {
    lists['/apis/apps/v1/namespaces/shop/deployments'] = [workload('web')]
    const result = await whatIf('-n', 'shop')
    expect(told(result)).toEqual(['newlyRefused Deployment shop/web'])
    expect(requests.map(({ path }) => path).filter((path) => path === '/apis/apps/v1/deployments')).toEqual(
      [],
    )
  })

  test('come in pages, and are shown as they come', async () => {
    lists['/apis/apps/v1/deployments'] = Array.from({ length: 1201 }, (_, at) =>
      workload(`web-${at}`, { asks: at % 2 === 0 }),
    )
    const folder = mkdtempSync(join(tmpdir(), 'what-if-'))
    const shown: string[] = []
    let out = ''
    try {
      writeFileSync(join(folder, 'new.yaml'), policy('Deny'))
      writeFileSync(join(folder, 'config'), JSON.stringify(kubeConfigFor(cluster.url)))
      await runProgram(['what-if', '-p', 'new.yaml', '--cluster', '--kubeconfig', 'config', '-o', 'json'], {
        out: (text) => (out += text),
        err: () => undefined,
        readStdin: async () => '',
        env: {},
        cwd: folder,
        colour: false,
        progress: (line) => shown.push(line),
      })
    } finally {
      rmSync(folder, { recursive: true })
    }
    expect((JSON.parse(out) as WhatIfResult).summary).toMatchObject({ objects: 601, newlyRefused: 601 })
    expect(shown).toEqual([
      '500 objects read',
      '1,000 objects read',
      '',
      ...[1, 2, 3, 4, 5, 6].map((hundreds) => `${hundreds}00 of 601 workloads compared`),
      '',
    ])
  })
})

describe('what is proposed for a cluster', () => {
  test('may be labels of a namespace, which go over those it has', async () => {
    const result = await whatIf('-p', 'labels.yaml', '--fail-on', 'changed')
    expect(told(result)).toEqual(['newlyRefused Deployment quiet/calm', 'newlyRefused Deployment shop/web'])
    expect(result.proposal).toMatchObject([{ effect: 'replaced' }, { effect: 'labels' }])
  })

  test('is a new namespace where the cluster has none of that name', async () => {
    lists['/api/v1/namespaces'] = [named('shop', { team: 'a' })]
    lists['/apis/apps/v1/deployments'] = [workload('web')]
    const { proposal } = await whatIf('-p', 'labels.yaml')
    expect(proposal).toMatchObject([{}, { kind: 'Namespace', name: 'quiet', effect: 'new' }])
  })
})

describe('what a cluster does not tell', () => {
  test('of one list is named, and the rest is compared: exit 3 where nobody becomes refused', async () => {
    lists['/api/v1/namespaces'] = [named('shop'), named('quiet')]
    lists['/apis/batch/v1/jobs'] = 403
    const result = await whatIf()
    expect(result.code).toBe(3)
    expect(result.err).toBe(
      `incomplete: ${cluster.url} did not list jobs.batch of all namespaces (no answer about /apis/batch/v1/jobs).\n`,
    )
    expect(result.summary).toMatchObject({ objects: 2, unchanged: 2 })
    expect(result.summary.missing).toHaveLength(1)
  })

  test('makes nothing less of what becomes refused: exit 1', async () => {
    lists['/apis/batch/v1/jobs'] = 403
    const result = await whatIf()
    expect([result.code, ...told(result)]).toEqual([1, 'newlyRefused Deployment shop/web'])
    expect(result.err).toContain('did not list jobs.batch')
  })

  test('where nothing that was read asks is no clean bill: exit 3, not 4', async () => {
    lists['/apis/apps/v1/deployments'] = 403
    expect((await whatIf()).code).toBe(3)
    expect((await whatIf('--allow-empty')).code).toBe(3)
  })

  test('when the wire breaks in the middle of a list is told with how far it came', async () => {
    lists['/api/v1/namespaces'] = [named('shop'), named('quiet')]
    lists['/apis/apps/v1/namespaces/shop/statefulsets'] = {
      items: Array.from({ length: 700 }, (_, at) => workload(`db-${at}`)),
      breaksAfter: 1,
    }
    const broken = await whatIf('-n', 'shop')
    expect(broken.err).toMatch(
      /^incomplete: http:\S+ did not list statefulsets\.apps of namespace shop, after the first 500 \(/,
    )
    expect(broken.summary).toMatchObject({ objects: 500, unchanged: 500 })
    expect(broken.code).toBe(3)
  })

  test('of Knative Services is nothing where there is no Knative, although a list of them is forbidden', async () => {
    lists['/apis/serving.knative.dev/v1/services'] = 403
    expect((await whatIf()).err).toBe('')
    lists['/apis/serving.knative.dev/v1'] = KNATIVE
    const { err } = await whatIf()
    expect(err).toContain('did not list services.serving.knative.dev of all namespaces')
  })

  test('of instances or policies leaves nothing to compare: exit 3, and no answer', async () => {
    lists['/apis/shared.dapr.io/v1alpha1/daprsharedpolicies'] = 403
    const { code, out, err } = await whatIf()
    expect({ code, out }).toEqual({ code: 3, out: '' })
    expect(err).toMatch(/^which DaprSharedPolicy resources there are in all namespaces is unknown: /)
  })

  test('at all is one sentence', async () => {
    const kinds = [
      'apps/v1/deployments',
      'apps/v1/statefulsets',
      'apps/v1/daemonsets',
      'apps/v1/replicasets',
      'batch/v1/jobs',
      'batch/v1/cronjobs',
    ]
    for (const kind of kinds) lists[`/apis/${kind}`] = 401
    for (const plural of ['pods', 'replicationcontrollers']) lists[`/api/v1/${plural}`] = 401
    const { code, out, err } = await whatIf()
    expect({ code, out }).toEqual({ code: 3, out: '' })
    expect(err).toMatch(
      /^nothing could be listed: http:\S+ did not list deployments\.apps of all namespaces \(.*\)\.\n$/,
    )
  })

  test('of the list of namespaces is asked for each that matters', async () => {
    lists['/api/v1/namespaces'] = 403
    const { code, err } = await whatIf()
    expect(code).toBe(3)
    expect(err).toMatch(/^unknown: the admission of Deployment quiet\/calm: the labels of namespace quiet: /m)
    expect(err).toMatch(/^unknown: the admission of Deployment shop\/web: the labels of namespace shop: /m)
  })
})
