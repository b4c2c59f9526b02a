import { spawn, spawnSync } from 'node:child_process'
import { join, resolve } from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { aPod, aReview } from '../admission/a-review.ts'
import { PATIENCE, PATIENT } from '../admission/patience.ts'
import { openSocket, post } from '../admission/raw-socket.ts'
import { temporaryFolder } from '../contract/serve-process.ts'
import { clusterFile } from '../corpus/read-cluster.ts'
import { readSpans, withSdk } from './read-spans.ts'

vi.setConfig(PATIENT)

const ROOT = resolve(import.meta.dirname, '../..')
const TRACE = '0af7651916cd43dd8448eb211c80319c'
const PARENT = 'b7ad6b7169203331'

/** The program as the image has it, with a copy of the OpenTelemetry API inside. */
async function bundle(): Promise<string> {
  const folder = await temporaryFolder()
  const bundler = join(ROOT, 'node_modules/.bin/rolldown')
  const { status, stderr } = spawnSync(bundler, ['--config', 'rolldown.config.ts', '--dir', folder], {
    cwd: ROOT,
  })
  if (status !== 0) throw new Error(`no bundle: ${stderr.toString()}`)
  return join(folder, 'dapr-shared.mjs')
}

/** Serves the shop with an SDK preloaded, and asks it once, as an API server that traces. */
async function askTraced(program: string, file: string): Promise<string> {
  const flags = ['--state', clusterFile('shop'), '--port', '0', '--ops-port', '0', '--log-level', 'debug']
  const child = spawn(process.execPath, [program, 'serve', ...flags], {
    env: { PATH: process.env['PATH'], ...withSdk(file) },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  let out = ''
  let log = ''
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (log += chunk.toString()))
  const port = await vi.waitUntil(() => /listening on https:\/\/\S+:(\d+)/.exec(out)?.[1], PATIENCE)
  const socket = await openSocket(Number(port), { rejectUnauthorized: false })
  onTestFinished(() => socket.destroy())
  const review = aReview({ object: aPod({ annotations: { 'dapr.io/shared': 'nobody' } }) })
  const [head = '', ...rest] = post(JSON.stringify(review))
  const traceparent = `traceparent: 00-${TRACE}-${PARENT}-01\r\n`
  socket.send(String(head).replace('\r\n', `\r\n${traceparent}`), ...rest)
  await socket.answers(1)
  return vi.waitUntil(() => log.split('\n').find((line) => line.includes('"msg":"decided"')), PATIENCE)
}

describe('a server with a preloaded SDK continues the trace of the API server', () => {
  test.each([
    ['from source', async () => join(ROOT, 'src/main.ts')],
    ['from the bundle, which has a copy of the API of its own', bundle],
  ])('%s', async (_, program) => {
    const file = join(await temporaryFolder(), 'spans')
    const line = await askTraced(await program(), file)
    const [span, ...more] = await vi.waitUntil(() => {
      const spans = readSpans(file)
      return spans.length > 0 && spans
    }, PATIENCE)
    expect(more).toEqual([])
    expect(span).toMatchObject({
      name: 'admission.review mutate',
      kind: 1,
      traceId: TRACE,
      parent: PARENT,
      attributes: { 'dapr_shared.decision': 'denied', 'dapr_shared.rules': ['instance.missing'] },
    })
    expect(JSON.parse(line)).toMatchObject({ traceId: TRACE, spanId: span?.spanId })
  })
})
