import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { beforeAll, beforeEach, expect, test } from 'vitest'
import { findFreePorts } from '../cluster/free-ports.ts'
import { describeInstalled } from '../e2e/support/describe-installed.ts'
import { instanceObjects } from '../e2e/support/instances.ts'
import { create, createAll, createNamespace, type KubeObject } from '../e2e/support/objects.ts'
import { aPod } from '../e2e/support/pods.ts'
import { containerEnvironment } from './container-environment.ts'
import { startFakeDaprd, type FakeDaprd } from './fake-daprd.ts'
import { pythonWithDapr } from './python.ts'
import { startTunnelProxy } from './tunnel-proxy.ts'

const run = promisify(execFile)
const namespace = 'e2e-sdk'
const host = `order-dapr.${namespace}.svc.cluster.local`
const token = 'a-token-that-nobody-may-read'

// Real pods, real SDKs; only daprd is not.
describeInstalled('with what an admitted pod was given', (cluster) => {
  let http = 0
  let grpc = 0
  let daprd: FakeDaprd
  let environment: Record<string, string>

  beforeAll(async () => {
    ;[http = 0, grpc = 0] = await findFreePorts(2)
    await createNamespace(cluster, namespace)
    await createAll(
      cluster,
      namespace,
      instanceObjects('chart-daemonset', 'order').map((object) => servedAt(object, { http, grpc })),
    )
    expect(await create(cluster, namespace, aPod('application', 'order'))).toMatchObject({ status: 201 })
    environment = await containerEnvironment(cluster, namespace, 'application', 'app')
  })
  beforeEach(async () => {
    daprd = await startFakeDaprd({ http, grpc })
    return async () => daprd[Symbol.asyncDispose]()
  })

  test('every variable is what a container needs', () => {
    expect(environment).toEqual({
      DAPR_HTTP_ENDPOINT: `http://${host}:${http}`,
      DAPR_GRPC_ENDPOINT: `http://${host}:${grpc}`,
      DAPR_API_TOKEN: token,
    })
  })

  test('the JavaScript SDK reaches its instance over HTTP and gRPC, with the token', async () => {
    const program = join(import.meta.dirname, 'programs/use-dapr.ts')
    const { stdout } = await run(process.execPath, [program], {
      env: { PATH: process.env['PATH'], ...environment },
      timeout: 60_000,
    })
    expect(lastLineOf(stdout)).toEqual({
      invoked: 'pong',
      state: 'pong',
      http: `${host}:${http}`,
      grpc: `${host}:${grpc}`,
    })
    expectCalls({ waitingFor: '/v1.0/metadata' })
  })

  test('the Python SDK reaches its instance over HTTP and gRPC, with the token', async ({ skip }) => {
    const python = await pythonWithDapr()
    if ('missing' in python) {
      if (process.env['CI'] === 'true') throw new Error(python.missing)
      return skip(python.missing)
    }
    await using proxy = await startTunnelProxy()
    const program = join(import.meta.dirname, 'programs/use_dapr.py')
    const { stdout } = await run(python.program, [program], {
      env: { PATH: process.env['PATH'], ...environment, DAPR_HEALTH_TIMEOUT: '10', grpc_proxy: proxy.url },
      timeout: 60_000,
    })
    expect(lastLineOf(stdout)).toEqual({
      invoked: 'pong',
      state: 'pong',
      http: `http://${host}:${http}`,
      grpc: `dns:${host}:${grpc}`,
      tls: false,
    })
    expect(new Set(proxy.asked)).toEqual(new Set([`${host}:${grpc}`]))
    expectCalls({ waitingFor: '/v1.0/healthz/outbound' })
  })

  /** Both protocols were used, at the names that were injected, each time with the token. */
  function expectCalls({ waitingFor }: { waitingFor: string }): void {
    const { calls } = daprd
    expect(calls.map(({ path }) => path)).toEqual(
      expect.arrayContaining([
        waitingFor,
        '/v1.0/invoke/order/method/ping',
        '/dapr.proto.runtime.v1.Dapr/GetState',
      ]),
    )
    for (const call of calls)
      expect(call).toMatchObject({ host: `${host}:${call.protocol === 'http' ? http : grpc}`, token })
  }
})

/** The Service of an instance at other ports; everything else as it is. */
function servedAt(object: KubeObject, { http, grpc }: { http: number; grpc: number }): KubeObject {
  if (object.kind !== 'Service') return object
  const ports = [
    { name: 'dapr-http', port: http, targetPort: 3500 },
    { name: 'dapr-grpc', port: grpc, targetPort: 50_001 },
  ]
  return { ...object, spec: { ...(object['spec'] as object), ports } }
}

function lastLineOf(stdout: string): unknown {
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '')
}
