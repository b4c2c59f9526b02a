import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { run } from '../cli/run.ts'
import { ROOT } from '../places/workflow.ts'

/** Command lines that readers copy, also where nothing runs them. */

const PAGES = [
  'README.md',
  'action.yml',
  'deploy/examples/ci/README.md',
  'deploy/examples/scenarios/README.md',
  ...readdirSync(join(ROOT, 'docs')).flatMap((name) => (name.endsWith('.md') ? [`docs/${name}`] : [])),
]
const read = (page: string): string => readFileSync(join(ROOT, page), 'utf8')

/** Every command, and its long options. */
const known = new Map<string, readonly string[]>()
const candidates = async (...words: string[]): Promise<string[]> =>
  (await run(['__complete', '--', ...words])).out.split('\n').map((line) => line.split('\t')[0] ?? '')

beforeAll(async () => {
  for (const command of await candidates(''))
    if (/^[a-z]/.test(command)) known.set(command, await candidates(command, '--'))
})

test('the README has a row for each command', () => {
  const rows = [...read('README.md').matchAll(/^\| `([a-z-]+)(?: [^`|]*)?` +\|/gm)].map(
    ([, name = '']) => name,
  )
  expect(rows.toSorted()).toEqual([...known.keys()].filter((name) => name !== 'help').toSorted())
})

describe('a command line that a page shows has a command and options that there are', () => {
  test.each(PAGES)('%s', (page) => {
    const code = [...read(page).matchAll(/```\w*\n([^]*?)```|`([^`\n]+)`/g)].map(
      ([, block, inline = '']) => block?.replaceAll('\\\n', ' ') ?? inline,
    )
    const lines = [
      ...code.join('\n').matchAll(/(?:^|[ |(])dapr-shared (?:-- )?([a-z][a-z-]*)( [^\n|#;&]*)?/gm),
    ]
    const wrong = lines.flatMap(([line, command = '', rest = '']) => {
      const options = known.get(command)
      const used = [...rest.matchAll(/(?<= )--[a-z-]+/g)].map(([flag]) => flag)
      return options !== undefined && used.every((flag) => options.includes(flag)) ? [] : [line]
    })
    expect(wrong).toEqual([])
  })
})
