import type { IncomingMessage } from 'node:http'
import { connect as connectTcp, Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { describe, expect, test, vi } from 'vitest'
import { ApiError, UnreachableError, UnreadableAnswer } from '../../src/kube/call-errors.ts'
import { connect } from '../../src/kube/client.ts'
import type { KubeClient } from '../../src/kube/kube-client.ts'
import { CountingServer } from './counting-server.ts'
import { eventually } from './fake-time.ts'
import { kubeConfigFor, writeKubeConfig } from './write-kube-config.ts'

function connectTo(url: string, user: object = {}, cluster: object = {}): Promise<KubeClient> {
  using file = writeKubeConfig(kubeConfigFor(url, cluster, user))
  return connect({ kubeconfig: file.path })
}

interface Seen {
  method: string | undefined
  url: string | undefined
  headers: IncomingMessage['headers']
  body: string
}

/** A server that answers `{}` and tells what it was sent. */
async function mirror(): Promise<{ server: CountingServer; seen: Seen[] }> {
  const seen: Seen[] = []
  const server = await CountingServer.http((request, response) => {
    const { method, url, headers } = request
    void text(request).then((body) => {
      seen.push({ method, url, headers, body })
      response.end('{}')
    })
  })
  return { server, seen }
}

async function linesOf(lines: AsyncIterable<string>): Promise<string[]> {
  const all: string[] = []
  for await (const line of lines) all.push(line)
  return all
}

describe('a call', () => {
  test('asks for the path with its query, and answers the body', async () => {
    await using server = await CountingServer.http((request, response) => {
      response.end(
        JSON.stringify({ method: request.method, url: request.url, accept: request.headers.accept }),
      )
    })
    await using client = await connectTo(server.url)
    expect(client.server).toBe(server.url)
    expect(await client.get('/api/v1/pods', { query: { labelSelector: 'a in (b,c)', limit: '5' } })).toEqual({
      method: 'GET',
      url: '/api/v1/pods?labelSelector=a+in+%28b%2Cc%29&limit=5',
      accept: 'application/json',
    })
  })

  test('keeps the path in front of the API, as of a server behind Rancher', async () => {
    const { server, seen } = await mirror()
    await using _ = server
    await using client = await connectTo(`${server.url}/k8s/clusters/c1/`)
    await client.get('/api/v1/pods')
    expect(seen[0]?.url).toBe('/k8s/clusters/c1/api/v1/pods')
  })

  test('sends a body as JSON, of the kind that is told', async () => {
    const { server, seen } = await mirror()
    await using _ = server
    await using client = await connectTo(server.url)
    await client.post('/api/v1/pods', { a: 'é' })
    await client.send(
      'PATCH',
      '/p',
      { b: 1 },
      { contentType: 'application/apply-patch+yaml', query: { force: 'true' } },
    )
    await client.send('DELETE', '/p')
    expect(
      seen.map(({ method, url, headers, body }) => [method, url, headers['content-type'], body]),
    ).toEqual([
      ['POST', '/api/v1/pods', 'application/json', '{"a":"é"}'],
      ['PATCH', '/p?force=true', 'application/apply-patch+yaml', '{"b":1}'],
      ['DELETE', '/p', undefined, ''],
    ])
  })

  test('may bring headers of its own', async () => {
    const { server, seen } = await mirror()
    await using _ = server
    await using client = await connectTo(server.url)
    await client.get('/', {
      headers: { accept: 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1' },
    })
    expect(seen[0]?.headers.accept).toContain('PartialObjectMetadata')
  })

  test('an answer without a body is undefined', async () => {
    await using server = await CountingServer.http((_, response) => void response.writeHead(204).end())
    await using client = await connectTo(server.url)
    expect(await client.send('DELETE', '/x')).toBeUndefined()
  })

  test('a refusal is an ApiError with its reason and Retry-After', async () => {
    const status = { kind: 'Status', code: 429, reason: 'TooManyRequests', message: 'slow down' }
    await using server = await CountingServer.http((_, response) => {
      response.writeHead(429, { 'retry-after': '7' }).end(JSON.stringify(status))
    })
    await using client = await connectTo(server.url)
    const error = await client.get('/').catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(ApiError)
    expect(error).toMatchObject({
      status: 429,
      reason: 'TooManyRequests',
      message: 'slow down',
      retryAfterSeconds: 7,
    })
  })

  test('a redirection is not followed: credentials stay with their server', async () => {
    await using server = await CountingServer.http((_, response) => {
      response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end()
    })
    await using client = await connectTo(server.url)
    await expect(client.get('/')).rejects.toMatchObject({ status: 302 })
  })

  test('an endless error body is not read to its end', async () => {
    await using server = await CountingServer.http((_, response) => {
      response.writeHead(500)
      const more = (): void => {
        while (response.write('x'.repeat(1024)));
        response.once('drain', more)
      }
      more()
    })
    await using client = await connectTo(server.url)
    await expect(client.get('/')).rejects.toMatchObject({ status: 500 })
    await eventually(() => server.open === 0)
  })

  test('an answer that is not JSON is unreadable', async () => {
    await using server = await CountingServer.http((_, response) => void response.end('<html>log in</html>'))
    await using client = await connectTo(server.url)
    await expect(client.get('/')).rejects.toThrow(UnreadableAnswer)
  })

  test('nobody there: unreachable, and the message says where', async () => {
    await using client = await connectTo('http://127.0.0.1:1')
    const error = await client.get('/').catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(UnreachableError)
    expect(error).toMatchObject({
      message: 'http://127.0.0.1:1 cannot be reached: connect ECONNREFUSED 127.0.0.1:1',
    })
  })

  test('an answer that breaks off: unreachable', async () => {
    await using server = await CountingServer.http((_, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('{')
      setTimeout(() => response.destroy(), 5)
    })
    await using client = await connectTo(server.url)
    await expect(client.get('/')).rejects.toThrow(UnreachableError)
  })

  test('aborted: fails with the reason of the signal, before, during and after the head', async () => {
    await using server = await CountingServer.http((request, response) => {
      if (request.url === '/head') response.writeHead(200).write('{')
    })
    await using client = await connectTo(server.url)
    await expect(client.get('/', { signal: AbortSignal.abort('before') })).rejects.toBe('before')
    for (const path of ['/silent', '/head']) {
      const stop = new AbortController()
      const call = client.get(path, { signal: stop.signal })
      setTimeout(() => stop.abort('stopped'), 20)
      await expect(call).rejects.toBe('stopped')
    }
    await eventually(() => server.open === 0)
  })
})

test('aborted while nobody answers the TLS handshake, a call fails at once', async () => {
  await using server = await CountingServer.http(() => undefined)
  server.server.removeAllListeners('connection')
  await using client = await connectTo(server.url.replace('http:', 'https:'))
  const stop = new AbortController()
  const calls = [client.get('/', { signal: stop.signal }), client.watch('/', { signal: stop.signal })]
  const failed = Promise.all(calls.map((call) => expect(call).rejects.toBe('stopped')))
  await new Promise((resolve) => setTimeout(resolve, 50))
  stop.abort('stopped')
  // else it ends with the handshake's own time-out, which is longer than that of a test
  await failed
})

describe('a watch', () => {
  /** A server whose watches a test speaks through. */
  async function talker(): Promise<{
    server: CountingServer
    say: (words: string) => void
    end: () => void
    cut: () => void
  }> {
    const open = new Set<{ write: (words: string) => unknown; end: () => unknown; destroy: () => unknown }>()
    const server = await CountingServer.http((_, response) => {
      response.writeHead(200).flushHeaders()
      open.add(response)
      response.on('close', () => open.delete(response))
    })
    const each = (
      act: (response: {
        write: (words: string) => unknown
        end: () => unknown
        destroy: () => unknown
      }) => unknown,
    ): void => {
      for (const response of open) act(response)
    }
    return {
      server,
      say: (words) => each((response) => response.write(words)),
      end: () => each((response) => response.end()),
      cut: () => each((response) => response.destroy()),
    }
  }

  test('resolves when the server agrees, and yields lines until it ends', async () => {
    const { server, say, end } = await talker()
    await using _ = server
    await using client = await connectTo(server.url)
    const lines = await client.watch('/api/v1/pods', { query: { resourceVersion: '5' } })
    say('{"a":1}\n{"b"')
    say(':"é"}\n')
    end()
    expect(await linesOf(lines)).toEqual(['{"a":1}', '{"b":"é"}'])
  })

  test('asks with watch=true', async () => {
    const { server, seen } = await mirror()
    await using _ = server
    await using client = await connectTo(server.url)
    await client.watch('/w', { query: { resourceVersion: '5' } })
    expect(seen[0]?.url).toBe('/w?resourceVersion=5&watch=true')
  })

  test('a refusal is thrown at once', async () => {
    await using server = await CountingServer.http((_, response) => void response.writeHead(403).end('no'))
    await using client = await connectTo(server.url)
    await expect(client.watch('/w')).rejects.toMatchObject({ status: 403, message: 'no' })
  })

  test('a broken connection is unreachable, after the lines before it', async () => {
    const { server, say, cut } = await talker()
    await using _ = server
    await using client = await connectTo(server.url)
    const lines = (await client.watch('/w'))[Symbol.asyncIterator]()
    say('a\n')
    expect(await lines.next()).toMatchObject({ value: 'a' })
    cut()
    await expect(lines.next()).rejects.toThrow(UnreachableError)
  })

  test('half a line at a good end is unreadable', async () => {
    const { server, say, end } = await talker()
    await using _ = server
    await using client = await connectTo(server.url)
    const lines = await client.watch('/w')
    say('{"half')
    end()
    await expect(linesOf(lines)).rejects.toThrow(UnreadableAnswer)
  })

  test('leaving the loop closes the connection', async () => {
    const { server, say } = await talker()
    await using _ = server
    await using client = await connectTo(server.url)
    const lines = await client.watch('/w')
    say('a\nb\n')
    for await (const line of lines) if (line === 'a') break
    await eventually(() => server.open === 0)
  })

  test('aborting closes the connection, even when nobody reads', async () => {
    const { server } = await talker()
    await using _ = server
    await using client = await connectTo(server.url)
    const stop = new AbortController()
    await client.watch('/w', { signal: stop.signal })
    const lines = await client.watch('/w', { signal: stop.signal })
    const reading = linesOf(lines)
    stop.abort('enough')
    await expect(reading).rejects.toBe('enough')
    await eventually(() => server.open === 0)
  })
})

describe('connections', () => {
  test('200 calls at a time take 16 connections at most, and calls in turn hardly any', async () => {
    const { server } = await mirror()
    await using _ = server
    await using client = await connectTo(server.url)
    for (let call = 0; call < 20; call += 1) await client.get('/')
    // The next call may come before the connection of the last one is free.
    expect(server.accepted).toBeLessThanOrEqual(2)
    await Promise.all(Array.from({ length: 200 }, () => client.get('/')))
    expect(server.accepted).toBeLessThanOrEqual(16)
  })

  test('a watch that ended in good order leaves its connection to the next', async () => {
    await using server = await CountingServer.http((_, response) => void response.end('line\n'))
    await using client = await connectTo(server.url)
    for (let watch = 0; watch < 10; watch += 1) await linesOf(await client.watch('/w'))
    expect(server.accepted).toBeLessThanOrEqual(2)
  })

  test('forty watches do not keep a call waiting', async () => {
    await using server = await CountingServer.http((request, response) => {
      if (request.url === '/call') response.end('{}')
      else response.writeHead(200).flushHeaders()
    })
    await using client = await connectTo(server.url)
    await Promise.all(Array.from({ length: 40 }, () => client.watch('/w')))
    expect(await client.get('/call')).toEqual({})
  })

  test('are found dead by the kernel after 30 s: keep-alive begins after 20 s', async () => {
    const { server } = await mirror()
    await using _ = server
    await using client = await connectTo(server.url)
    const setKeepAlive = vi.spyOn(Socket.prototype, 'setKeepAlive')
    await linesOf(await client.watch('/w')).catch(() => undefined)
    await client.get('/')
    expect(setKeepAlive.mock.calls).toEqual([
      [true, 20_000],
      [true, 20_000],
    ])
    setKeepAlive.mockRestore()
  })

  test('all end with the client, watches too', async () => {
    await using server = await CountingServer.http((request, response) => {
      if (request.url === '/call') response.end('{}')
      else response.writeHead(200).flushHeaders()
    })
    const client = await connectTo(server.url)
    await client.get('/call')
    const reading = linesOf(await client.watch('/w'))
    expect(server.open).toBe(2)
    const ended = expect(reading).rejects.toThrow(UnreachableError)
    await client[Symbol.asyncDispose]()
    await ended
    await eventually(() => server.open === 0)
    await expect(client.get('/call')).rejects.toThrow()
    await client[Symbol.asyncDispose]()
  })

  test('may go through a proxy', async () => {
    const { server, seen } = await mirror()
    await using _ = server
    const through: (string | undefined)[] = []
    await using proxy = await CountingServer.http((request, response) => {
      through.push(request.url)
      void fetch(request.url ?? '').then(async (answer) => response.end(await answer.text()))
    })
    proxy.server.on('connect', (request: IncomingMessage, socket: Socket) => {
      through.push(request.url)
      const upstream = connectTcp(server.port, '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n')
        upstream.pipe(socket).pipe(upstream)
      })
    })
    await using client = await connectTo(server.url, {}, { 'proxy-url': proxy.url })
    expect(await client.get('/x')).toEqual({})
    expect(seen).toHaveLength(1)
    expect(through).toHaveLength(1)
  })

  test('through a proxy of an unknown kind are refused with a sentence', async () => {
    await using client = await connectTo('http://127.0.0.1:1', {}, { 'proxy-url': 'ftp://127.0.0.1:1' })
    await expect(client.get('/')).rejects.toThrow(/proxy/i)
  })
})

test('the server sees who asks', async () => {
  const { server, seen } = await mirror()
  await using _ = server
  for (const user of [{ token: 'secret' }, { username: 'u', password: 'p' }, { as: 'somebody' }]) {
    await using client = await connectTo(server.url, user)
    await client.get('/')
  }
  expect(seen.map(({ headers }) => headers.authorization ?? headers['impersonate-user'])).toEqual([
    'Bearer secret',
    `Basic ${Buffer.from('u:p').toString('base64')}`,
    'somebody',
  ])
  expect(seen[0]?.headers['user-agent']).toBe('dapr-shared-admission')
})

test('a port that answers with something else than HTTP is unreachable', async () => {
  await using server = await CountingServer.http(() => undefined)
  server.server.removeAllListeners('connection')
  server.server.on('connection', (socket: Socket) => socket.end('SSH-2.0-OpenSSH\r\n'))
  await using client = await connectTo(server.url)
  await expect(client.get('/')).rejects.toThrow(UnreachableError)
})
