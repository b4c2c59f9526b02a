import { mkdir, readFile, readdir, rename, rm, symlink, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import pino from 'pino'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import type { Authority, CertifiedKey } from '../../src/certs/authority.ts'
import { openFileSource } from '../../src/certs/file-source.ts'
import type { CertificateSource } from '../../src/certs/source.ts'
import { complaintOf } from './complaint.ts'
import { LOCAL, newAuthority, newServing, now, threePairs } from './fresh-pki.ts'
import { PATIENCE } from './patience.ts'
import { recordedLog } from './recorded-log.ts'
import { certificateSourceCases } from './source.cases.ts'
import { temporaryFolder } from './temporary-folder.ts'
import { countedTimers } from './timers.ts'

vi.setConfig(PATIENCE)

// One of the two ways to see a change, the other one being out of reach.
const ONLY_POLLING = 20
const ONLY_WATCHING = 3_600_000

let authority: Authority
let pairs: [CertifiedKey, CertifiedKey, CertifiedKey]

beforeAll(async () => {
  authority = await newAuthority()
  pairs = await threePairs(authority)
})

/** Files in a folder, and a source that serves them and has looked at them once already. */
async function openFiles({
  pollMs = ONLY_POLLING,
  clock = now,
}: { pollMs?: number; clock?: () => Date } = {}) {
  const folder = await temporaryFolder()
  const files = filesIn(folder)
  const put = async ({ certPem, keyPem }: CertifiedKey) => {
    await writeFile(files.certFile, certPem)
    await writeFile(files.keyFile, keyPem)
  }
  await put(pairs[0])
  await writeFile(files.caFile, authority.certPem)
  return { ...(await openSource(files, pollMs, clock)), ...files, put, folder }
}

/** The same in a mounted Secret; `publish` swaps it as kubelet's AtomicWriter does. */
async function openMount(pollMs = ONLY_POLLING) {
  const mount = await temporaryFolder()
  let version = 0
  const publish = async ({ certPem, keyPem }: CertifiedKey) => {
    const data = `..${version++}`
    await mkdir(join(mount, data))
    await writeFile(join(mount, data, 'tls.crt'), certPem)
    await writeFile(join(mount, data, 'tls.key'), keyPem)
    await writeFile(join(mount, data, 'ca.crt'), authority.certPem)
    await symlink(data, join(mount, '..data_tmp'))
    await rename(join(mount, '..data_tmp'), join(mount, '..data'))
  }
  await publish(pairs[0])
  for (const name of ['tls.crt', 'tls.key', 'ca.crt']) await symlink(join('..data', name), join(mount, name))
  return { ...(await openSource(filesIn(mount), pollMs)), publish }
}

async function openSource(files: ReturnType<typeof filesIn>, pollMs: number, clock = now) {
  const log = recordedLog()
  const { setTimer, pending, started } = countedTimers()
  const source = await openFileSource({ ...files, log, now: clock, setTimer, pollMs })
  const timerRounds = (rounds: number) => {
    const enough = started() + rounds
    return eventually(() => expect(started()).toBeGreaterThanOrEqual(enough))
  }
  // The look that follows the start would see a change by itself, without polling or watching.
  await timerRounds(1)
  return { source, log, pending, timerRounds }
}

function filesIn(folder: string) {
  return {
    certFile: join(folder, 'tls.crt'),
    keyFile: join(folder, 'tls.key'),
    caFile: join(folder, 'ca.crt'),
  }
}

const serving = (source: CertificateSource, { certPem }: CertifiedKey) =>
  vi.waitFor(() => expect(source.current().certPem).toBe(certPem), { timeout: 20_000 })

const eventually = (assertion: () => void) => vi.waitFor(assertion, { timeout: 20_000 })

certificateSourceCases('a file source', async () => {
  const { source, log, pending, publish } = await openMount()
  const next = await Promise.all([newServing(authority, LOCAL), newServing(authority, LOCAL)])
  return {
    source,
    log,
    async provoke() {
      const pair = next.pop()
      if (pair === undefined) throw new Error('a case changes at most twice')
      await publish(pair)
    },
    pendingTimers: pending,
  }
})

describe('a file source sees', () => {
  test('files written in place, by watching alone', async () => {
    const { source, put } = await openFiles({ pollMs: ONLY_WATCHING })
    await using _ = source
    await put(pairs[1])
    await serving(source, pairs[1])
  })

  test('files renamed into place, as careful editors do', async () => {
    const { source, certFile, keyFile } = await openFiles({ pollMs: ONLY_WATCHING })
    await using _ = source
    await writeFile(`${keyFile}~`, pairs[1].keyPem)
    await writeFile(`${certFile}~`, pairs[1].certPem)
    await rename(`${keyFile}~`, keyFile)
    await rename(`${certFile}~`, certFile)
    await serving(source, pairs[1])
  })

  test('files behind a link into a folder that is not watched, by polling', async () => {
    const real = await temporaryFolder()
    const folder = await temporaryFolder()
    const put = async ({ certPem, keyPem }: CertifiedKey) => {
      await writeFile(join(real, 'tls.crt'), certPem)
      await writeFile(join(real, 'tls.key'), keyPem)
    }
    await put(pairs[0])
    const [certFile, keyFile] = [join(folder, 'tls.crt'), join(folder, 'tls.key')]
    await symlink(join(real, 'tls.crt'), certFile)
    await symlink(join(real, 'tls.key'), keyFile)
    const { setTimer } = countedTimers()
    await using source = await openFileSource({
      certFile,
      keyFile,
      log: recordedLog(),
      now,
      setTimer,
      pollMs: 20,
    })
    await put(pairs[1])
    await serving(source, pairs[1])
    expect(source.current().caPem).toBeUndefined()
  })

  test.each([
    ['watching', ONLY_WATCHING],
    ['polling', ONLY_POLLING],
  ])('a Secret that kubelet swaps, by %s: no warning, no listener called twice', async (...[, pollMs]) => {
    const { source, log, publish } = await openMount(pollMs)
    await using _ = source
    await publish(pairs[1])
    await serving(source, pairs[1])
    await publish(pairs[2])
    await serving(source, pairs[2])
    expect(source.current().keyPem).toBe(pairs[2].keyPem)
    expect(log.warnings).toEqual([])
    expect(log.infos).toHaveLength(2)
  })

  test('another CA file with the same certificate', async () => {
    const { source, caFile } = await openFiles()
    await using _ = source
    const stranger = await newAuthority()
    const bundle = authority.certPem + stranger.certPem
    await writeFile(caFile, bundle)
    await eventually(() => expect(source.current().caPem).toBe(bundle))
  })
})

describe('a file source keeps the good pair in service', () => {
  test('while a new one is half-written and then does not match, with one warning for each, until it is whole', async () => {
    const { source, log, certFile, keyFile } = await openFiles()
    await using _ = source
    const listener = vi.fn<() => void>()
    source.onChange(listener)

    await writeFile(certFile, pairs[1].certPem.slice(0, 700))
    await eventually(() =>
      expect(log.warnings).toContainEqual(expect.stringMatching(/tls\.crt is not usable PEM/)),
    )
    await writeFile(certFile, pairs[1].certPem)
    await eventually(() =>
      expect(log.warnings).toContainEqual(expect.stringMatching(/tls\.key does not match .*tls\.crt/)),
    )
    expect(source.current()).toMatchObject(pairs[0])
    expect(listener).not.toHaveBeenCalled()

    await writeFile(keyFile, pairs[1].keyPem)
    await serving(source, pairs[1])
    expect(listener).toHaveBeenCalledTimes(1)
    for (const warning of log.warnings) expect(warning).toMatch(/The certificate in service stays\.$/)
    // An emptied file may be caught between its truncation and its first byte, which is a problem of its own.
    expect(new Set(log.warnings).size).toBe(log.warnings.length)
  })

  test('when a file is deleted, with one warning however often it is looked for', async () => {
    const { source, log, keyFile, put, timerRounds } = await openFiles()
    await using _ = source
    await unlink(keyFile)
    await eventually(() => expect(log.warnings).toHaveLength(1))
    await timerRounds(5)
    expect(log.warnings).toEqual([expect.stringMatching(/tls\.key does not exist: check the path/)])
    expect(source.current()).toMatchObject(pairs[0])
    await put(pairs[1])
    await serving(source, pairs[1])
  })

  test('when the whole folder goes and comes back', async () => {
    const { source, log, folder, put, caFile } = await openFiles()
    await using _ = source
    await rm(folder, { recursive: true })
    await eventually(() => expect(log.warnings.length).toBeGreaterThan(0))
    await mkdir(folder)
    await writeFile(caFile, authority.certPem)
    await put(pairs[1])
    await serving(source, pairs[1])
  })

  test('that is out of date, saying so', async () => {
    let offset = 0
    const { source, log } = await openFiles({ clock: () => new Date(Date.now() + offset) })
    await using _ = source
    offset = 8 * 86_400_000
    await eventually(() =>
      expect(log.warnings).toEqual([expect.stringMatching(/tls\.crt expired on .*renew it/)]),
    )
    offset = -86_400_000
    await eventually(() =>
      expect(log.warnings).toContainEqual(expect.stringMatching(/valid from .* check the clock/)),
    )
  })
})

describe('a file source does not start', () => {
  test('without its files, and names the one', async () => {
    const folder = await temporaryFolder()
    await writeFile(join(folder, 'tls.crt'), pairs[0].certPem)
    const complaint = await complaintOf(() => start(join(folder, 'tls.crt'), join(folder, 'gone.key')))
    expect(complaint).toMatch(/^missing: .*gone\.key does not exist/)
  })

  test('with a folder in place of a file', async () => {
    const folder = await temporaryFolder()
    expect(await complaintOf(() => start(folder, folder))).toMatch(/^unreadable: .*\(EISDIR\)/)
  })

  test('with a pair that does not match', async () => {
    const folder = await temporaryFolder()
    const [certFile, keyFile] = [join(folder, 'a.crt'), join(folder, 'b.key')]
    await writeFile(certFile, pairs[0].certPem)
    await writeFile(keyFile, pairs[1].keyPem)
    expect(await complaintOf(() => start(certFile, keyFile))).toContain(
      `${keyFile} does not match ${certFile}.`,
    )
  })
})

test('a disposed file source watches nothing', async (context) => {
  context.skip(process.platform !== 'linux', 'what a process watches can be asked of Linux only')
  const before = await watchedFolders()
  const { source } = await openFiles()
  expect(await watchedFolders()).toBe(before + 1)
  await source[Symbol.asyncDispose]()
  expect(await watchedFolders()).toBe(before)
})

test('a pino logger fits', async () => {
  const { certFile, keyFile, source } = await openFiles()
  await source[Symbol.asyncDispose]()
  const log = pino({ level: 'silent' })
  const { setTimer } = countedTimers()
  await using other = await openFileSource({ certFile, keyFile, log, now, setTimer })
  expect(other.current().keyPem).toBe(await readFile(keyFile, 'utf8'))
})

async function watchedFolders(): Promise<number> {
  const fds = await readdir('/proc/self/fdinfo')
  const infos = await Promise.all(
    fds.map((fd) => readFile(join('/proc/self/fdinfo', fd), 'utf8').catch(() => '')),
  )
  return infos.join('').match(/^inotify wd:/gm)?.length ?? 0
}

function start(certFile: string, keyFile: string): Promise<CertificateSource> {
  return openFileSource({ certFile, keyFile, log: recordedLog(), now, setTimer: countedTimers().setTimer })
}
