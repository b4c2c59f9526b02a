import { connect as connectTcp, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect as connectTls } from 'node:tls'
import { waitUntil } from '../../cluster/wait-until.ts'
import type { Fault } from '../fault.ts'
import { flood } from '../rig/flood.ts'
import { quantile, underLoad } from '../rig/load.ts'
import { filesOf, memoryOf } from '../rig/process-figures.ts'
import { reviewFor, verdictOf } from '../rig/reviews.ts'
import { startSecondServer } from '../rig/second-server.ts'
import { secondsOf } from '../rig/timing.ts'

const portOf = (url: string): number => Number(new URL(url).port)

export const worstBodies: Fault = {
  id: 'F15',
  title: 'the worst bodies there are, with a small heap',
  short: true,
  async run({ long, stage }, record) {
    const { webhook, namespace } = await stage()
    record.did('50 callers send what costs most to read, to a server with a heap of 96 MiB')
    await using server = await startSecondServer({ webhook }, { nodeFlags: ['--max-old-space-size=96'] })
    await waitUntil('it is ready', async () => (await server.ask('/readyz')).status === 200)
    const target = { port: portOf(server.url), rendered: webhook.rendered }
    const size = 7.9 * 1024 * 1024
    const bodies = {
      'empty objects': `[${'{},'.repeat(size / 3 - 1)}{}]`,
      'levels of nesting': '['.repeat(size),
      'one long string': JSON.stringify({ a: 'x'.repeat(size - 20) }),
      'a legal pod with a huge annotation': JSON.stringify({
        ...reviewFor('order', namespace),
        padding: '<'.repeat(size - 2000),
      }),
      'as many values as are allowed': JSON.stringify({
        ...reviewFor('order', namespace),
        a: Array(240_000).fill(0),
      }),
    }
    for (const [name, body] of Object.entries(bodies)) {
      const answers = await flood(target, body, { sockets: 50, milliseconds: long ? 5000 : 1500 })
      const odd = [...answers.statuses.keys()].filter((status) => ![200, 400, 413, 503].includes(status))
      record.is(`${name}: answers other than 200, 400, 413, 503`, odd, [])
      record.figure(
        name,
        `${JSON.stringify(Object.fromEntries(answers.statuses))}, ${answers.broken} broken off`,
      )
      record.holds(`${name}: the process lives`, !server.hasEnded())
    }
    const verdict = verdictOf(await server.review('mutate', reviewFor('order', namespace)))
    record.is('then an ordinary review', verdict, 'injected')
    record.is('readiness', (await server.ask('/readyz')).status, 200)
    record.atMost('most memory', memoryOf(server.pid).peak, 512, ' MiB')
    record.is('it ends well', await server.stop(), 0)
  },
}

export const connectionStorm: Fault = {
  id: 'F19',
  title: 'thousands of idle sockets and handshakes, while pods are created',
  short: false,
  async run({ long, slack, stage }, record) {
    const { webhook, ask } = await stage()
    const idle = long ? 10_000 : 3000
    const seconds = long ? 20 : 6
    record.did(
      `${idle} sockets that say nothing, then TLS handshakes one after the other from 20 places for ${seconds} s`,
    )
    using closing = new DisposableStack()
    const sockets: Socket[] = []
    closing.defer(() => sockets.forEach((socket) => socket.destroy()))
    const { pid } = webhook.server
    let most = 0
    const ledger = await underLoad(record, ask, async (load) => {
      await waitUntil('some calls', async () => load.answered() > 20)
      for (let count = 0; count < idle; count++) {
        const socket = connectTcp(webhook.port, '127.0.0.1')
          .on('error', () => undefined)
          .resume()
        sockets.push(socket)
        if (count % 200 === 0) await sleep(10)
      }
      let handshakes = 0
      const until = performance.now() + seconds * 1000
      const storm = Array.from({ length: 20 }, async () => {
        while (performance.now() < until) {
          await handshake(webhook.port)
          handshakes += 1
          most = Math.max(most, filesOf(pid).open)
        }
      })
      await Promise.all(storm)
      record.figure('handshakes per second', handshakes / seconds)
    })
    const { limit } = filesOf(pid)
    record.atMost('open files of the server', most, Math.floor(limit * 0.8))
    record.atMost(
      'p99 of calls through the API server',
      quantile(ledger.milliseconds, 0.99),
      1000 * slack,
      ' ms',
    )
    const gone = await secondsOf(() =>
      waitUntil('the idle sockets were closed', async () =>
        sockets.every((socket) => socket.destroyed || socket.closed),
      ),
    )
    record.atMost('idle sockets are closed after the storm', gone, 15 * slack, ' s')
  },
}

function handshake(port: number): Promise<void> {
  return new Promise((resolve) => {
    // a stranger's handshake: the certificate is none of its business
    const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false }, () => socket.destroy())
    socket.setTimeout(5000, () => socket.destroy())
    socket.on('error', () => undefined).on('close', () => resolve())
  })
}

export const overload: Fault = {
  id: 'F20',
  title: 'more reviews at once than the server can take',
  short: false,
  async run({ long, slack, stage }, record) {
    const { webhook, namespace } = await stage()
    const seconds = long ? 10 : 3
    record.did(`reviews sent by 16 callers, then by 800, ${seconds} s each`)
    await using server = await startSecondServer({ webhook })
    await waitUntil('it is ready', async () => (await server.ask('/readyz')).status === 200)
    const target = { port: portOf(server.url), rendered: webhook.rendered }
    const body = JSON.stringify(reviewFor('order', namespace))
    const share = { milliseconds: seconds * 1000 }
    await flood(target, body, { sockets: 16, milliseconds: 1000 })
    const usual = await flood(target, body, { ...share, sockets: 16 })
    const over = await flood(target, body, { ...share, sockets: 800 })
    const odd = [...over.statuses.keys()].filter((status) => ![200, 503].includes(status))
    record.is('answers other than 200 and 503', odd, [])
    record.is('503 without Retry-After', (over.statuses.get(503) ?? 0) - over.withRetryAfter, 0)
    record.is('reviews without an answer', over.broken, 0)
    // to the API server each is a failed call, which it does not repeat
    record.is('connections not let in', over.notLetIn, 0)
    const goodput = ((over.statuses.get(200) ?? 0) / sum(over.statuses)) * over.perSecond
    record.figure(
      'reviews per second, 16 callers and 800',
      `${usual.perSecond.toFixed(0)}, ${goodput.toFixed(0)}`,
    )
    record.atLeast('goodput, of that of 16 callers', goodput / usual.perSecond, 0.9 / slack)
    const after = await secondsOf(async () => server.review('mutate', reviewFor('order', namespace)))
    record.atMost('an ordinary review afterwards', after, 2 * slack, ' s')
    record.figure('most memory, MiB', memoryOf(server.pid).peak)
    record.is('it ends well', await server.stop(), 0)
  },
}

function sum(counts: ReadonlyMap<number, number>): number {
  return [...counts.values()].reduce((total, count) => total + count, 0)
}

export const scrapeStorm: Fault = {
  id: 'F38',
  title: 'metrics are scraped as fast as they come',
  short: false,
  async run({ slack, stage }, record) {
    const { webhook, ask } = await stage()
    record.did('/metrics asked by 16 readers for 10 s, while pods are created')
    const quiet = await underLoad(record, ask, async () => sleep(5000))
    let scrapes = 0
    const statuses = new Set<number>()
    const stormy = await underLoad(record, ask, async () => {
      const until = performance.now() + 10_000
      const reader = async (): Promise<void> => {
        while (performance.now() < until) {
          statuses.add((await webhook.server.ask('/metrics')).status)
          scrapes += 1
        }
      }
      await Promise.all(Array.from({ length: 16 }, reader))
    })
    record.is('answers to scrapes', [...statuses], [200])
    record.figure('scrapes per second', scrapes / 10)
    const [before, during] = [quiet, stormy].map(({ milliseconds }) => quantile(milliseconds, 0.99))
    record.figure('p99 of calls without and with, ms', `${before?.toFixed(1)}, ${during?.toFixed(1)}`)
    // readers, callers, both servers and etcd share this machine's processors: a bound for the whole, not for the server
    record.atMost('p99 of calls with it', during ?? 0, 1000 * slack, ' ms')
  },
}
