import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { withFileLock } from './file-lock.ts'
import { waitUntil } from './wait-until.ts'

const unexpected = (): void => expect.fail('the lock is free, yet it was waited for')
let dir: string
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'test-lock-'))
})
afterAll(() => rmSync(dir, { recursive: true }))

test('one at a time, and each has its turn', async () => {
  const file = join(dir, 'turns')
  let inside = 0
  const turn = async (): Promise<number> =>
    withFileLock(
      file,
      async () => {
        inside += 1
        await sleep(20)
        const seen = inside
        inside -= 1
        return seen
      },
      () => {},
    )
  expect(await Promise.all([turn(), turn(), turn()])).toEqual([1, 1, 1])
})

test('work that fails gives the lock back', async () => {
  const file = join(dir, 'failure')
  const failing = withFileLock(file, async () => Promise.reject(new Error('no space')), unexpected)
  await expect(failing).rejects.toThrow('no space')
  expect(await withFileLock(file, async () => 'done', unexpected)).toBe('done')
})

test('the lock of an owner that was killed is free', async () => {
  const file = join(dir, 'killed')
  const module = JSON.stringify(join(import.meta.dirname, 'file-lock.ts'))
  const script = `
    import { writeFileSync } from 'node:fs'
    const { withFileLock } = await import(${module})
    await withFileLock(${JSON.stringify(file)}, async () => {
      writeFileSync(${JSON.stringify(`${file}.held`)}, '')
      await new Promise((resolve) => setTimeout(resolve, 600_000))
    })`
  const owner = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'inherit' })
  await waitUntil('the owner holds the lock', async () => existsSync(`${file}.held`))
  const result = await withFileLock(
    file,
    async () => 'mine',
    () => owner.kill('SIGKILL'),
  )
  expect(result).toBe('mine')
  expect(owner.killed).toBe(true)
})
