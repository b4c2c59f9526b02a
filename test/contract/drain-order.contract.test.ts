import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { aReview } from '../admission/a-review.ts'
import { testCertificates } from '../admission/a-server.ts'
import { PATIENCE, PATIENT } from '../admission/patience.ts'
import { openSocket, post } from '../admission/raw-socket.ts'
import { findFreePorts } from '../cluster/free-ports.ts'
import { clusterFile } from '../corpus/read-cluster.ts'
import { temporaryFolder } from './serve-process.ts'

vi.setConfig(PATIENT)
beforeAll(() => testCertificates())

const MAIN = resolve(import.meta.dirname, '../../src/main.ts')

/** The program, which cannot open its state before `goOn` is called: standard input is the state. */
async function startSlowly() {
  const { ca, first } = await testCertificates()
  const folder = await temporaryFolder()
  const [certFile, keyFile] = [join(folder, 'tls.crt'), join(folder, 'tls.key')]
  await writeFile(certFile, first.certPem)
  await writeFile(keyFile, first.keyPem)
  const [port = 0, opsPort = 0] = await findFreePorts(2)
  const places = [`--port=${port}`, `--ops-port=${opsPort}`, `--tls-cert=${certFile}`, `--tls-key=${keyFile}`]
  const child = spawn(process.execPath, [MAIN, 'serve', '--state=-', ...places], {
    env: { PATH: process.env['PATH'] },
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  return {
    ops: async (path: string) => {
      const answer = await fetch(`http://127.0.0.1:${opsPort}${path}`)
      return { status: answer.status, text: await answer.text() }
    },
    open: () => openSocket(port, { ca }),
    goOn: async () => void child.stdin.end(await readFile(clusterFile('shop'))),
    exited: once(child, 'exit').then(([code]) => code as number | null),
    stop: () => void child.kill('SIGTERM'),
  }
}

describe('start and stop', () => {
  test('probes are answered while a slow start is under way, and until the last review is', async () => {
    const { ops, open, goOn, exited, stop } = await startSlowly()
    const isAlive = async (): Promise<boolean> => (await ops('/livez').catch(() => undefined))?.status === 200
    await vi.waitUntil(isAlive, PATIENCE)
    expect(await ops('/readyz')).toEqual({
      status: 503,
      text: '[-] start: not everything is opened yet\nnot ready\n',
    })
    expect((await ops('/metrics')).status).toBe(503)
    await expect(open()).rejects.toThrow('ECONNREFUSED')

    await goOn()
    await vi.waitUntil(async () => (await ops('/readyz')).status === 200, PATIENCE)
    const slow = await open()
    const [head = '', body = ''] = post(JSON.stringify(aReview()))
    slow.send(head, body.slice(0, 10))
    // it must have arrived before the signal does
    await pause(100)
    stop()
    await vi.waitUntil(async () => {
      const late = await open().catch(() => undefined)
      late?.destroy()
      return late === undefined
    }, PATIENCE)
    expect(await isAlive(), 'the webhook listens no more, the probes do').toBe(true)
    expect((await ops('/readyz')).status).toBe(503)
    slow.send(body.slice(10))
    expect(await slow.answers(1)).toMatchObject([{ status: 200 }])
    expect(await exited).toBe(0)
  })
})
