import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { connect as connectPlain } from 'node:net'
import { connect, type ConnectionOptions } from 'node:tls'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import { runServer, testCertificates } from './a-server.ts'
import { openSocket, post } from './raw-socket.ts'
import { PATIENT } from './patience.ts'

vi.setConfig(PATIENT)
beforeAll(() => testCertificates())

/** What a handshake with these options comes to: protocol and ALPN, or the code of the error. */
async function shakeHands(port: number, options: ConnectionOptions): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port, servername: 'localhost', ...options })
  try {
    await once(socket, 'secureConnect')
    return `${socket.getProtocol()} ${socket.alpnProtocol || 'none'}`
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : 'failed'
  } finally {
    socket.destroy()
  }
}

describe('TLS', () => {
  test.each<[string, ConnectionOptions, string]>([
    ['1.3', { minVersion: 'TLSv1.3' }, 'TLSv1.3 none'],
    ['1.2', { maxVersion: 'TLSv1.2' }, 'TLSv1.2 none'],
    ['with HTTP/1.1 as Go offers it', { ALPNProtocols: ['http/1.1'] }, 'TLSv1.3 http/1.1'],
    ['with HTTP/2 preferred', { ALPNProtocols: ['h2', 'http/1.1'] }, 'TLSv1.3 http/1.1'],
    // the client's own library must be talked into asking for it
    [
      '1.1',
      { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' },
      'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION',
    ],
    ['with nothing but HTTP/2', { ALPNProtocols: ['h2'] }, 'ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL'],
    ['from a client that trusts another CA', { ca: '' }, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
  ])('%s: %o', async (_name, options, expected) => {
    const { port, ca } = await runServer()
    expect(await shakeHands(port, { ca, ...options })).toBe(expected)
  })

  test('plain HTTP is answered with nothing but the end of the connection', async () => {
    const { port } = await runServer()
    const socket = connectPlain(port, '127.0.0.1')
    let received = ''
    socket.on('data', (chunk) => (received += String(chunk)))
    socket.on('error', () => undefined)
    socket.write('POST /mutate HTTP/1.1\r\nHost: localhost\r\n\r\n')
    await new Promise((resolve) => socket.once('close', resolve))
    expect(received).toBe('')
  })

  test('a new certificate meets new connections, and no connection that is open is lost', async () => {
    const { app, port, ca } = await runServer()
    const { first, sign } = await testCertificates()
    const second = await sign()
    const fingerprintOf = ({ certPem }: { certPem: string }) => new X509Certificate(certPem).fingerprint256
    const kept = await openSocket(port, { ca })
    kept.send(...post('{}'))
    await kept.answers(1)

    app.server.setSecureContext({ cert: second.certPem, key: second.keyPem })

    const fresh = await openSocket(port, { ca })
    expect([kept.fingerprint, fresh.fingerprint]).toEqual([fingerprintOf(first), fingerprintOf(second)])
    kept.send(...post('{}'))
    fresh.send(...post('{}'))
    expect([...(await kept.answers(2)), ...(await fresh.answers(1))].map(({ status }) => status)).toEqual([
      200, 200, 200,
    ])
    // what a context replaces must not fall back to Node's defaults
    expect(await shakeHands(port, { ca, ALPNProtocols: ['h2'] })).toMatch(/NO_APPLICATION_PROTOCOL/)
  })
})
