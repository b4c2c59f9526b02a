import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startSupervisor, supervisionOf } from './supervision.ts'
import type { ProgramStatus } from './supervision.ts'
import { waitUntil } from './wait-until.ts'

test('nothing of a cluster outlives an owner that was killed', async () => {
  const dir = newFolder()
  const ownerScript = `
    const { startSupervisor, supervisionOf } = await import(${JSON.stringify(join(import.meta.dirname, 'supervision.ts'))})
    await startSupervisor(${JSON.stringify(dir)})
    await supervisionOf(${JSON.stringify(dir)}).start('etcd', ['sleep', '600'])
    setInterval(() => {}, 1000)`
  const owner = spawn(process.execPath, ['--input-type=module', '-e', ownerScript], { stdio: 'inherit' })
  const status = async (): Promise<ProgramStatus | undefined> => (await supervisionOf(dir).status()).etcd
  const { pid } = await waitUntil('the owner has started a program', status)
  expect(isAlive(pid)).toBe(true)

  owner.kill('SIGKILL')
  await waitUntil('its program is gone', async () => !isAlive(pid), { timeout: 5000 })
  await waitUntil('its folder is gone', async () => !existsSync(dir), { timeout: 5000 })
})

test('a program is stopped and started as it was, from any process', async () => {
  const dir = newFolder()
  const supervisor = await startSupervisor(dir)
  const supervision = supervisionOf(dir)
  const first = await supervision.start('etcd', ['sleep', '600'])
  expect((await supervision.start('etcd')).pid).toBe(first.pid)
  expect(await supervision.stop('etcd')).toMatchObject({ signal: 'SIGTERM' })
  const second = await supervision.start('etcd')
  expect(second.pid).not.toBe(first.pid)
  await supervisor.end()
  expect(isAlive(second.pid)).toBe(false)
  expect(existsSync(dir)).toBe(false)
})

test('a program that cannot be started is an error, and leaves the others alone', async () => {
  const dir = newFolder()
  const supervisor = await startSupervisor(dir)
  const supervision = supervisionOf(dir)
  await expect(supervision.start('kwok')).rejects.toThrow('kwok was never started')
  await expect(supervision.stop('kwok')).rejects.toThrow('kwok was never started')
  await supervisor.end()
})

function newFolder(): string {
  return mkdtempSync(join(tmpdir(), 'test-supervisor-'))
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
