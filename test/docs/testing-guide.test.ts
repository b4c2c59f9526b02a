import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { runProgram } from '../../src/cli/program.ts'

/**
 * The guide, done by somebody who knows nothing else: its files are written, its commands run in their order, and each must
 * print what stands there. Durations differ from run to run.
 */

const page = readFileSync(resolve(import.meta.dirname, '../../docs/testing.md'), 'utf8')
const cwd = mkdtempSync(join(tmpdir(), 'dapr-shared-guide-'))
afterAll(() => rmSync(cwd, { recursive: true }))

const steady = (text: string): string => text.replaceAll(/\d+(\.\d+)? (ms|s)\b/g, '0 ms')

const steps = [...page.matchAll(/```(yaml|sh|text)\n([^]*?)```/g)].flatMap(([, kind = '', text = '']) => {
  const file = /^# (\S+\.yaml)\n/.exec(text)?.[1]
  if (kind === 'yaml' && file !== undefined) {
    return [{ title: `writes ${file}`, run: async () => write(file, text) }]
  }
  if (kind === 'sh' && /^(sed|mv) /.test(text)) {
    return [{ title: text.trim(), run: async () => shell(text) }]
  }
  const [, args, printed = ''] = /^\$ dapr-shared ([^\n]*)\n([^]*)$/.exec(text) ?? []
  return args === undefined ? [] : [{ title: `dapr-shared ${args}`, run: () => command(args, printed) }]
})

function write(file: string, text: string): void {
  mkdirSync(dirname(join(cwd, file)), { recursive: true })
  writeFileSync(join(cwd, file), text)
}

function shell(text: string): void {
  execFileSync('sh', ['-ec', text], { cwd })
}

async function command(args: string, printed: string): Promise<void> {
  let output = ''
  const print = (text: string): void => {
    output += text
  }
  const io = { out: print, err: print, readStdin: async () => '', env: {}, cwd, colour: false }
  await runProgram(args.split(' '), io)
  expect(steady(output)).toBe(steady(printed))
}

test('the guide has files, edits and commands', () => {
  expect(steps.length).toBeGreaterThan(9)
})

test.each(steps)('$title', async ({ run }) => {
  await run()
})
