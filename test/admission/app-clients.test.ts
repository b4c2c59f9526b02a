import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { clusterFile } from '../corpus/read-cluster.ts'
import { temporaryFolder } from '../certs/temporary-folder.ts'
import { testCertificates } from './a-server.ts'
import { runApp, type AppOptions, type RunningApp } from './an-app.ts'
import { makeClientAuthority, type Signed } from './client-pki.ts'
import { PATIENCE, PATIENT } from './patience.ts'
import { openSocket, post, type RawAnswer } from './raw-socket.ts'

vi.setConfig(PATIENT)
beforeAll(() => testCertificates())

const authority = makeClientAuthority()
const other = makeClientAuthority()
const apiServer = authority.sign({ commonName: 'kube-apiserver' })
const REFUSED = { status: 403, body: '{"error":"ClientCertificateRequired"}' }
// no review, but only who may ask is told so
const ANSWERED = { status: 400, body: '{"error":"UnsupportedReviewVersion"}' }

async function run(settings: AppOptions['settings']): Promise<RunningApp> {
  const running = await runApp({ paths: [clusterFile('shop')], settings: { ...settings } })
  onTestFinished(() => running[Symbol.asyncDispose]())
  return running
}

async function ask(
  { app, ca }: RunningApp,
  client: Partial<Signed>,
  request: { body?: string; path?: string; headers?: Record<string, string> } = {},
): Promise<RawAnswer> {
  const socket = await openSocket(Number(new URL(app.url).port), { ca, ...client })
  const { body = '{}', ...rest } = request
  socket.send(...post(body, rest))
  const [answer] = await socket.answers(1)
  socket.destroy()
  if (answer === undefined) throw new Error('no answer')
  return answer
}

async function clientCa(pem: string): Promise<{ caFile: string; replace: (next: string) => Promise<void> }> {
  const folder = await temporaryFolder()
  const caFile = join(folder, 'ca.crt')
  await writeFile(caFile, pem)
  return {
    caFile,
    async replace(next) {
      await writeFile(`${caFile}.new`, next)
      await rename(`${caFile}.new`, caFile)
    },
  }
}

describe('a server with --client-ca and --client-names', () => {
  test('answers the API server alone, and counts whom it refused', async () => {
    const { caFile } = await clientCa(authority.cert)
    const running = await run({ clients: { caFile, names: ['kube-apiserver'] } })
    expect(await ask(running, apiServer)).toMatchObject(ANSWERED)
    expect(await ask(running, {})).toMatchObject(REFUSED)
    expect(await ask(running, other.sign({ commonName: 'kube-apiserver' }))).toMatchObject(REFUSED)
    expect(await ask(running, authority.sign({ commonName: 'another' }))).toMatchObject(REFUSED)
    const metrics = await (await running.ops('/metrics')).text()
    expect(metrics).toContain('dapr_shared_tls_handshake_failures_total{reason="client_certificate"} 3')
    const told = running.lines.filter((line) => line.includes('is it the API server?'))
    expect(told, 'each reason once a minute').toHaveLength(3)
    expect(await ask(running, {})).toMatchObject(REFUSED)
    expect(running.lines.filter((line) => line.includes('is it the API server?'))).toHaveLength(3)
    expect(metrics, 'who may not ask leaves no review').not.toMatch(/requests_total\{.*\} 3/)
  })

  test('follows the file: a new CA is in force without a restart, a broken file changes nothing', async () => {
    const { caFile, replace } = await clientCa(authority.cert)
    const running = await run({ clients: { caFile, names: [] } })
    const stranger = other.sign({ commonName: 'kube-apiserver' })
    const status = async (client: Signed): Promise<number> => (await ask(running, client)).status
    expect([await status(apiServer), await status(stranger)]).toEqual([400, 403])

    await replace('no certificate at all')
    await expect.poll(() => running.lines.join(''), PATIENCE).toContain('holds no certificate')
    expect([await status(apiServer), await status(stranger)]).toEqual([400, 403])

    await replace(authority.cert + other.cert)
    await expect.poll(() => status(stranger), PATIENCE).toBe(400)
    expect(await status(apiServer)).toBe(400)

    await replace(other.cert)
    await expect.poll(() => status(apiServer), PATIENCE).toBe(403)
    expect(await status(stranger)).toBe(400)
  })

  test('keeps the check when its own certificate is renewed', async () => {
    const { caFile } = await clientCa(authority.cert)
    const running = await run({ clients: { caFile, names: [] } })
    const renewed = await (await testCertificates()).sign()
    await writeFile(running.certificateFiles.certFile, renewed.certPem)
    await writeFile(running.certificateFiles.keyFile, renewed.keyPem)
    await expect.poll(() => running.lines.join(''), PATIENCE).toContain('The certificate was reloaded.')
    expect(await ask(running, apiServer)).toMatchObject(ANSWERED)
    expect(await ask(running, {})).toMatchObject(REFUSED)
  })

  test('does not ask callers of the review API for one: they are people and pipelines', async () => {
    const { caFile } = await clientCa(authority.cert)
    const running = await run({ clients: { caFile, names: [] }, reviewApi: 'loopback' })
    const pod = 'apiVersion: v1\nkind: Pod\nmetadata: { name: a }\nspec: { containers: [{ name: a }] }\n'
    const headers = { 'Content-Type': 'application/yaml' }
    const answer = await ask(running, {}, { body: pod, path: '/v1/review', headers })
    expect(answer.status, answer.body).toBe(200)
    expect(await ask(running, {}, { body: pod, path: '/v1/review/', headers })).toMatchObject(REFUSED)
    expect(await ask(running, {})).toMatchObject(REFUSED)
  })

  test.each([
    ['no file', undefined, 'cannot be read (ENOENT)'],
    ['a certificate that is no CA', apiServer.cert, 'holds a certificate that is no CA'],
    ['something else', 'hello', 'holds no certificate'],
  ])('does not start with %s', async (_name, text, message) => {
    const folder = await temporaryFolder()
    const caFile = join(folder, 'ca.crt')
    if (text !== undefined) await writeFile(caFile, text)
    await expect(run({ clients: { caFile, names: [] } })).rejects.toThrow(message)
  })
})

describe('--max-connections and --max-in-flight', () => {
  test('are the limits of the server, and its metrics tell how much of them is used', async () => {
    const running = await run({ maxConnections: 2 })
    const socket = await running.open()
    socket.send(...post('{}'))
    await socket.answers(1)
    await expect(running.open()).rejects.toThrow(/disconnected|ECONNRESET|hang up/)
    const metrics = await (await running.ops('/metrics')).text()
    expect(metrics).toContain('dapr_shared_connections 1\n')
    expect(metrics).toContain('dapr_shared_connections_refused_total{reason="share"} 1\n')
    expect(running.lines.filter((line) => line.includes('connection refused'))).toEqual([
      expect.stringMatching(/"level":"warn".*"reason":"share"/),
    ])
    expect(metrics).toContain('dapr_shared_admission_in_flight 0\n')
    expect(metrics).toMatch(/dapr_shared_event_loop_delay_seconds\{quantile="0.99"\} \d/)
  })
})
