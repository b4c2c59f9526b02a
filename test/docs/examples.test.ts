import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { runProgram } from '../../src/cli/program.ts'

/** Every ```console block of the documentation is run, and must print what stands there. */

const ROOT = resolve(import.meta.dirname, '../..')
const PREFIX = 'npm run -s dapr-shared -- '
const PAGES = [
  'README.md',
  ...readdirSync(join(ROOT, 'docs')).flatMap((name) => (name.endsWith('.md') ? [`docs/${name}`] : [])),
]

interface Example {
  readonly page: string
  readonly command: string
  readonly printed: string
}

const examples: Example[] = PAGES.flatMap((page) =>
  [...readFileSync(join(ROOT, page), 'utf8').matchAll(/```console\n\$ ([^\n]+)\n([\s\S]*?)```/g)].map(
    ([, command = '', printed = '']) => ({ page, command, printed }),
  ),
)

describe('the examples of the documentation print what stands there', () => {
  test('there are some', () => {
    expect(examples.length).toBeGreaterThan(2)
  })

  test.each(examples)('$page: $command', async ({ command, printed }) => {
    expect(
      command.startsWith(PREFIX),
      'an example is a command that a reader of the checkout can paste',
    ).toBe(true)
    let output = ''
    const write = (text: string): void => {
      output += text
    }
    const io = { out: write, err: write, readStdin: async () => '', env: {}, cwd: ROOT, colour: false }
    await runProgram(command.slice(PREFIX.length).split(' '), io)
    expect(output).toBe(printed)
  })
})
