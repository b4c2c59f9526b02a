import { mkdir, rename, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { readPemFiles, readSettledPemFiles, samePem } from '../../src/certs/read-pem-files.ts'
import { complaintOf } from './complaint.ts'
import { PATIENCE } from './patience.ts'
import { temporaryFolder } from './temporary-folder.ts'

vi.setConfig(PATIENCE)

test('a folder that is swapped while it is read gives files of one version', async () => {
  const folder = await temporaryFolder()
  for (const version of ['a', 'b']) {
    await mkdir(join(folder, version))
    for (const name of ['tls.crt', 'tls.key', 'ca.crt']) await writeFile(join(folder, version, name), version)
  }
  const at = (name: string) => join(folder, 'now', name)
  const files = { certFile: at('tls.crt'), keyFile: at('tls.key'), caFile: at('ca.crt') }
  const swap = async (version: string) => {
    await symlink(version, join(folder, 'next'))
    await rename(join(folder, 'next'), join(folder, 'now'))
  }
  await swap('a')

  for (let round = 0; round < 300; round++) {
    const [read] = await Promise.all([readSettledPemFiles(files), swap(round % 2 === 0 ? 'b' : 'a')])
    expect(new Set(Object.values(read)).size).toBe(1)
  }
})

test('a CA is read where one is named, and only then', async () => {
  const folder = await temporaryFolder()
  const file = join(folder, 'all.pem')
  await writeFile(file, 'text')
  const without = await readPemFiles({ certFile: file, keyFile: file })
  const withCa = await readPemFiles({ certFile: file, keyFile: file, caFile: file })
  expect(without).toEqual({ certPem: 'text', keyPem: 'text', caPem: undefined })
  expect(withCa.caPem).toBe('text')
  expect(samePem(without, withCa)).toBe(false)
  expect(samePem(withCa, { ...withCa })).toBe(true)
})

test('what cannot be read is named, and whether it is missing', async () => {
  const folder = await temporaryFolder()
  const missing = join(folder, 'tls.key')
  expect(await complaintOf(() => readPemFiles({ certFile: missing, keyFile: missing }))).toBe(
    `missing: ${missing} does not exist: check the path, or whether the Secret is mounted.`,
  )
  expect(await complaintOf(() => readPemFiles({ certFile: folder, keyFile: folder }))).toMatch(
    /^unreadable: /,
  )
})
