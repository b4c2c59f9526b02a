import { readdirSync, readFileSync } from 'node:fs'
import { connect, type TLSSocket } from 'node:tls'

/** What the load process is asked to do: send these bodies, in turn, over some connections for some time. */
export interface Job {
  readonly port: number
  readonly path: string
  readonly bodies: readonly string[]
  readonly connections: number
  readonly milliseconds: number
  /** the server's process, whose CPU time is read */
  readonly pid: number
}

export interface Outcome {
  readonly requests: number
  readonly perSecond: number
  readonly p50: number
  readonly p99: number
  /** answers by HTTP status */
  readonly statuses: Readonly<Record<string, number>>
  /** microseconds of the server's CPU time for one request */
  readonly cpuPerRequest: number
  /** how much of the time the server computed, and this process: who is at 1 is the limit */
  readonly serverBusy: number
  readonly loadBusy: number
}

// A process of its own. It writes requests made beforehand to plain TLS sockets and reads only the head of an answer:
// an HTTP client would cost more than the server that it measures.

if (process.send !== undefined) {
  process.on('message', (job: Job) => void run(job).then((outcome) => process.send?.(outcome)))
}

async function run({ port, path, bodies, connections, milliseconds, pid }: Job): Promise<Outcome> {
  const requests = bodies.map((body) => requestOf(path, body))
  const sockets = await Promise.all(Array.from({ length: connections }, () => open(port)))
  const latencies: number[] = []
  const statuses: Record<string, number> = {}
  let turn = 0
  const next = (): Buffer => requests[turn++ % requests.length] ?? Buffer.alloc(0)

  // a core that sleeps is woken by whoever sends to it, which a virtual machine charges to the server's write
  let spinning = true
  const spin = (): void => void (spinning && setImmediate(spin))
  spin()

  const before = { cpu: cpuSeconds(pid), own: process.cpuUsage(), at: performance.now() }
  const until = before.at + milliseconds
  await Promise.all(
    sockets.map((socket) =>
      drive(socket, next, until, (status, latency) => {
        statuses[status] = (statuses[status] ?? 0) + 1
        latencies.push(latency)
      }),
    ),
  )
  spinning = false
  const seconds = (performance.now() - before.at) / 1000
  const cpu = cpuSeconds(pid) - before.cpu
  const own = process.cpuUsage(before.own)
  for (const socket of sockets) socket.destroy()
  const sorted = Float64Array.from(latencies).toSorted()
  return {
    requests: latencies.length,
    perSecond: latencies.length / seconds,
    p50: sorted[Math.floor(sorted.length * 0.5)] ?? 0,
    p99: sorted[Math.floor(sorted.length * 0.99)] ?? 0,
    statuses,
    cpuPerRequest: (cpu * 1e6) / latencies.length,
    serverBusy: cpu / seconds,
    loadBusy: (own.user + own.system) / 1e6 / seconds,
  }
}

/** The request as kube-apiserver writes it. */
function requestOf(path: string, body: string): Buffer {
  return Buffer.from(
    `POST ${path} HTTP/1.1\r\nHost: localhost\r\nUser-Agent: kube-apiserver-admission\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nAccept: application/json, */*\r\n` +
      `Content-Type: application/json\r\nAccept-Encoding: gzip\r\n\r\n${body}`,
  )
}

function open(port: number): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    // the certificate is the bench's own, made a moment ago
    const socket = connect({ host: '127.0.0.1', port, servername: 'localhost', rejectUnauthorized: false })
    socket
      .setNoDelay(true)
      .once('secureConnect', () => resolve(socket))
      .once('error', reject)
  })
}

/** One request after the other over one connection. */
function drive(
  socket: TLSSocket,
  next: () => Buffer,
  until: number,
  answered: (status: string, milliseconds: number) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let sentAt = 0
    let pending: Buffer | undefined
    const send = (): void => {
      sentAt = performance.now()
      socket.write(next())
    }
    socket.on('error', reject)
    socket.on('close', () => reject(new Error('the server closed a connection')))
    socket.on('data', (chunk: Buffer) => {
      pending = pending === undefined ? chunk : Buffer.concat([pending, chunk])
      const head = pending.indexOf('\r\n\r\n')
      if (head < 0 || pending.length < head + 4 + contentLength(pending.toString('latin1', 0, head))) return
      const now = performance.now()
      answered(pending.toString('latin1', 9, 12), now - sentAt)
      pending = undefined
      if (now < until) send()
      else resolve()
    })
    send()
  })
}

function contentLength(head: string): number {
  return Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0)
}

/** Of all threads, in nanoseconds: the ticks of /proc/PID/stat are too coarse for a second. */
function cpuSeconds(pid: number): number {
  const tasks = `/proc/${pid}/task`
  return readdirSync(tasks)
    .map((thread) => Number(readFileSync(`${tasks}/${thread}/schedstat`, 'utf8').split(' ')[0]) / 1e9)
    .reduce((sum, seconds) => sum + seconds, 0)
}
