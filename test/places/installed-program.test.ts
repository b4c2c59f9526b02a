import { spawnSync } from 'node:child_process'
import { hash } from 'node:crypto'
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { ROOT } from './workflow.ts'

/** What npm makes of a commit, without npm: our files and those that they need, in a folder called node_modules. */

const folder = mkdtempSync(join(tmpdir(), 'dapr-shared-installed-'))
const installed = join(folder, 'node_modules/dapr-shared-admission')
for (const path of ['bin', 'src', 'package.json'])
  cpSync(join(ROOT, path), join(installed, path), { recursive: true })
for (const name of readdirSync(join(ROOT, 'node_modules')))
  symlinkSync(join(ROOT, 'node_modules', name), join(folder, 'node_modules', name))
afterAll(() => rmSync(folder, { recursive: true }))

const PATIENCE = { timeout: 60_000 }

function start(...nodeArgs: string[]): { code: number | null; out: string; err: string } {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [...nodeArgs, join(installed, 'bin/dapr-shared.js'), 'explain', 'instance.missing'],
    { cwd: folder, encoding: 'utf8' },
  )
  return { code: status, out: stdout, err: stderr }
}

test(
  'each name that npm installs is told by the file, as links have other names on Windows',
  PATIENCE,
  () => {
    const { bin } = z
      .object({ bin: z.record(z.string(), z.string()) })
      .parse(JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')))
    const args: Readonly<Record<string, { given: string; said: string }>> = {
      'dapr-shared': { given: '--help', said: 'Usage: dapr-shared [options]' },
      'kubectl-dapr_shared': { given: '--help', said: 'Usage: kubectl dapr-shared [options]' },
      'kubectl_complete-dapr_shared': { given: 'rev', said: 'review\t' },
    }
    expect(Object.keys(bin)).toEqual(Object.keys(args))
    for (const [name, file] of Object.entries(bin)) {
      const { given = '', said = '' } = args[name] ?? {}
      const { stdout } = spawnSync(process.execPath, [join(installed, file), given], { encoding: 'utf8' })
      expect(stdout, name).toContain(said)
    }
  },
)

describe('from its source', () => {
  const answer = { code: 0, out: expect.stringContaining('instance.missing') as string, err: '' }

  test('what it has stripped once it reads the next time', PATIENCE, () => {
    expect(start()).toEqual(answer)
    const kept = join(installed, '.cache/stripped')
    const main = `${hash('sha256', readFileSync(join(installed, 'src/main.ts')))}.js`
    expect(readdirSync(kept).filter((name) => !/^[0-9a-f]{64}\.js$/.test(name))).toEqual([])
    expect(start()).toEqual(answer)
    writeFileSync(join(kept, main), 'console.log("as kept")\n')
    expect(start()).toEqual({ code: 0, out: 'as kept\n', err: '' })
    rmSync(join(kept, main))
  })

  test('a file that has changed since is stripped anew', PATIENCE, () => {
    const main = join(installed, 'src/main.ts')
    writeFileSync(main, 'const text: string = "another version"\nconsole.log(text)\n')
    expect(start()).toEqual({ code: 0, out: 'another version\n', err: '' })
    cpSync(join(ROOT, 'src/main.ts'), main)
  })

  test('where nothing can be kept it runs all the same', PATIENCE, () => {
    rmSync(join(installed, '.cache'), { recursive: true })
    writeFileSync(join(installed, '.cache'), 'a file, where the folder would be')
    expect(start()).toEqual(answer)
  })
})

describe('on a machine with an older Node.js', () => {
  const older = `--import=data:text/javascript,${encodeURIComponent(
    'Object.defineProperty(process, "versions", { value: { ...process.versions, node: "22.1.0" } })',
  )}`
  const ownNode = join(folder, `own/node-${process.platform}-${process.arch}/bin/node`)
  const bringNode = (script: string): void => {
    const link = join(folder, 'node_modules', `node-${process.platform}-${process.arch}`)
    rmSync(link, { force: true })
    mkdirSync(dirname(ownNode), { recursive: true })
    writeFileSync(ownNode, script)
    chmodSync(ownNode, 0o755)
    symlinkSync(dirname(dirname(ownNode)), link)
  }

  test('the one that came along runs it', PATIENCE, () => {
    bringNode('#!/bin/sh\necho "it runs $2 $3"\nexit 4\n')
    expect(start(older)).toEqual({ code: 4, out: 'it runs explain instance.missing\n', err: '' })
  })

  test('one that came along and cannot start, as its C library is another, is no refusal', PATIENCE, () => {
    bringNode('#!/no/such/loader\n')
    expect(start(older)).toEqual({
      code: 2,
      out: '',
      err: expect.stringMatching(
        /^dapr-shared needs Node\.js 24\.11 or newer, and this is 22\.1\.0 .*does not start here.*\. Install it.*\n$/,
      ) as string,
    })
  })

  test('one that is killed is no refusal either', PATIENCE, () => {
    bringNode('#!/bin/sh\nkill -9 $$\n')
    expect(start(older).code).toBe(128 + 9)
  })
})
