import { beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { aPod, aReview } from '../admission/a-review.ts'
import { testCertificates } from '../admission/a-server.ts'
import { runApp, type RunningApp } from '../admission/an-app.ts'
import { post, type RawAnswer } from '../admission/raw-socket.ts'
import { WatchedCluster } from '../corpus/watched-cluster.ts'
import { valuesOf } from '../telemetry/scraped.ts'
import { freePort, kubeConfigFor, serveCluster } from './fake-api-server.ts'
import { PATIENCE, PATIENT } from '../admission/patience.ts'

vi.setConfig(PATIENT)
beforeAll(() => testCertificates())

const asking = (appId: string): string =>
  JSON.stringify(aReview({ object: aPod({ annotations: { 'dapr.io/shared': appId } }) }))
const NOBODY = asking('nobody')

async function appOn(port: number): Promise<RunningApp> {
  const source = { kind: 'cluster', kubeconfig: await kubeConfigFor(port), context: undefined } as const
  const app = await runApp({ paths: [], settings: { source } })
  onTestFinished(() => app[Symbol.asyncDispose]())
  return app
}

async function ask({ open }: RunningApp, appId: string): Promise<RawAnswer> {
  const socket = await open()
  socket.send(
    ...post(JSON.stringify(aReview({ object: aPod({ annotations: { 'dapr.io/shared': appId } }) }))),
  )
  const [answer] = await socket.answers(1)
  socket.destroy()
  if (answer === undefined) throw new Error('no answer')
  return answer
}

const ready = async ({ ops }: RunningApp): Promise<number> => (await ops('/readyz')).status
const NOT_SYNCED = { status: 503, body: '{"error":"NotSynced"}', headers: { 'retry-after': '1' } }

describe('a server whose API server is not there yet', () => {
  test('lives, is not ready, and hands reviews over; it is ready when the API server comes', async () => {
    const port = await freePort()
    const app = await appOn(port)
    expect((await app.ops('/livez')).status).toBe(200)
    expect(await ready(app)).toBe(503)
    expect(await (await app.ops('/readyz')).text()).toContain('[-] cache services: ')
    expect(await ask(app, 'cart')).toMatchObject(NOT_SYNCED)
    expect(await ask(app, 'nobody')).toMatchObject(NOT_SYNCED)

    await serveCluster(new WatchedCluster('shop'), port)
    await expect.poll(() => ready(app), PATIENCE).toBe(200)
    expect(await ask(app, 'cart')).toMatchObject({ status: 200 })
    const scraped = await (await app.ops('/metrics')).text()
    expect(valuesOf(scraped, 'dapr_shared_cache_synced')).toEqual({
      daemonsets: 1,
      deployments: 1,
      services: 1,
      namespaces: 1,
      pods: 1,
      daprsharedpolicies: 1,
      daprsharedgrants: 1,
      daprsharedexceptions: 1,
      daprsharedinstances: 1,
    })
  })
})

describe('a server that knows its cluster', () => {
  test('answers through an outage what it knows, and hands over what it must look up', async () => {
    const port = await freePort()
    const { stop } = await serveCluster(new WatchedCluster('shop'), port)
    const app = await appOn(port)
    await expect.poll(() => ready(app), PATIENCE).toBe(200)

    await stop()
    expect((await ask(app, 'cart')).body).toContain('"allowed":true')
    expect(await ask(app, 'nobody')).toMatchObject({
      status: 503,
      body: '{"error":"LookUpFailed"}',
      headers: { 'retry-after': '1' },
    })
    expect(await ready(app), 'an outage of the API server takes no replica out').toBe(200)
    expect(app.lines.some((line) => line.includes('LookUpFailed') && line.includes('ECONNREFUSED'))).toBe(
      true,
    )
  })

  test('looks up before it refuses: an instance that its watch has not brought is found', async () => {
    const port = await freePort()
    const cluster = new WatchedCluster('nothing')
    await serveCluster(cluster, port)
    const app = await appOn(port)
    await expect.poll(() => ready(app), PATIENCE).toBe(200)
    expect((await ask(app, 'cart')).body).toContain('[instance.missing]')

    cluster.becomeInSilence('shop')
    expect((await ask(app, 'cart')).body).toContain('"allowed":true')
    const scraped = await (await app.ops('/metrics')).text()
    expect(valuesOf(scraped, 'dapr_shared_live_lookups_total')).toEqual({ confirmed: 1, changed: 1 })
  })

  test('does not ask the API server for every refusal that anybody provokes', async () => {
    const port = await freePort()
    const cluster = new WatchedCluster('shop')
    await serveCluster(cluster, port)
    const app = await appOn(port)
    await expect.poll(() => ready(app), PATIENCE).toBe(200)
    const listed = (): number => cluster.asked.filter((what) => what === 'list services').length
    const before = listed()
    const socket = await app.open()
    for (let count = 1; count <= 60; count++) {
      socket.send(...post(NOBODY))
      await socket.answers(count)
    }
    const answers = await socket.answers(60)
    const lookUps = listed() - before
    const refused = answers.filter(({ status }) => status === 503)
    expect(refused.length).toBeGreaterThan(0)
    expect(refused[0]).toMatchObject({ body: '{"error":"LookUpRefused"}', headers: { 'retry-after': '1' } })
    expect(lookUps).toBe(answers.length - refused.length)
  })
})
