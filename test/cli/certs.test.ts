import { X509Certificate } from 'node:crypto'
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { run } from './run.ts'

describe('dapr-shared certs', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'dapr-shared-certs-'))
  })
  afterEach(() => rm(folder, { recursive: true }))
  const certs = (...args: string[]) => run(['certs', '--out', folder, ...args])
  const read = (name: string) => readFile(join(folder, name), 'utf8')

  test('writes a CA and a certificate for the hosts, and prints where', async () => {
    const { out, code } = await certs('--host', 'localhost', '--host', '::1')
    expect(code).toBe(0)
    expect(out.trim().split('\n')).toEqual(
      ['ca.crt', 'ca.key', 'tls.crt', 'tls.key'].map((name) => join(folder, name)),
    )
    const leaf = new X509Certificate(await read('tls.crt'))
    expect(leaf.checkHost('localhost')).toBe('localhost')
    expect(leaf.checkIP('::1')).toBe('::1')
    expect((await stat(join(folder, 'tls.key'))).mode & 0o777).toBe(0o600)
  })

  test('run again, it signs with the CA that is there: who trusts it goes on trusting', async () => {
    await certs('--host', 'localhost')
    const before = { ca: await read('ca.crt'), leaf: await read('tls.crt') }
    const { code } = await certs('--host', 'localhost')
    expect(code).toBe(0)
    expect(await read('ca.crt')).toBe(before.ca)
    expect(await read('tls.crt')).not.toBe(before.leaf)
    expect(new X509Certificate(await read('tls.crt')).verify(new X509Certificate(before.ca).publicKey)).toBe(
      true,
    )
  })

  test('--overwrite makes a new CA', async () => {
    await certs('--host', 'localhost')
    const before = await read('ca.crt')
    expect((await certs('--host', 'localhost', '--overwrite')).code).toBe(0)
    expect(await read('ca.crt')).not.toBe(before)
  })

  test.each([
    ['an odd host', ['--host', 'a b'], /a b/],
    ['an odd life', ['--days', '0'], /--days: wanted days from 1 to 9999, got "0"/],
  ])('refuses %s with a sentence', async (_what, args, sentence) => {
    const { code, err } = await certs(...args)
    expect(err).toMatch(sentence)
    expect(code).toBe(2)
  })
})
