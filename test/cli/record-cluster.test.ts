import { describe, expect, test } from 'vitest'
import { recordCluster } from '../../src/cli/record/read-cluster.ts'
import type { RecordRequest } from '../../src/cli/record/visit.ts'
import { ApiError, UnreachableError } from '../../src/kube/call-errors.ts'
import type { CallOptions, KubeClient } from '../../src/kube/kube-client.ts'
import { writeRecording } from '../../src/record/recording.ts'
import { readWorkloadName } from '../../src/record/workload-kinds.ts'
import { parseManifests } from '../../src/state/parse-manifests.ts'
import { instance, run } from './run.ts'

type Fields = Readonly<Record<string, unknown>>

/** An API server with these objects: a list, or one object, for each path; what is not there is not installed. */
function aCluster(paths: Readonly<Record<string, unknown>>): { client: KubeClient; asked: string[] } {
  const asked: string[] = []
  const get = async (path: string, { query = {} }: CallOptions = {}): Promise<unknown> => {
    asked.push(`${path}${query['continue'] === undefined ? '' : '?continue'}`)
    const found = paths[path] ?? (path === '/version' ? { gitVersion: 'v1.36.3' } : undefined)
    if (found instanceof Error) throw found
    if (!Array.isArray(found)) {
      if (found !== undefined) return found
      if (LISTED.test(path)) return { metadata: { resourceVersion: '1' }, items: [] }
      throw new ApiError({ status: 404, reason: 'NotFound', message: 'not found' })
    }
    const from = Number(query['continue'] ?? 0)
    const next = from + 2 < found.length ? { continue: String(from + 2) } : {}
    return { metadata: { resourceVersion: '1', ...next }, items: found.slice(from, from + 2) }
  }
  const never = (): never => {
    throw new Error('recording changes nothing')
  }
  return {
    client: {
      server: 'https://here',
      get,
      send: never,
      post: never,
      watch: never,
      [Symbol.asyncDispose]: async () => {},
    },
    asked,
  }
}

const LISTED = /\/[a-z]+s$|policies$/

const REQUEST: RecordRequest = {
  namespaces: ['shop'],
  workloads: [],
  optedIn: false,
  consumers: false,
  partial: false,
  clusterDomain: 'cluster.local',
}

const FACTS = { at: '2026-11-21T15:00:00Z', program: '0', namespaces: ['shop'], file: 'recorded.yaml' }

async function record(paths: Readonly<Record<string, unknown>>, request: Partial<RecordRequest> = {}) {
  const { client, asked } = aCluster({ '/api/v1/namespaces/shop': NAMESPACE, ...paths })
  const told = await recordCluster(client, { ...REQUEST, ...request }, undefined)
  const text = writeRecording(told.recording, { ...FACTS, ...told })
  const { manifests } = parseManifests(text, 'recorded.yaml')
  return {
    ...told,
    text,
    asked,
    names: manifests.map(({ kind, namespace, name }) => `${kind} ${namespace}/${name}`),
    manifests,
  }
}

const NAMESPACE = { metadata: { name: 'shop', labels: { env: 'prod' } } }

const objectsOf = (yaml: string): Fields[] => parseManifests(yaml, 'x').manifests.map(({ object }) => object)
const [ORDER, ORDER_SERVICE] = objectsOf(instance('order'))

const owned = (object: Fields, kind: string, name: string, apiVersion = 'apps/v1'): Fields => ({
  ...object,
  metadata: {
    ...(object['metadata'] as Fields),
    ownerReferences: [{ apiVersion, kind, name, uid: `uid-${name}`, controller: true }],
  },
})

const workload = (
  name: string,
  { asks = 'order', ...spec }: { asks?: string; [field: string]: unknown } = {},
): Fields => ({
  metadata: { name, namespace: 'shop', uid: `uid-${name}` },
  spec: {
    ...spec,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name }, annotations: asks === '' ? {} : { 'dapr.io/shared': asks } },
      spec: { containers: [{ name: 'app' }] },
    },
  },
})

const pod = (name: string, labels: Fields = {}): Fields => ({
  metadata: { name, namespace: 'shop', labels, annotations: { 'dapr.io/shared': 'order' } },
  spec: { containers: [{ name: 'app' }] },
})

const named = (text: string) => {
  const read = readWorkloadName(text)
  if (typeof read === 'string') throw new Error(read)
  return read
}

const SERVICES = '/api/v1/namespaces/shop/services'
const DAEMON_SETS = '/apis/apps/v1/namespaces/shop/daemonsets'
const DEPLOYMENTS = '/apis/apps/v1/namespaces/shop/deployments'
const REPLICA_SETS = '/apis/apps/v1/namespaces/shop/replicasets'

describe('what is recorded', () => {
  test('is the instances, every Service beside them, and the labels of the namespace', async () => {
    const { names, text, manifests } = await record({
      [DAEMON_SETS]: [ORDER],
      [DEPLOYMENTS]: [workload('web'), workload('api'), workload('cron')],
      [SERVICES]: [ORDER_SERVICE, { metadata: { name: 'web', namespace: 'shop' }, spec: { ports: [] } }],
    })
    expect(names).toEqual([
      'Namespace /shop',
      'Service shop/order-dapr',
      'Service shop/web',
      'DaemonSet shop/order',
    ])
    expect(manifests[0]?.object).toMatchObject({ metadata: { labels: { env: 'prod' } } })
    expect(text).toMatch(/^# What a cluster told of Dapr Shared, for dapr-shared --state\.\n/)
    expect(text).toContain('# Recorded 2026-11-21T15:00:00Z by dapr-shared 0, Kubernetes v1.36.3.\n')
  })

  test('is read to its last page', async () => {
    const services = Array.from({ length: 7 }, (_, index) => ({
      metadata: { name: `s${index}`, namespace: 'shop' },
    }))
    const { names, asked } = await record({ [SERVICES]: services })
    expect(names).toHaveLength(8)
    expect(asked.filter((path) => path.startsWith(SERVICES))).toHaveLength(4)
  })

  test('is the same whatever order the server lists it in', async () => {
    const services = ['a', 'b', 'c'].map((name) => ({ metadata: { name, namespace: 'shop' } }))
    const [one, other] = [
      await record({ [SERVICES]: services }),
      await record({ [SERVICES]: services.toReversed() }),
    ]
    expect(one.text).toBe(other.text)
  })

  test('is the named workload with what it makes, and with who made it', async () => {
    const paths = {
      [`${DEPLOYMENTS}/web`]: owned(workload('web'), 'Rollout', 'top', 'argoproj.io/v1alpha1'),
      [REPLICA_SETS]: [
        owned(workload('web-1', { replicas: 3 }), 'Deployment', 'web'),
        owned(workload('web-0', { replicas: 0 }), 'Deployment', 'web'),
        owned(workload('api-1', { replicas: 3 }), 'Deployment', 'api'),
      ],
      '/apis/argoproj.io/v1alpha1': { resources: [{ name: 'rollouts', kind: 'Rollout', namespaced: true }] },
      '/apis/argoproj.io/v1alpha1/namespaces/shop/rollouts/top': {
        metadata: { name: 'top', namespace: 'shop', uid: 'uid-top' },
        spec: { selector: { matchLabels: { app: 'web' } }, template: { secret: 'x' } },
      },
    }
    const { names, manifests } = await record(paths, { workloads: [named('deploy/web')] })
    expect(names).toEqual([
      'Namespace /shop',
      'Deployment shop/web',
      'ReplicaSet shop/web-1',
      'Rollout shop/top',
    ])
    expect(manifests.at(-1)?.object).toMatchObject({ metadata: { uid: 'uid-top' }, spec: { selector: {} } })
    expect(JSON.stringify(manifests.at(-1)?.object)).not.toContain('secret')
  })

  test('is what asks, by who stands at the top of it', async () => {
    const paths = {
      [DEPLOYMENTS]: [workload('web'), workload('quiet', { asks: '' })],
      [REPLICA_SETS]: [
        owned(workload('web-1'), 'Deployment', 'web'),
        owned(workload('roll-1'), 'Rollout', 'roll', 'argoproj.io/v1alpha1'),
      ],
      '/api/v1/namespaces/shop/pods': [pod('bare'), owned(pod('web-1-x'), 'ReplicaSet', 'web-1')],
      '/api/v1/namespaces/shop/pods/bare': pod('bare'),
    }
    const { names, chosen } = await record(paths, { optedIn: true })
    expect(names).toEqual([
      'Namespace /shop',
      'Deployment shop/web',
      'ReplicaSet shop/roll-1',
      'ReplicaSet shop/web-1',
      'Pod shop/bare',
    ])
    expect(chosen).toBe(3)
  })

  test('is the namespace of an instance that is asked for elsewhere', async () => {
    const asking = workload('web')
    const template = (asking['spec'] as Fields)['template'] as {
      metadata: { annotations: Record<string, string> }
    }
    template.metadata.annotations['dapr.io/shared-namespace'] = 'pay'
    const { names } = await record(
      {
        [`${DEPLOYMENTS}/web`]: asking,
        '/api/v1/namespaces/pay': { metadata: { name: 'pay' } },
        '/apis/apps/v1/namespaces/pay/daemonsets': objectsOf(instance('ledger', 'pay')).slice(0, 1),
      },
      { workloads: [named('deployments/web')] },
    )
    expect(names).toEqual([
      'Namespace /pay',
      'Namespace /shop',
      'DaemonSet pay/ledger',
      'Deployment shop/web',
    ])
  })

  test('is the Service in another namespace to which an instance delivers', async () => {
    const [delivering] = objectsOf(
      instance('order').replace(
        '"--app-id=order"',
        '"--app-id=order", "--app-port=80", "--app-channel-address=web.apps"',
      ),
    )
    const { names } = await record({
      [DAEMON_SETS]: [delivering],
      [SERVICES]: [ORDER_SERVICE],
      '/api/v1/namespaces/apps/services/web': {
        metadata: { name: 'web', namespace: 'apps' },
        spec: { ports: [] },
      },
    })
    expect(names).toContain('Service apps/web')
  })

  test.each([
    ['no policy counts them', {}, {}, 0],
    ['a policy counts them', { capacity: { maxPods: 3 } }, {}, 2],
    ['they are wanted', {}, { consumers: true }, 2],
  ])('is the pods that use an instance, where %s', async (_what, rules, request, count) => {
    const labels = { 'shared.dapr.io/app-id': 'order', 'shared.dapr.io/app-namespace': 'shop', other: 'x' }
    const ending = pod('ending', labels)
    const { names, recording, text } = await record(
      {
        '/apis/shared.dapr.io/v1alpha1/daprsharedpolicies': [{ metadata: { name: 'p' }, spec: { rules } }],
        '/api/v1/pods': [
          pod('one', labels),
          pod('two', labels),
          {
            ...ending,
            metadata: { ...(ending['metadata'] as Fields), deletionTimestamp: '2026-11-21T15:00:00Z' },
          },
        ],
      },
      request,
    )
    expect(recording.consumers).toBe(count)
    expect(names.filter((name) => name.startsWith('Pod'))).toHaveLength(count)
    expect(text.includes('Pods that use an instance are not in it')).toBe(count === 0)
    expect(text).not.toContain('other: x')
  })
})

test('a recording with all that there may be in one can be reviewed itself', async () => {
  const labels = { 'shared.dapr.io/app-id': 'order', 'shared.dapr.io/app-namespace': 'shop' }
  const { text, names } = await record(
    {
      [DAEMON_SETS]: [ORDER],
      [SERVICES]: [ORDER_SERVICE],
      [DEPLOYMENTS]: [owned(workload('web'), 'Rollout', 'top', 'argoproj.io/v1alpha1')],
      [REPLICA_SETS]: [owned(workload('web-1'), 'Deployment', 'web')],
      '/apis/batch/v1/namespaces/shop/cronjobs': [
        {
          metadata: { name: 'nightly', namespace: 'shop' },
          spec: { schedule: '0 3 * * *', jobTemplate: { spec: workload('nightly')['spec'] } },
        },
      ],
      '/apis/argoproj.io/v1alpha1': { resources: [{ name: 'rollouts', kind: 'Rollout', namespaced: true }] },
      '/apis/argoproj.io/v1alpha1/namespaces/shop/rollouts/top': {
        metadata: { name: 'top', namespace: 'shop' },
      },
      '/api/v1/pods': [pod('using', labels)],
    },
    { optedIn: true, consumers: true },
  )
  expect(names).toHaveLength(8)
  const files = { 'recorded.yaml': text }
  const { code, out, err } = await run(
    ['review', '-f', 'recorded.yaml', '--state', 'recorded.yaml', '-o', 'json'],
    { files },
  )
  expect({ code, err }).toEqual({ code: 0, err: 'skipped: argoproj.io/v1alpha1 Rollout (1)\n' })
  const { items } = JSON.parse(out) as {
    items: { object: { kind: string; name: string }; matched: boolean }[]
  }
  expect(items.filter(({ matched }) => matched).map(({ object }) => `${object.kind} ${object.name}`)).toEqual(
    ['Deployment web', 'CronJob nightly', 'ReplicaSet web-1', 'Pod using'],
  )
})

describe('what is not told', () => {
  const forbidden = new ApiError({
    status: 403,
    reason: 'Forbidden',
    message: 'User "alice" cannot list services',
  })

  test.each([
    [
      'a list that is refused',
      { [SERVICES]: forbidden },
      /services of namespace shop \(User "alice" cannot list services\)/,
    ],
    [
      'a connection that is lost in between',
      { [DAEMON_SETS]: new UnreachableError('socket hang up') },
      /daemonsets of namespace shop \(socket hang up\)/,
    ],
  ])('is named, and nothing is recorded: %s', async (_what, paths, sentence) => {
    const ended = record(paths)
    await expect(ended).rejects.toThrow(sentence)
    await expect(ended).rejects.toMatchObject({ exitCode: 3 })
  })

  test('is said in the file, where the rest is wanted', async () => {
    const { unread, text, names, manifests } = await record(
      { [SERVICES]: forbidden, [DAEMON_SETS]: [ORDER] },
      { partial: true },
    )
    const why = 'https://here did not tell services of namespace shop (User "alice" cannot list services)'
    expect(unread).toEqual([{ kind: 'Service', namespace: 'shop', why }])
    expect(text).toContain(`# NOT READ: ${why}.`)
    expect(names).toEqual(['IncompleteRecording /incomplete', 'Namespace /shop', 'DaemonSet shop/order'])
    expect(manifests[0]?.object['unread']).toEqual(unread)
  })

  const POLICIES = '/apis/shared.dapr.io/v1alpha1/daprsharedpolicies'
  const NAMESPACED = '/apis/shared.dapr.io/v1alpha1/namespaces/shop'
  const PAY = { metadata: { name: 'pay' } }
  const asking = (name: string, namespace = 'shop'): string =>
    `{apiVersion: v1, kind: Pod, metadata: {name: ${name}, namespace: ${namespace}, annotations: {dapr.io/shared: order}}, spec: {containers: [{name: app}]}}`
  const reviewed = async (
    paths: Readonly<Record<string, unknown>>,
    object: string,
    args: readonly string[] = ['review', '-f', 'pod.yaml', '-o', 'json', '--state', 'recorded.yaml'],
  ) => {
    const { text } = await record(
      { [DAEMON_SETS]: [ORDER], [SERVICES]: [ORDER_SERVICE], '/api/v1/namespaces/pay': PAY, ...paths },
      { partial: true, namespaces: ['shop', 'pay'], optedIn: true },
    )
    return run(args, { files: { 'recorded.yaml': text, 'pod.yaml': object } })
  }

  test.each([
    ['policies', { [POLICIES]: forbidden }, 'DaprSharedPolicy resources of all namespaces'],
    ['Services', { [SERVICES]: forbidden }, 'services of namespace shop'],
    ['instances', { [DAEMON_SETS]: forbidden }, 'daemonsets of namespace shop'],
    [
      'grants',
      { [`${NAMESPACED}/daprsharedgrants`]: forbidden },
      'DaprSharedGrant resources of namespace shop',
    ],
    [
      'exceptions',
      { [`${NAMESPACED}/daprsharedexceptions`]: forbidden },
      'DaprSharedException resources of namespace shop',
    ],
    [
      'the labels of the namespace, which a policy asks for',
      {
        '/api/v1/namespaces/shop': forbidden,
        [POLICIES]: [
          {
            metadata: { name: 'p' },
            spec: { match: { namespaceSelector: { matchLabels: { env: 'prod' } } } },
          },
        ],
      },
      'namespace shop',
    ],
    [
      'the pods that use the instance, which a policy counts',
      {
        '/api/v1/pods': forbidden,
        [POLICIES]: [{ metadata: { name: 'p' }, spec: { rules: { capacity: { maxPods: 3 } } } }],
      },
      'pods with our label of all namespaces',
    ],
  ])('is unknown to whoever reads the file, and never "no": %s', async (_what, paths, sentence) => {
    const { code, out, err } = await reviewed(paths, asking('web'))
    expect(code, err).toBe(3)
    expect(JSON.parse(out)).toMatchObject({ items: [] })
    const why = `the recording is incomplete: https://here did not tell ${sentence} (User "alice" cannot list services)`
    expect(err).toContain(`recorded.yaml: ${why}.\n`)
    expect(err).toContain(`unknown: whether Pod shop/web (pod.yaml:1) is admitted: ${why}.\n`)
  })

  test('changes no answer that does not rest on it', async () => {
    const elsewhere = { '/api/v1/namespaces/pay/services': forbidden, [REPLICA_SETS]: forbidden }
    expect(await reviewed(elsewhere, asking('web'))).toMatchObject({ code: 0 })
    const plain = asking('web').replace('dapr.io/shared: order', 'a: b')
    expect(await reviewed({ [POLICIES]: forbidden }, plain)).toMatchObject({ code: 4 })
    // an order that nobody may use is missing only where all was read
    expect(await reviewed({ [SERVICES]: forbidden }, asking('web', 'pay'))).toMatchObject({ code: 1 })
  })

  test('is no green list of instances, and no green comparison of workloads', async () => {
    const list = await reviewed({ [SERVICES]: forbidden }, '', ['instances', '--state', 'recorded.yaml'])
    expect(list.code, list.err).toBe(3)
    const policy = `{apiVersion: shared.dapr.io/v1alpha1, kind: DaprSharedPolicy, metadata: {name: p}, spec: {}}`
    const whatIf = ['what-if', '-p', 'pod.yaml', '--state', 'recorded.yaml']
    const paths = { [DEPLOYMENTS]: [workload('web')] }
    const whole = await reviewed(paths, policy, whatIf)
    expect(whole.code, whole.err).toBe(0)
    const half = await reviewed({ ...paths, [REPLICA_SETS]: forbidden }, policy, whatIf)
    expect(half.code, half.out + half.err).toBe(3)
  })

  test('is no unknown kind, and must be said', async () => {
    const mark = '{apiVersion: shared.dapr.io/v1alpha1, kind: IncompleteRecording, metadata: {name: x}'
    const files = (rest: string) => ({ 'pod.yaml': asking('web'), 'state.yaml': `${mark}${rest}\n` })
    const args = ['review', '-f', 'pod.yaml', '--strict', '--state', 'state.yaml']
    const said = await run(args, { files: files(', unread: [{why: half of it}]}') })
    expect(said).toMatchObject({
      code: 1,
      err: 'state.yaml: the recording is incomplete: half of it.\n',
    })
    const unsaid = await run(args, { files: files('}') })
    expect(unsaid.code).toBe(2)
    expect(unsaid.err).toContain('state.yaml:1: IncompleteRecording: wanted "unread"')
  })

  test('gets the cure that fits', async () => {
    await expect(record({ [SERVICES]: forbidden })).rejects.toThrow(/Ask for the right to read it, or record/)
    const lost = new UnreachableError('socket hang up')
    await expect(record({ [SERVICES]: lost })).rejects.toThrow(/Try again, or record/)
  })

  test('is told on one line of plain text, whatever a server says', async () => {
    const hostile = new ApiError({ status: 403, reason: '', message: 'no\n---\u001b[31m' })
    const ended = record({ [SERVICES]: hostile })
    await expect(ended).rejects.toThrow(/\(no\\u\{a\}---\\u\{1b\}\[31m\)/)
  })

  test('cannot add lines to the file, whatever a server says', async () => {
    const hostile = new ApiError({ status: 403, reason: '', message: 'no\n---\napiVersion: v1\nkind: Pod' })
    const { names } = await record({ [SERVICES]: hostile }, { partial: true })
    expect(names).toEqual(['IncompleteRecording /incomplete', 'Namespace /shop'])
  })

  test.each([
    ['namespace', { namespaces: ['nope'] }, /there is no namespace nope/],
    ['workload', { workloads: [named('deploy/nope')] }, /there is no deployment\/nope in namespace shop/],
  ])('is no %s that is not there', async (_what, request, sentence) => {
    const ended = record({}, request)
    await expect(ended).rejects.toThrow(sentence)
    await expect(ended).rejects.toMatchObject({ exitCode: 4 })
  })
})
