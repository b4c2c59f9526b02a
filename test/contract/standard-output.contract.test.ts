import { spawn, spawnSync } from 'node:child_process'
import { openSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { instance, pod } from '../cli/run.ts'
import { temporaryFolder } from './serve-process.ts'

const MAIN = resolve(import.meta.dirname, '../../src/main.ts')

async function reviewOf(count: number): Promise<string[]> {
  const file = join(await temporaryFolder(), 'all.yaml')
  const pods = Array.from({ length: count }, (_, index) => pod('order', { name: `web-${index}` }))
  await writeFile(file, [instance('order'), ...pods].join('---\n'))
  return [MAIN, 'review', '-f', file, '-o', 'json']
}

test('an answer that nobody can take down is exit 2 and a sentence, not a refusal', async () => {
  const { status, stderr } = spawnSync(process.execPath, await reviewOf(1), {
    stdio: ['ignore', openSync('/dev/full', 'w'), 'pipe'],
  })
  expect(stderr.toString()).toBe('the answer cannot be written (ENOSPC).\n')
  expect(status).toBe(2)
})

test('a reader that takes its time gets all of a long answer, and no word besides', async () => {
  const child = spawn(process.execPath, await reviewOf(500), { stdio: ['ignore', 'pipe', 'pipe'] })
  let out = ''
  let err = ''
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()))
  for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
    out += chunk.toString()
    await setTimeout(1)
  }
  expect((JSON.parse(out) as { items: unknown[] }).items, 'the DaemonSet, and the pods').toHaveLength(1 + 500)
  expect(err).toBe('')
})

test('a reader that has seen enough changes nothing about the exit code', async () => {
  const child = spawn(process.execPath, await reviewOf(500), { stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = new Promise<number | null>((done) => child.on('exit', done))
  child.stdout.once('data', () => child.stdout.destroy())
  expect(await ended).toBe(0)
})
