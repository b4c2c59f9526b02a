import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { Server as TlsServer } from 'node:tls'
import { TLSSocket } from 'node:tls'
import { join } from 'node:path'
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { UnreachableError } from '../../src/kube/call-errors.ts'
import { connect, KubeConfigError } from '../../src/kube/client.ts'
import { CountingServer } from './counting-server.ts'
import { type Authority, makeAuthority } from './make-certificates.ts'
import { type KubeConfigFile, kubeConfigFor, writeKubeConfig } from './write-kube-config.ts'

afterEach(() => void vi.useRealTimers())

/** A server that answers with who asked. */
async function whoami(): Promise<CountingServer> {
  return CountingServer.http((request, response) => {
    response.end(JSON.stringify(request.headers.authorization ?? 'nobody'))
  })
}

describe('a token file', () => {
  async function withTokenFile(server: CountingServer): Promise<{ file: KubeConfigFile; token: string }> {
    const file = writeKubeConfig(kubeConfigFor(server.url, {}, { tokenFile: 'token' }))
    return { file, token: join(file.folder, 'token') }
  }

  test('is read again as it changes, and its newline does not count', async () => {
    await using server = await whoami()
    const { file, token } = await withTokenFile(server)
    using _ = file
    vi.useFakeTimers({ toFake: ['Date'] })
    writeFileSync(token, 'first\n')
    await using client = await connect({ kubeconfig: file.path })
    expect(await client.get('/')).toBe('Bearer first')
    writeFileSync(token, 'second\n')
    vi.setSystemTime(Date.now() + 61_000)
    expect(await client.get('/')).toBe('Bearer second')
  })

  test('that is gone for a while fails the call, not the process, and it works again when it is back', async () => {
    await using server = await whoami()
    const { file, token } = await withTokenFile(server)
    using _ = file
    await using client = await connect({ kubeconfig: file.path })
    await expect(client.get('/')).rejects.toThrow(KubeConfigError)
    await expect(client.watch('/')).rejects.toThrow(/credentials.*ENOENT.*token/)
    writeFileSync(token, 'back')
    expect(await client.get('/')).toBe('Bearer back')
  })
})

describe('an exec plugin', () => {
  /** A plugin that counts its runs in a file, and hands out the count as token. */
  function plugin(server: CountingServer): { file: KubeConfigFile; runs: () => number } {
    const counter = join(writeKubeConfig('').folder, 'runs')
    const script = `const fs = require('node:fs'); fs.appendFileSync(${JSON.stringify(counter)}, 'x');
      console.log(JSON.stringify({ status: { token: 'run' + fs.readFileSync(${JSON.stringify(counter)}).length } }))`
    const exec = {
      apiVersion: 'client.authentication.k8s.io/v1',
      command: process.execPath,
      args: ['-e', script],
    }
    const file = writeKubeConfig(kubeConfigFor(server.url, {}, { exec }))
    return { file, runs: () => readFileSync(counter).length }
  }

  test('runs once for many calls', async () => {
    await using server = await whoami()
    const { file, runs } = plugin(server)
    using _ = file
    await using client = await connect({ kubeconfig: file.path })
    const answers = await Promise.all(Array.from({ length: 10 }, () => client.get('/')))
    expect(new Set(answers)).toEqual(new Set(['Bearer run1']))
    expect(runs()).toBe(1)
  })

  test('runs again when its credential is refused, though it had no expiry', async () => {
    await using server = await CountingServer.http((request, response) => {
      response.statusCode = request.headers.authorization === 'Bearer run1' ? 401 : 200
      response.end(JSON.stringify(request.headers.authorization))
    })
    const { file } = plugin(server)
    using _ = file
    await using client = await connect({ kubeconfig: file.path })
    await expect(client.get('/')).rejects.toMatchObject({ status: 401 })
    expect(await client.get('/')).toBe('Bearer run2')
  })

  test('that waits for ever does not hold a call that is stopped', async () => {
    await using server = await whoami()
    const exec = { command: process.execPath, args: ['-e', 'setTimeout(() => {}, 2000)'] }
    using file = writeKubeConfig(kubeConfigFor(server.url, {}, { exec }))
    await using client = await connect({ kubeconfig: file.path })
    await expect(client.get('/', { signal: AbortSignal.timeout(50) })).rejects.toMatchObject({
      name: 'TimeoutError',
    })
  })

  test('that fails says what it said', async () => {
    await using server = await whoami()
    const exec = { command: process.execPath, args: ['-e', 'console.error("log in first"); process.exit(1)'] }
    using file = writeKubeConfig(kubeConfigFor(server.url, {}, { exec }))
    await using client = await connect({ kubeconfig: file.path })
    await expect(client.get('/')).rejects.toThrow(/credentials.*log in first/)
  })
})

test('a kubeconfig that was replaced counts after a 401, and one that is gone is missed by nobody', async () => {
  await using server = await CountingServer.http((request, response) => {
    response.statusCode = request.headers.authorization === 'Bearer new' ? 200 : 401
    response.end('{}')
  })
  using file = writeKubeConfig(kubeConfigFor(server.url, {}, { token: 'old' }))
  await using client = await connect({ kubeconfig: file.path })
  await expect(client.get('/')).rejects.toMatchObject({ status: 401 })
  rmSync(file.path)
  await expect(client.get('/')).rejects.toMatchObject({ status: 401 })
  writeFileSync(file.path, JSON.stringify(kubeConfigFor(server.url, {}, { token: 'new' })))
  expect(await client.get('/')).toEqual({})
})

describe('TLS', () => {
  let authority: Authority
  let other: Authority

  beforeAll(() => {
    authority = makeAuthority('first CA')
    other = makeAuthority('second CA')
  })

  function tlsServer(options: object = {}): Promise<CountingServer> {
    return CountingServer.https(
      { ...authority.sign('server'), ALPNProtocols: ['h2', 'http/1.1'], ...options },
      (request, response) => {
        const { socket } = request
        const peer = socket instanceof TLSSocket ? socket.getPeerCertificate().subject?.CN : undefined
        const protocol = socket instanceof TLSSocket ? socket.alpnProtocol : undefined
        response.end(JSON.stringify({ peer: peer ?? null, protocol }))
      },
    )
  }

  test('trusts the CA of the cluster, and speaks HTTP/1.1', async () => {
    await using server = await tlsServer()
    const data = Buffer.from(authority.cert).toString('base64')
    using file = writeKubeConfig(kubeConfigFor(server.url, { 'certificate-authority-data': data }))
    await using client = await connect({ kubeconfig: file.path })
    expect(await client.get('/')).toEqual({ peer: null, protocol: 'http/1.1' })
  })

  test('trusts nobody else, and says why', async () => {
    await using server = await tlsServer()
    const data = Buffer.from(other.cert).toString('base64')
    using file = writeKubeConfig(kubeConfigFor(server.url, { 'certificate-authority-data': data }))
    await using client = await connect({ kubeconfig: file.path })
    const error = await client.get('/').catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(UnreachableError)
    expect(String(error)).toMatch(/certificate/i)
  })

  test('checks the CA also for a context without a user', async () => {
    await using server = await tlsServer()
    const data = Buffer.from(authority.cert).toString('base64')
    using file = writeKubeConfig({
      ...kubeConfigFor(server.url, { 'certificate-authority-data': data }),
      contexts: [{ name: 'test', context: { cluster: 'test' } }],
    })
    await using client = await connect({ kubeconfig: file.path })
    expect(await client.get('/')).toMatchObject({ peer: null })
  })

  test('shows the client certificate, and a new one as soon as its file is new', async () => {
    await using server = await tlsServer({ ca: authority.cert, requestCert: true, rejectUnauthorized: true })
    using file = writeKubeConfig(
      kubeConfigFor(
        server.url,
        { 'certificate-authority': 'ca.crt' },
        { 'client-certificate': 'tls.crt', 'client-key': 'tls.key' },
      ),
    )
    const install = (name: string): void => {
      const { cert, key } = authority.sign(name)
      writeFileSync(join(file.folder, 'tls.crt'), cert)
      writeFileSync(join(file.folder, 'tls.key'), key)
    }
    writeFileSync(join(file.folder, 'ca.crt'), authority.cert)
    install('alice')
    await using client = await connect({ kubeconfig: file.path })
    expect(await client.get('/')).toMatchObject({ peer: 'alice' })
    expect(await client.get('/')).toMatchObject({ peer: 'alice' })
    install('bob')
    expect(await client.get('/')).toMatchObject({ peer: 'bob' })
  })

  test('follows the CA file when the server has a new certificate', async () => {
    await using server = await tlsServer()
    using file = writeKubeConfig(kubeConfigFor(server.url, { 'certificate-authority': 'ca.crt' }))
    writeFileSync(join(file.folder, 'ca.crt'), authority.cert)
    await using client = await connect({ kubeconfig: file.path })
    expect(await client.get('/')).toMatchObject({ protocol: 'http/1.1' })
    const tls: unknown = server.server
    if (isTlsServer(tls)) tls.setSecureContext(other.sign('server'))
    server.server.closeIdleConnections()
    await expect(client.get('/')).rejects.toThrow(UnreachableError)
    writeFileSync(join(file.folder, 'ca.crt'), other.cert)
    expect(await client.get('/')).toMatchObject({ protocol: 'http/1.1' })
  })

  test('a watch of the old certificate goes on while calls use the new one', async () => {
    await using server = await CountingServer.https(authority.sign('server'), (request, response) => {
      if (request.url?.startsWith('/w')) response.writeHead(200).write('line\n')
      else response.end('{}')
    })
    using file = writeKubeConfig(kubeConfigFor(server.url, { 'certificate-authority': 'ca.crt' }))
    writeFileSync(join(file.folder, 'ca.crt'), authority.cert)
    await using client = await connect({ kubeconfig: file.path })
    const lines = (await client.watch('/w'))[Symbol.asyncIterator]()
    writeFileSync(join(file.folder, 'ca.crt'), `${authority.cert}\n${other.cert}`)
    expect(await client.get('/')).toEqual({})
    expect(await lines.next()).toEqual({ done: false, value: 'line' })
    expect(server.open).toBe(2)
  })
})

function isTlsServer(server: unknown): server is TlsServer {
  return typeof server === 'object' && server !== null && 'setSecureContext' in server
}
