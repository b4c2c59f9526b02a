import { inspect } from 'node:util'
import { describe, expect, test, vi } from 'vitest'
import type { CertificateSource, ServingCertificate } from '../../src/certs/source.ts'
import type { RecordedLog } from './recorded-log.ts'
import { handshake, keptAliveClient, serveTls } from './tls-server.ts'

export interface OpenedSource {
  source: CertificateSource
  log: RecordedLog
  /** Gives the source a reason to change its certificate; does not wait until it has. */
  provoke: () => Promise<void>
  pendingTimers: () => number
}

/** What every certificate source promises. The certificate is for localhost, 127.0.0.1 and ::1, and `caPem` is known. */
export function certificateSourceCases(kind: string, open: () => Promise<OpenedSource>): void {
  describe(`${kind}, as any certificate source`, () => {
    test('serves TLS that a client trusting caPem accepts, and no other', async () => {
      const { source } = await open()
      await using _ = source
      const current = source.current()
      const { port } = await serveTls(current)

      expect(await handshake(port, { ca: current.caPem, host: 'localhost' })).toBe(current.fingerprint256)
      await expect(handshake(port, { ca: undefined, host: 'localhost' })).rejects.toThrow(/certificate/)
      await expect(handshake(port, { ca: current.caPem, host: 'other.example' })).rejects.toThrow(/altnames/)
    })

    test('knows its hosts and its validity', async () => {
      const { source } = await open()
      await using _ = source
      const certificate = source.current()

      expect(
        ['localhost', 'LOCALHOST:8443', '127.0.0.1', '[::1]:8443'].every((host) => certificate.serves(host)),
      ).toBe(true)
      expect(['other.example', '127.0.0.2', ''].some((host) => certificate.serves(host))).toBe(false)
      expect(certificate.notBefore < certificate.notAfter).toBe(true)
    })

    test('swaps the certificate under an open server: a kept connection stays, a new one sees the new leaf', async () => {
      const { source, provoke, log } = await open()
      await using _ = source
      const first = source.current()
      const { server, port } = await serveTls(first)
      source.onChange(({ certPem, keyPem }) => server.setSecureContext({ cert: certPem, key: keyPem }))
      const ask = keptAliveClient(port, first.caPem)
      const connection = await ask()

      const second = await changed(source, provoke)

      expect(second.fingerprint256).not.toBe(first.fingerprint256)
      expect(await handshake(port, { ca: second.caPem, host: 'localhost' })).toBe(second.fingerprint256)
      expect(await ask()).toBe(connection)
      expect(log.infos).toHaveLength(1)
      expect(log.warnings).toEqual([])
    })

    test('has changed before it tells, tells each listener once, and survives one that throws', async () => {
      const { source, provoke, log } = await open()
      await using _ = source
      const seen: [told: ServingCertificate, current: ServingCertificate][] = []
      source.onChange(() => {
        throw new Error('cannot take it')
      })
      source.onChange((told) => seen.push([told, source.current()]))

      await changed(source, provoke)
      await changed(source, provoke)

      expect(seen).toHaveLength(2)
      for (const [told, current] of seen) expect(told).toBe(current)
      expect(log.warnings.filter((warning) => warning.includes('did not take'))).toHaveLength(2)
    })

    test('is silent once disposed, twice if need be, leaves no timer, and still answers', async () => {
      const { source, provoke, pendingTimers } = await open()
      const listener = vi.fn<(certificate: ServingCertificate) => void>()
      source.onChange(listener)
      const last = source.current()

      await source[Symbol.asyncDispose]()
      await source[Symbol.asyncDispose]()
      await provoke()

      expect(pendingTimers()).toBe(0)
      expect(listener).not.toHaveBeenCalled()
      expect(source.current()).toBe(last)
    })

    test('can be disposed while it is changing', async () => {
      const { source, provoke, pendingTimers } = await open()
      const listener = vi.fn<(certificate: ServingCertificate) => void>()
      await provoke()
      source.onChange(listener)
      const last = source.current()
      await source[Symbol.asyncDispose]()
      expect(pendingTimers()).toBe(0)
      expect(listener).not.toHaveBeenCalled()
      expect(source.current()).toBe(last)
    })

    test('shows its private key to nobody who logs it', async () => {
      const { source, provoke, log } = await open()
      await using _ = source
      await changed(source, provoke)
      const current = source.current()

      expect(current.keyPem).toContain('PRIVATE KEY')
      const shown = [JSON.stringify(current), inspect(current, { depth: 9, showHidden: true }), log.text()]
      expect(shown.join()).not.toContain('PRIVATE KEY')
    })
  })
}

async function changed(source: CertificateSource, provoke: () => Promise<void>): Promise<ServingCertificate> {
  const before = source.current()
  await provoke()
  await vi.waitFor(() => expect(source.current()).not.toBe(before), { timeout: 20_000 })
  return source.current()
}
