import { describe, expect, onTestFinished, test } from 'vitest'
import type { Consumers } from '../../src/core/facts.ts'
import { UnreachableError } from '../../src/kube/call-errors.ts'
import type { KubeClient, SendOptions } from '../../src/kube/kube-client.ts'
import type { ResourceKind } from '../../src/policy/kinds.ts'
import { publishStatus, type PublishedResource } from '../../src/policy/publish-status.ts'
import { fakeTime } from '../kube/fake-time.ts'

const apiVersion = 'shared.dapr.io/v1alpha1'

/** An API server that takes statuses, and shows them as a watch would. */
class StatusServer implements KubeClient {
  readonly server = 'memory'
  readonly patched: { path: string; body: Record<string, unknown>; options: SendOptions | undefined }[] = []
  readonly resources = new Map<ResourceKind, Map<string, PublishedResource>>()
  failure: Error | undefined
  /** whether the watch shows what was written */
  echoes = true

  put(kind: ResourceKind, name: string, spec: object, uid = 'u1', namespace?: string): void {
    const metadata = { name, uid, generation: 1, ...(namespace === undefined ? {} : { namespace }) }
    const all = this.resources.get(kind) ?? new Map<string, PublishedResource>()
    this.resources.set(kind, all.set(name, { written: { apiVersion, kind, metadata, spec }, status: {} }))
  }

  send: KubeClient['send'] = async (_, path, body, options) => {
    if (this.failure) throw this.failure
    const sent = body as { kind: ResourceKind; metadata: { name: string }; status: object }
    this.patched.push({ path, body: structuredClone(body) as Record<string, unknown>, options })
    const there = this.resources.get(sent.kind)?.get(sent.metadata.name)
    if (there && this.echoes)
      this.resources.get(sent.kind)?.set(sent.metadata.name, {
        ...there,
        status: structuredClone(sent.status) as PublishedResource['status'],
      })
    return body
  }

  get: KubeClient['get'] = () => Promise.reject(new Error('statuses only'))
  post: KubeClient['post'] = () => Promise.reject(new Error('statuses only'))
  watch: KubeClient['watch'] = () => Promise.reject(new Error('statuses only'))

  async [Symbol.asyncDispose](): Promise<void> {
    // there is no connection to close
  }
}

async function publishing() {
  const server = new StatusServer()
  const time = fakeTime()
  const stop = new AbortController()
  const warned: unknown[] = []
  let consumers: Consumers = { pods: 0, workloads: new Map() }
  const done = publishStatus(
    {
      client: server,
      resources: (kind) => server.resources.get(kind)?.values() ?? [],
      consumers: () => consumers,
      now: time.now,
      clock: time.now,
      sleep: time.sleep,
      log: { warn: (facts) => void warned.push(facts) },
    },
    stop.signal,
  )
  onTestFinished(async () => {
    stop.abort()
    await done
  })
  // its first look ends before any time passes
  await time.advance(0)
  const used = (pods: number): void => {
    consumers = { pods, workloads: new Map([['shop/Deployment/web', pods]]) }
  }
  return { server, time, warned, used, stop: () => stop.abort(), done }
}

const RIGHT = { rules: { capacity: { maxPods: 5 } } }
const EXTERNAL = {
  appId: 'order',
  external: { httpEndpoint: 'https://a.example.com:443', grpcEndpoint: 'https://b.example.com:443' },
}

describe('publishing statuses', () => {
  test('applies the status of a policy, by the status alone and under our own name', async () => {
    const { server, time } = await publishing()
    server.put('DaprSharedPolicy', 'a', RIGHT)
    await time.advance(2_000)
    expect(server.patched).toMatchObject([
      {
        path: '/apis/shared.dapr.io/v1alpha1/daprsharedpolicies/a/status',
        body: {
          metadata: { name: 'a', uid: 'u1' },
          status: { observedGeneration: 1, conditions: [{ type: 'Accepted' }, { type: 'Ready' }] },
        },
        options: {
          contentType: 'application/apply-patch+yaml',
          query: { fieldManager: 'dapr-shared-admission', force: 'true' },
        },
      },
    ])
  })

  test('says nothing twice, whether or not the watch has shown it yet', async () => {
    const { server, time } = await publishing()
    server.put('DaprSharedPolicy', 'a', RIGHT)
    server.echoes = false
    await time.advance(30_000)
    expect(server.patched).toHaveLength(1)
  })

  test('says it again of another object of the same name', async () => {
    const { server, time } = await publishing()
    server.put('DaprSharedPolicy', 'a', RIGHT)
    await time.advance(2_000)
    server.put('DaprSharedPolicy', 'a', RIGHT, 'u2')
    await time.advance(2_000)
    expect(server.patched.map(({ body }) => body['metadata'])).toMatchObject([{ uid: 'u1' }, { uid: 'u2' }])
  })

  test('tells who uses an instance at most every 30 seconds', async () => {
    const { server, time, used } = await publishing()
    server.put('DaprSharedInstance', 'order', EXTERNAL, 'u1', 'shop')
    const counts = () => server.patched.map(({ body }) => (body['status'] as { consumers: object }).consumers)
    await time.advance(2_000)
    for (let pods = 1; pods <= 10; pods++) {
      used(pods)
      await time.advance(2_000)
    }
    expect(counts()).toEqual([{ pods: 0, workloads: 0 }])
    await time.advance(12_000)
    expect(counts()).toEqual([
      { pods: 0, workloads: 0 },
      { pods: 10, workloads: 1 },
    ])
    expect(server.patched[0]?.path).toBe(
      '/apis/shared.dapr.io/v1alpha1/namespaces/shop/daprsharedinstances/order/status',
    )
  })

  test('goes on when the server comes back, and tells of the failure once', async () => {
    const { server, time, warned } = await publishing()
    server.put('DaprSharedPolicy', 'a', RIGHT)
    server.put('DaprSharedPolicy', 'b', RIGHT)
    server.failure = new UnreachableError('no route')
    await time.advance(60_000)
    expect(warned).toMatchObject([{ reason: 'no route' }])
    server.failure = undefined
    await time.advance(120_000)
    expect(server.patched).toHaveLength(2)
  })

  test('a thousand policies are told bit by bit', async () => {
    const { server, time } = await publishing()
    for (let number = 0; number < 1000; number++) server.put('DaprSharedPolicy', `p${number}`, RIGHT)
    await time.advance(2_000)
    expect(server.patched.length).toBeLessThanOrEqual(120)
    await time.advance(60_000)
    expect(server.patched).toHaveLength(1000)
  })

  test('ends at once when it is told to', async () => {
    const { server, time, stop, done } = await publishing()
    await time.advance(0)
    stop()
    await done
    server.put('DaprSharedPolicy', 'late', RIGHT)
    await time.advance(60_000)
    expect(server.patched).toEqual([])
  })
})
