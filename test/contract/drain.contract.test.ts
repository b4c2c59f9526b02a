import { writeFile } from 'node:fs/promises'
import { Agent, request } from 'node:https'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import { aReview } from '../admission/a-review.ts'
import { testCertificates } from '../admission/a-server.ts'
import { post } from '../admission/raw-socket.ts'
import { clusterFile } from '../corpus/read-cluster.ts'
import { serve, serveWith, temporaryFolder, type Serving } from './serve-process.ts'
import { PATIENCE, PATIENT } from '../admission/patience.ts'

vi.setConfig(PATIENT)
beforeAll(() => testCertificates())

const BODY = JSON.stringify(aReview())

interface Tally {
  served: number
  /** 503 with `Retry-After: 0`: the API server sends the same review to another replica */
  handedOver: number
  readonly lost: string[]
}

/** Asks on a kept connection, as the API server does, until it is handed over to another replica. */
async function askOn(serving: Serving, tally: Tally): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1, ca: serving.ca })
  try {
    for (;;) {
      const answer = await ask(serving, agent)
      if (answer === '200') tally.served += 1
      else if (answer === '503 0') tally.handedOver += 1
      else tally.lost.push(answer)
      if (answer !== '200') return
      await pause(2)
    }
  } finally {
    agent.destroy()
  }
}

/** Status and `Retry-After` of one review, or the code of the error that lost it. */
function ask({ url }: Serving, agent: Agent): Promise<string> {
  return new Promise((resolve) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(BODY) }
    const asked = request(`${url}/mutate?timeout=5s`, { method: 'POST', agent, headers }, (answer) => {
      answer.resume()
      answer.once('end', () =>
        resolve([answer.statusCode, answer.headers['retry-after'] ?? []].flat().join(' ')),
      )
      answer.once('error', (error) => resolve(String(error)))
    })
    asked.once('error', (error) => resolve(String(error)))
    asked.end(BODY)
  })
}

describe('SIGTERM under load', () => {
  test('loses no review: all are served, and then handed over', async () => {
    const serving = await serve(clusterFile('shop'), '--drain-seconds', '1')
    const tally: Tally = { served: 0, handedOver: 0, lost: [] }
    const clients = Array.from({ length: 8 }, () => askOn(serving, tally))
    await vi.waitUntil(() => tally.served > 100, PATIENCE)
    const before = tally.served
    serving.kill('SIGTERM')
    await Promise.all(clients)

    expect(tally.lost).toEqual([])
    expect(tally.handedOver).toBe(8)
    expect(tally.served, 'it goes on serving while the cluster learns of it').toBeGreaterThan(before)
    expect(await serving.exited).toBe(0)
  })

  test('is not ready from the first moment, but alive, and says why', async () => {
    const serving = await serve(clusterFile('shop'), '--drain-seconds', '2')
    serving.kill('SIGTERM')
    await vi.waitUntil(async () => (await serving.ops('/readyz')).status === 503, PATIENCE)
    expect((await serving.ops('/readyz')).text).toContain('[-] serving: draining')
    expect((await serving.ops('/livez')).status).toBe(200)
    expect(await serving.exited).toBe(0)
  })

  test('closes no idle connection before it must: the review that comes on it is answered', async () => {
    const serving = await serve(clusterFile('shop'), '--drain-seconds', '2')
    const idle = await serving.open()
    idle.send(...post(BODY))
    await idle.answers(1)
    serving.kill('SIGTERM')
    await vi.waitUntil(async () => (await serving.ops('/readyz')).status === 503, PATIENCE)
    idle.send(...post(BODY))
    const [, answer] = await idle.answers(2)
    expect(answer).toMatchObject({ status: 200, headers: { connection: 'close' } })
    expect(await serving.exited).toBe(0)
  })
})

/** A server with a bug that shows when it is told. */
async function serveBreakable(
  how: string,
  drainSeconds: string,
): Promise<{ serving: Serving; breakIt: () => Promise<void> }> {
  const breakWhen = join(await temporaryFolder(), 'now')
  const serving = await serveWith(
    {
      NODE_OPTIONS: `--import=${join(import.meta.dirname, 'break-later.mjs')}`,
      BREAK_WHEN: breakWhen,
      BREAK_AS: how,
    },
    clusterFile('shop'),
    '--drain-seconds',
    drainSeconds,
  )
  return { serving, breakIt: () => writeFile(breakWhen, '') }
}

describe('a bug that nobody catches', () => {
  test.each(['exception', 'rejection'])(
    'as %s ends the program, and loses no review: they are handed over to other replicas',
    async (how) => {
      const { serving, breakIt } = await serveBreakable(how, '1')
      const tally: Tally = { served: 0, handedOver: 0, lost: [] }
      const clients = Array.from({ length: 8 }, () => askOn(serving, tally))
      await vi.waitUntil(() => tally.served > 100, PATIENCE)
      await breakIt()
      await Promise.all(clients)

      expect(tally).toMatchObject({ lost: [], handedOver: 8 })
      expect(await serving.exited).toBe(1)
      const told = serving.log().filter(({ msg }) => msg === 'unexpected: stopping')
      expect(told[0]).toMatchObject({ level: 'fatal', err: { message: 'the first bug' } })
    },
  )

  test('while it drains already hands over at once, and ends with 1', async () => {
    const { serving, breakIt } = await serveBreakable('exception', '600')
    const tally: Tally = { served: 0, handedOver: 0, lost: [] }
    serving.kill('SIGTERM')
    await vi.waitUntil(async () => (await serving.ops('/readyz')).status === 503, PATIENCE)
    await breakIt()
    await vi.waitUntil(() => serving.log().some(({ msg }) => msg === 'unexpected: stopping'), PATIENCE)
    await askOn(serving, tally)
    expect(tally).toMatchObject({ lost: [], handedOver: 1 })
    expect(await serving.exited).toBe(1)
  })
})
