import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { objectOr } from '../../src/core/cluster-facts.ts'
import type { ServerResult } from '../../src/server-dry-run/result.ts'
import { parseManifests } from '../../src/state/parse-manifests.ts'
import { CountingServer } from '../kube/counting-server.ts'
import { kubeConfigFor } from '../kube/write-kube-config.ts'
import { instance, pod, run, type Ran } from './run.ts'

const objectsOf = (yaml: string): unknown[] =>
  parseManifests(yaml, 'cluster.yaml').manifests.map(({ object }) => object)
const [daemonSet, service] = objectsOf(instance('order'))

interface Asked {
  readonly url: URL
  readonly pod: Record<string, unknown>
}
type Answer =
  { readonly status?: number; readonly body: unknown; readonly warnings?: readonly string[] } | 'gone'

const status = (code: number, message: string, reason = 'AsInAStatus'): Answer => ({
  status: code,
  body: { kind: 'Status', message, reason },
})

/** What the fake API server makes of a pod; lists and objects by path, another number is the status of no. */
let admit: (pod: Record<string, unknown>, asked: number) => Answer
let objects: Record<string, unknown>
let asked: Asked[]
let atOnce: { now: number; most: number }
let cluster: CountingServer

const answer: RequestListener = (request, response) => {
  const url = new URL(request.url ?? '', 'http://cluster')
  const reply = (code: number, body: unknown): void => {
    response
      .writeHead(code, { 'content-type': 'application/json', 'retry-after': '0' })
      .end(JSON.stringify(body))
  }
  if (request.method === 'POST') {
    atOnce.now += 1
    atOnce.most = Math.max(atOnce.most, atOnce.now)
    void text(request).then((body) => {
      const sent = JSON.parse(body) as Record<string, unknown>
      asked.push({ url, pod: sent })
      const said = admit(sent, asked.length)
      setImmediate(() => {
        atOnce.now -= 1
        if (said === 'gone') return void request.socket.destroy()
        for (const warning of said.warnings ?? [])
          response.appendHeader('warning', `299 - ${JSON.stringify(warning)}`)
        reply(said.status ?? 201, said.body)
      })
    })
    return
  }
  const found = objects[url.pathname]
  if (
    found === undefined &&
    /\/(mutatingwebhookconfigurations|deployments)\/|\/namespaces\/[^/]+$/.test(url.pathname)
  )
    reply(404, { kind: 'Status', code: 404, message: 'not found' })
  else if (typeof found === 'number') reply(found, { kind: 'Status', message: 'no answer today' })
  else if (Array.isArray(found) || found === undefined)
    reply(200, { kind: 'List', metadata: { resourceVersion: '1' }, items: found ?? [] })
  else reply(200, found)
}

/** As our webhook would: what tells that it ran, and the variables. */
function injected(sent: Record<string, unknown>): Record<string, unknown> {
  const metadata = objectOr(sent['metadata'])
  const spec = objectOr(sent['spec'])
  const [app] = spec['containers'] as object[]
  return {
    ...sent,
    metadata: {
      ...metadata,
      labels: {
        ...objectOr(metadata['labels']),
        'shared.dapr.io/app-id': 'order',
        'shared.dapr.io/app-namespace': 'shop',
      },
      annotations: {
        ...objectOr(metadata['annotations']),
        'dapr.io/shared-status':
          '{"instance":"shop/order","strategy":"daemonset","service":"shop/order-dapr","containers":["app"]}',
      },
    },
    spec: {
      ...spec,
      containers: [
        {
          ...app,
          env: [
            { name: 'DAPR_HTTP_ENDPOINT', value: 'http://order-dapr.shop.svc.cluster.local:3500' },
            { name: 'DAPR_GRPC_ENDPOINT', value: 'http://order-dapr.shop.svc.cluster.local:50001' },
          ],
        },
      ],
    },
  }
}

beforeAll(async () => {
  cluster = await CountingServer.http(answer)
})
afterAll(() => cluster[Symbol.asyncDispose]())
beforeEach(() => {
  asked = []
  atOnce = { now: 0, most: 0 }
  admit = (sent) => ({ body: injected(sent) })
  objects = {
    '/apis/apps/v1/namespaces/shop/daemonsets': [daemonSet],
    '/api/v1/namespaces/shop/services': [service],
    '/api/v1/namespaces/shop': {
      metadata: { name: 'shop', labels: { 'kubernetes.io/metadata.name': 'shop' } },
    },
  }
})

const server = (yaml: string, ...args: string[]): Promise<Ran> => serverAt(cluster.url, yaml, ...args)
const serverAt = (url: string, yaml: string, ...args: string[]): Promise<Ran> =>
  run(['server', '-f', 'f.yaml', '--kubeconfig', 'config', ...args], {
    files: { 'f.yaml': yaml, config: JSON.stringify(kubeConfigFor(url)) },
  })
const resultOf = ({ out }: Ran): ServerResult => JSON.parse(out) as ServerResult

const DEPLOYMENT = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}, annotations: {dapr.io/shared: order}}
    spec: {containers: [{name: app, image: app}]}
`

describe('each pod is asked for as a dry run', () => {
  test('and what comes is compared with the offline answer', async () => {
    const { code, out, err } = await server(pod('order'))
    expect(out).toBe(
      `f.yaml:2  Pod shop/app: admitted, uses shop/order\n\n1 object: 1 admitted, 0 refused, 0 unknown; 0 different from the offline answer, 0 without our webhook, 0 with warnings\n`,
    )
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(asked.map(({ url }) => url.pathname)).toEqual(['/api/v1/namespaces/shop/pods'])
    expect(Object.fromEntries(asked[0]?.url.searchParams ?? [])).toEqual({
      dryRun: 'All',
      fieldManager: 'dapr-shared-admission',
      fieldValidation: 'Warn',
      timeout: '25s',
    })
  })

  test('of a workload that the cluster has, as one of its own pods', async () => {
    const labels = { app: 'web', 'pod-template-hash': '1' }
    objects['/apis/apps/v1/namespaces/shop/deployments/web'] = {
      metadata: { name: 'web', uid: 'd-1' },
      spec: { selector: { matchLabels: { app: 'web' } } },
    }
    objects['/apis/apps/v1/namespaces/shop/replicasets'] = [
      {
        metadata: {
          name: 'web-1',
          uid: 'r-1',
          ownerReferences: [
            { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', uid: 'd-1', controller: true },
          ],
        },
        spec: { selector: { matchLabels: labels } },
      },
    ]
    const { code, out } = await server(DEPLOYMENT)
    expect(asked[0]?.pod).toMatchObject({
      metadata: {
        generateName: 'web-',
        labels,
        ownerReferences: [{ kind: 'ReplicaSet', name: 'web-1', uid: 'r-1', controller: true }],
      },
    })
    expect(out).not.toContain('note:')
    expect(code).toBe(0)
  })

  test('of a workload that it lacks, as a pod without an owner, which is said', async () => {
    const { code, out } = await server(DEPLOYMENT)
    expect(asked[0]?.pod['metadata']).not.toHaveProperty('ownerReferences')
    expect(out).toContain(
      '  note: Deployment shop/web is not in the cluster yet: the pod was sent without an owner, so rules by kind of workload, and capacity, saw a bare pod.\n',
    )
    expect(code).toBe(0)
  })

  test('under another name where there is one of its name', async () => {
    admit = (sent, nth) =>
      nth === 1 ? status(409, 'pods "app" already exists', 'AlreadyExists') : { body: injected(sent) }
    const { code, out } = await server(pod('order'))
    expect(asked[1]?.pod).toMatchObject({ metadata: { generateName: 'app-' } })
    expect(out).toContain('note: A pod of the name app exists already')
    expect(code).toBe(0)
  })

  test('again where the API server has too much to do', async () => {
    admit = (sent, nth) => (nth === 1 ? status(429, 'later') : { body: injected(sent) })
    expect((await server(pod('order'))).code).toBe(0)
    expect(asked).toHaveLength(2)
  })

  test('of a version that is gone, and the workload itself cannot be applied, which is said', async () => {
    const { out } = await server(DEPLOYMENT.replace('apps/v1', 'apps/v1beta1'))
    expect(out).toContain(
      "note: Deployment web is of apps/v1beta1, which today's API servers do not have: it cannot be applied. Write it as apps/v1.\n",
    )
  })

  test('of many CronJobs with the Jobs of their namespace read once', async () => {
    let reads = 0
    const cronJob = (name: string): string => `
apiVersion: batch/v1
kind: CronJob
metadata: {name: ${name}, namespace: shop}
spec:
  jobTemplate:
    spec: {template: {metadata: {annotations: {dapr.io/shared: order}}, spec: {containers: [{name: app, image: app}]}}}
`
    const names = ['a', 'b', 'c', 'd', 'e', 'f']
    for (const name of names)
      objects[`/apis/batch/v1/namespaces/shop/cronjobs/${name}`] = { metadata: { name, uid: `cj-${name}` } }
    Object.defineProperty(objects, '/apis/batch/v1/namespaces/shop/jobs', {
      get: () => {
        reads += 1
        return names.map((name) => ({
          metadata: {
            name: `${name}-1`,
            uid: `j-${name}`,
            ownerReferences: [
              { apiVersion: 'batch/v1', kind: 'CronJob', name, uid: `cj-${name}`, controller: true },
            ],
          },
        }))
      },
    })
    await server(names.map(cronJob).join('---'), '-o', 'json')
    expect(
      asked
        .map(({ pod: { metadata } }) => objectOr(metadata)['ownerReferences'])
        .flatMap((owners) => (owners as { name: string }[]).map(({ name }) => name))
        .toSorted(),
    ).toEqual(names.map((name) => `${name}-1`))
    expect(reads).toBe(1)
  })

  test('a few at a time, and told in the order of the input', async () => {
    const names = Array.from({ length: 60 }, (_, index) => `app-${index}`)
    const { items } = resultOf(
      await server(names.map((name) => pod('order', { name })).join('---'), '-o', 'json'),
    )
    expect(items.map(({ object }) => object.name)).toEqual(names)
    expect(atOnce.most).toBeLessThanOrEqual(4)
    expect(asked).toHaveLength(60)
  })
})

describe('what is found makes the exit code 1', () => {
  test('a refusal, with who refused and all warnings', async () => {
    admit = () => ({
      status: 403,
      body: { kind: 'Status', message: 'pods "app" is forbidden: exceeded quota: small, requested: pods=1' },
      warnings: ['unknown field "spec.containerz"', 'would violate PodSecurity'],
    })
    const { code, out } = await server(pod('order'))
    expect(out).toBe(
      `f.yaml:2  Pod shop/app: refused by the ResourceQuota small
  pods "app" is forbidden: exceeded quota: small, requested: pods=1
  warning: unknown field "spec.containerz"
  warning: would violate PodSecurity

1 object: 0 admitted, 1 refused, 0 unknown; 0 different from the offline answer, 0 without our webhook, 1 with warnings
`,
    )
    expect(code).toBe(1)
  })

  test('a difference from the offline answer', async () => {
    admit = (sent) => ({
      body: JSON.parse(JSON.stringify(injected(sent)).replace(':3500', ':80')) as unknown,
    })
    const { code, out } = await server(pod('order'))
    expect(out).toContain(
      '  differs: spec.containers["app"].env["DAPR_HTTP_ENDPOINT"]: offline http://order-dapr.shop.svc.cluster.local:3500, in the cluster http://order-dapr.shop.svc.cluster.local:80\n',
    )
    expect(code).toBe(1)
  })

  test('a pod that the cluster admits and the offline answer does not', async () => {
    admit = (sent) => ({ body: injected(sent) })
    const { code, out } = await server(pod('oder'))
    expect(out).toContain('  differs: the answer: offline refused: [instance.missing]')
    expect(code).toBe(1)
  })

  test('but not what others do, nor a field that is unknown, which is told once', async () => {
    admit = (sent) => ({
      body: JSON.parse(
        JSON.stringify(injected(sent))
          .replace('"imagee":"x",', '')
          .replace('"labels":{', '"labels":{"team":"a",'),
      ) as unknown,
      warnings: ['unknown field "spec.containers[0].imagee"'],
    })
    const { code, out } = await server(pod('order').replace('image: app', 'imagee: x, image: app'))
    expect(out).toBe(
      `f.yaml:2  Pod shop/app: admitted, uses shop/order
  warning: unknown field "spec.containers[0].imagee"
  others: added metadata.labels["team"] (a)

1 object: 1 admitted, 0 refused, 0 unknown; 0 different from the offline answer, 0 without our webhook, 1 with warnings
`,
    )
    expect(code).toBe(0)
  })

  test('a warning of ours that only one of the two gives', async () => {
    admit = (sent) => ({
      body: injected(sent),
      warnings: ['[instance.not-ready] 0 of 1 replicas are ready.'],
    })
    const { code, out } = await server(pod('order'))
    expect(out).toContain('differs: warnings: offline nothing, in the cluster [instance.not-ready]')
    expect(code).toBe(1)
  })

  test.each([
    ['not installed', {}, 'there is no MutatingWebhookConfiguration dapr-shared-admission'],
    [
      'not readable',
      { '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/dapr-shared-admission': 403 },
      'that cannot be seen (no answer today). Look: kubectl get mutatingwebhookconfiguration',
    ],
    [
      'meant for others',
      {
        '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/dapr-shared-admission': {
          webhooks: [
            { name: 'mutate.shared.dapr.io', namespaceSelector: { matchLabels: { served: 'yes' } } },
          ],
        },
      },
      'the namespaceSelector of mutate.shared.dapr.io leaves namespace shop out.',
    ],
    [
      'passed by in its absence',
      {
        '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/dapr-shared-admission': {
          webhooks: [{ name: 'mutate.shared.dapr.io', failurePolicy: 'Ignore' }],
        },
      },
      'the failurePolicy of mutate.shared.dapr.io is Ignore',
    ],
  ])('a pod that asks and went past our webhook, which is %s', async (_, more, why) => {
    Object.assign(objects, more)
    admit = (sent) => ({ body: sent })
    const { code, out } = await server(pod('order'))
    expect(out).toContain('Pod shop/app: admitted without our webhook\n')
    expect(out).toContain(why)
    expect(out).not.toContain('differs:')
    expect(code).toBe(1)
  })
})

describe('a pod that comes with all that it would get, as one out of a cluster', () => {
  const copied = (): string => JSON.stringify(injected(objectsOf(pod('order'))[0] as Record<string, unknown>))
  const CONFIGURATION =
    '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/dapr-shared-admission'

  test.each([[[]], [['--no-compare']]])('has gone past a webhook that is not there %s', async (args) => {
    const { code, out } = await server(copied(), ...args)
    expect(out).toContain('Pod shop/app: admitted without our webhook\n')
    expect(out).toContain('note: Our webhook had no part: there is no MutatingWebhookConfiguration')
    expect(code).toBe(1)
  })

  test('is fine where the webhook is registered, and nobody can tell whether it ran', async () => {
    objects[CONFIGURATION] = { webhooks: [{ name: 'mutate.shared.dapr.io' }] }
    const { code, out } = await server(copied(), '--no-compare')
    expect(out).toBe(`f.yaml:1  Pod shop/app: admitted, uses shop/order
  nothing tells whether our webhook ran: the pod came with all that it would get

1 object: 1 admitted, 0 refused, 0 unknown; 0 different from the offline answer, 0 without our webhook, 0 with warnings
`)
    expect(code).toBe(0)
  })
})

describe('what is unknown makes the exit code 3', () => {
  test.each([
    ['nothing', {}],
    ['a Status', { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success' }],
    ['another object', { kind: 'Thing', metadata: {}, spec: { containers: [{ name: 'app' }] } }],
  ])('a yes of somebody who is no API server, which says %s', async (_, body) => {
    admit = () => ({ body })
    for (const args of [[], ['--no-compare']]) {
      const { code, out } = await server(pod('order'), ...args)
      expect(out).toContain('Pod shop/app: unknown\n  the answer to its creation is no Pod\n')
      expect(out).toContain('note: No API server answers so')
      expect(out).not.toMatch(/others:|differs:/)
      expect(code).toBe(3)
    }
  })

  test('the no of a proxy on the way', async () => {
    admit = () => ({ status: 403, body: '<html>Forbidden by proxy</html>' })
    const { code, out } = await server(pod('order'))
    expect(out).toContain('Pod shop/app: unknown\n')
    expect(out).toContain('note: No API server answers so')
    expect(code).toBe(3)
  })

  test('an API server that stays too busy for one pod; the others are asked about all the same', async () => {
    admit = (sent) =>
      JSON.stringify(sent).includes('"name":"busy"') ? status(429, 'later') : { body: injected(sent) }
    const ran = await server(
      ['busy', 'b', 'c', 'd', 'e', 'f', 'g'].map((name) => pod('order', { name })).join('---'),
      '-o',
      'json',
    )
    expect(resultOf(ran).items.map(({ outcome }) => outcome)).toEqual([
      'unknown',
      ...Array<string>(6).fill('admitted'),
    ])
    expect(ran.code).toBe(3)
  })

  test('our webhook answers, and not with a verdict: it is not called dead', async () => {
    admit = () =>
      status(
        500,
        'Internal error occurred: failed calling webhook "mutate.shared.dapr.io": failed to call webhook: the server rejected our request for an unknown reason',
      )
    const { code, out } = await server(pod('order'))
    expect(out).toContain(
      'note: The webhook mutate.shared.dapr.io answered, and not with a verdict: its log may tell why.',
    )
    expect(out).not.toContain('does not answer')
    expect(code).toBe(3)
  })

  test('no right to create pods', async () => {
    const message =
      'pods is forbidden: User "eve" cannot create resource "pods" in API group "" in the namespace "shop"'
    admit = () => status(403, message)
    const { code, out } = await server(pod('order'))
    expect(out).toContain(`Pod shop/app: unknown\n  ${message}\n`)
    expect(out).toContain('Look: kubectl auth can-i create pods -n shop')
    expect(code).toBe(3)
  })

  test('credentials that are not accepted, of which one pod is enough to know', async () => {
    admit = () => status(401, 'Unauthorized')
    const many = Array.from({ length: 40 }, (_, index) => pod('order', { name: `app-${index}` }))
    const { code, out } = await server(many.join('---'))
    expect(out).toContain('log in again')
    expect(out).toContain('40 objects: 0 admitted, 0 refused, 40 unknown')
    expect(asked.length).toBeLessThan(40)
    expect(code).toBe(3)
  })

  test('our webhook does not answer', async () => {
    admit = () =>
      status(
        500,
        'Internal error occurred: failed calling webhook "mutate.shared.dapr.io": connection refused',
      )
    const { code, out } = await server(pod('order'))
    expect(out).toContain('by the webhook mutate.shared.dapr.io')
    expect(out).toContain('note: The webhook does not answer')
    expect(code).toBe(3)
  })

  test('the connection is lost on the way: nothing more is asked, and no pod is taken for a good one', async () => {
    admit = (sent, nth) => (nth === 3 ? 'gone' : { body: injected(sent) })
    const many = Array.from({ length: 50 }, (_, index) => pod('order', { name: `app-${index}` }))
    const ran = await server(many.join('---'), '-o', 'json')
    const { items, summary } = resultOf(ran)
    expect(items).toHaveLength(50)
    expect(summary.unknown).toBeGreaterThan(40)
    expect(items.at(-1)?.message).toMatch(/^not asked, as another had no answer: http.* cannot be reached: /)
    expect(asked.length).toBeLessThan(10)
    expect(ran.code).toBe(3)
  })

  test('nobody listens', async () => {
    const closed = createServer()
    await once(closed.listen(0, '127.0.0.1'), 'listening')
    const url = `http://127.0.0.1:${(closed.address() as AddressInfo).port}`
    closed.close()
    await once(closed, 'close')
    const compared = await serverAt(url, pod('order'))
    expect(compared.err).toContain('the instances of namespace shop are unknown')
    const alone = await serverAt(url, pod('order'), '--no-compare')
    expect(alone.out).toMatch(/unknown\n {2}http:.* cannot be reached: .*ECONNREFUSED/)
    expect([compared.code, alone.code]).toEqual([3, 3])
  })

  test('but a refusal beside it counts first', async () => {
    admit = (sent) =>
      JSON.stringify(sent).includes('"name":"bad"')
        ? status(422, 'Pod "bad" is invalid: spec: Required value')
        : status(500, 'no')
    expect((await server(`${pod('order')}---${pod('order', { name: 'bad' })}`)).code).toBe(1)
  })

  test('what is about to be applied and a dry run cannot make', async () => {
    admit = () => status(404, 'namespaces "shop" not found', 'NotFound')
    const alone = await server(pod('order'))
    const namespace = '\napiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n'
    const withIt = await server(`${namespace}---${pod('order')}`)
    expect(alone.out).toContain('note: Namespace shop is neither in the cluster nor in the files: create it.')
    expect(withIt.out).toContain('note: Namespace shop is in the files and not in the cluster')
    expect([alone.code, withIt.code]).toEqual([1, 3])
  })
})

describe('the offline answer', () => {
  const policy = (more: string): unknown[] =>
    objectsOf(
      `
apiVersion: shared.dapr.io/v1alpha1
kind: DaprSharedPolicy
metadata: {name: prod}
spec: {match: {}, rules: {strategies: {allowed: [External]}}}
`.replace('match: {}', more),
    )
  const POLICIES = '/apis/shared.dapr.io/v1alpha1/daprsharedpolicies'

  test('is that of admission, not what policies say to the command line alone', async () => {
    objects[POLICIES] = policy('match: {appIds: [order]}, scopedActions: [{points: [CLI], actions: [Audit]}]')
    const { code, out } = await server(pod('order'))
    expect(out).toContain('differs: the answer: offline refused: [strategy.not-allowed]')
    expect(code).toBe(1)
  })

  test('counts what is about to be applied, unless told otherwise', async () => {
    delete objects['/apis/apps/v1/namespaces/shop/daemonsets']
    admit = (sent) =>
      JSON.stringify(sent).includes('"dapr.io/shared"')
        ? status(
            403,
            'admission webhook "mutate.shared.dapr.io" denied the request: [instance.missing] none.',
          )
        : { body: sent }
    const both = `${pod('order')}---${instance('order')}`
    const { code, out } = await server(both)
    expect(out).toContain('Pod shop/app: unknown\n')
    expect(out).toContain('and the offline answer rests on them: apply them first, then ask again.\n')
    expect(out).not.toContain('differs:')
    expect(code).toBe(3)
    const [first] = resultOf(await server(both, '-o', 'json', '--state-only')).items
    expect(first).toMatchObject({ outcome: 'refused', offline: 'refused' })
  })

  test('rests on a policy of the files: what the cluster says without it is no difference', async () => {
    const strict = `
apiVersion: shared.dapr.io/v1alpha1
kind: DaprSharedPolicy
metadata: {name: prod}
spec: {match: {appIds: [order]}, rules: {strategies: {allowed: [External]}}}
`
    const ran = await server(`${strict}---${pod('order')}`, '-o', 'json')
    expect(resultOf(ran).items).toMatchObject([
      {
        outcome: 'unknown',
        message: 'the cluster admits the pod, without what the files bring',
        differences: [],
      },
    ])
    expect(ran.code).toBe(3)
  })

  test('is not what the files bring where both refuse, in other words', async () => {
    admit = () =>
      status(403, 'admission webhook "mutate.shared.dapr.io" denied the request: [instance.missing] none.')
    const [first] = resultOf(await server(`${pod('oder')}---${instance('billing')}`, '-o', 'json')).items
    expect(first).toMatchObject({ outcome: 'refused', differences: [{ field: 'message' }] })
  })

  test('differs all the same where what the files bring does not explain it', async () => {
    const both = `${pod('oder')}---${instance('billing')}`
    const { code, out } = await server(both)
    expect(out).toContain('differs: the answer: offline refused: [instance.missing]')
    expect(code).toBe(1)
  })

  test('may be unknown: then nothing is compared, and the exit code is 3', async () => {
    objects[POLICIES] = policy('match: {namespaceSelector: {matchLabels: {env: prod}}}')
    objects['/api/v1/namespaces'] = 403
    const { code, out } = await server(pod('order'))
    expect(out).toContain('Pod shop/app: admitted, uses shop/order\n  note: The offline answer is unknown: ')
    expect(code).toBe(3)
    expect((await server(pod('order'), '--no-compare')).code).toBe(0)
  })

  test('needs the cluster to tell of its instances: where it does not, the way without is named', async () => {
    objects['/apis/apps/v1/namespaces/shop/daemonsets'] = 403
    const { code, err } = await server(pod('order'))
    expect(err).toContain('the instances of namespace shop are unknown')
    expect(err).toContain('--no-compare asks the API server alone.')
    expect(code).toBe(3)
    expect((await server(pod('order'), '--no-compare')).code).toBe(0)
  })
})

describe('where nothing asks', () => {
  const plain =
    '\napiVersion: v1\nkind: Pod\nmetadata: {name: plain, namespace: shop}\nspec: {containers: [{name: app, image: app}]}\n'

  test('the exit code is 4, unless that is fine; the pods are asked for all the same', async () => {
    admit = (sent) => ({ body: sent })
    expect((await server(plain)).code).toBe(4)
    expect((await server(plain, '--allow-empty')).code).toBe(0)
    expect(asked).toHaveLength(2)
  })

  test('but somebody refuses, it is found', async () => {
    admit = () => status(403, 'admission webhook "x.example.com" denied the request: no')
    const { code, out } = await server(plain)
    expect(out).toContain('refused by the webhook x.example.com')
    expect(code).toBe(1)
  })
})

describe('the answer for other tools', () => {
  test('is one ServerResult', async () => {
    const ran = await server(pod('order'), '-o', 'json')
    expect(resultOf(ran)).toEqual({
      apiVersion: 'shared.dapr.io/v1alpha1',
      kind: 'ServerResult',
      items: [
        {
          source: { file: 'f.yaml', document: 1, line: 2 },
          object: { apiVersion: 'v1', kind: 'Pod', namespace: 'shop', name: 'app' },
          asks: true,
          outcome: 'admitted',
          by: { kind: '', name: '' },
          message: '',
          warnings: [],
          webhook: 'ran',
          instance: 'shop/order',
          offline: 'admitted',
          differences: [],
          changes: [],
          notes: [],
        },
      ],
      summary: { admitted: 1, refused: 0, unknown: 0, asking: 1, differing: 0, missing: 0, warned: 0 },
    })
  })

  test('shows no secret that somebody puts into a pod', async () => {
    admit = (sent) => ({
      body: JSON.parse(
        JSON.stringify(injected(sent)).replace(
          '"env":[',
          '"env":[{"name":"PASSWORD","value":"hunter2"},{"name":"DAPR_API_TOKEN","value":"hunter2"},',
        ),
      ) as unknown,
    })
    for (const format of ['text', 'json', 'yaml']) {
      const { out } = await server(pod('order'), '-o', format)
      expect(out).toContain('PASSWORD')
      expect(out).toContain('DAPR_API_TOKEN')
      expect(out).not.toContain('hunter2')
    }
  })

  test.each([[], ['--no-compare']])(
    'is none for a namespace that cannot be, which would be part of a path %s',
    async (...args) => {
      const { code, err } = await server(pod('order', { namespace: '../x' }), ...args)
      expect(err).toBe('f.yaml:2: a namespace that Kubernetes refuses: "../x".\n')
      expect({ code, asked }).toEqual({ code: 2, asked: [] })
    },
  )

  test('leaves recorded requests to review', async () => {
    const review = '\napiVersion: admission.k8s.io/v1\nkind: AdmissionReview\nrequest: {}\n'
    const { err } = await server(`${pod('order')}---${review}`)
    expect(err).toBe('skipped: AdmissionReview (1): review answers them, no API server does\n')
    expect(asked).toHaveLength(1)
  })
})
