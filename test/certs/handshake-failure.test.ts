import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { connect as connectTcp, type AddressInfo } from 'node:net'
import { createServer, type Server } from 'node:https'
import { connect, type ConnectionOptions } from 'node:tls'
import { beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import type { Authority, CertifiedKey } from '../../src/certs/authority.ts'
import { handshakeFailureOf, isDistrust } from '../../src/certs/handshake-failure.ts'
import { newAuthority, newServing } from './fresh-pki.ts'
import { PATIENCE } from './patience.ts'
import { temporaryFolder } from './temporary-folder.ts'

vi.setConfig(PATIENCE)

let authority: Authority
let stranger: Authority
let pair: CertifiedKey

beforeAll(async () => {
  ;[authority, stranger] = await Promise.all([newAuthority(), newAuthority()])
  pair = await newServing(authority)
})

async function listening(
  options: object = {},
): Promise<{ server: Server; port: number; failed: Promise<string> }> {
  const server = createServer({ cert: pair.certPem, key: pair.keyPem, ...options })
  const failed = once(server, 'tlsClientError').then(([error]) => handshakeFailureOf(error))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  onTestFinished(() => void server.close())
  return { server, port: (server.address() as AddressInfo).port, failed }
}

const call = (port: number, options: ConnectionOptions): void => {
  const socket = connect({ host: '127.0.0.1', port, servername: 'localhost', ...options })
  socket.on('error', () => undefined)
  onTestFinished(() => void socket.destroy())
}

describe('a handshake that fails', () => {
  // Node itself looks at a certificate only after the handshake, and hangs up without a word
  test.each(['-tls1_2', '-tls1_3'])('as the caller does not know our CA, by openssl %s', async (version) => {
    const { port, failed } = await listening()
    const file = join(await temporaryFolder(), 'stranger.crt')
    await writeFile(file, stranger.certPem)
    const flags = ['-connect', `127.0.0.1:${port}`, '-CAfile', file, '-verify_return_error', version]
    const client = spawn('openssl', ['s_client', ...flags], { stdio: 'ignore' })
    onTestFinished(() => void client.kill())
    expect(await failed).toBe('unknown_ca')
  })

  test('as the caller has no certificate and must have one', async () => {
    const { port, failed } = await listening({
      requestCert: true,
      rejectUnauthorized: true,
      ca: authority.certPem,
    })
    call(port, { ca: authority.certPem })
    expect(await failed).toBe('client_certificate')
  })

  test('as the caller takes too long', async () => {
    const { port, failed } = await listening({ handshakeTimeout: 50 })
    const socket = connectTcp(port, '127.0.0.1')
    socket.on('error', () => undefined)
    onTestFinished(() => void socket.destroy())
    expect(await failed).toBe('timeout')
  })

  test('as the caller speaks no TLS', async () => {
    const { port, failed } = await listening()
    const socket = connectTcp(port, '127.0.0.1', () => socket.write('GET / HTTP/1.1\r\n\r\n'))
    socket.on('error', () => undefined)
    onTestFinished(() => void socket.destroy())
    expect(await failed).toBe('other')
  })
})

test.each([
  'ERR_SSL_SSL/TLS_ALERT_BAD_CERTIFICATE',
  'ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE',
  'ERR_SSL_SSL/TLS_ALERT_CERTIFICATE_EXPIRED',
])('%s: what Go says, and so the API server, when it does not trust us', (code) => {
  const failure = handshakeFailureOf(Object.assign(new Error('alert'), { code }))
  expect(failure).toBe('bad_certificate')
  expect(isDistrust(failure)).toBe(true)
})

test.each([undefined, 'text', new Error('without a code')])('%s is another failure', (error) => {
  expect(handshakeFailureOf(error)).toBe('other')
  expect(isDistrust(handshakeFailureOf(error))).toBe(false)
})
