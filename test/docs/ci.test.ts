import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { action, ROOT } from '../places/workflow.ts'

/** What docs/ci.md shows is what action.yml, the hooks and the example are, which tests run. */

const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8')
const page = read('docs/ci.md')

/** The first block of code under a heading. */
function blockUnder(heading: string): unknown {
  const [, block = ''] = new RegExp(`^## ${heading}\\n[^]*?\`\`\`yaml\\n([^]*?)\`\`\``, 'm').exec(page) ?? []
  return parse(block)
}

const text = z.string()

describe('GitHub Actions', () => {
  test('the inputs are those of action.yml, with their defaults', () => {
    const [, table = ''] = /^\| input [^\n]*\n\|[ -|]*\n((?:\|[^\n]*\n)*)/m.exec(page) ?? []
    const rows = table.split('\n').flatMap((row) => {
      const [, names = '', value = ''] = row.split('|').map((cell) => cell.replaceAll('`', '').trim())
      return names === '' ? [] : names.split(', ').map((name) => [name, value])
    })
    expect(Object.fromEntries(rows)).toEqual(
      Object.fromEntries(Object.entries(action.inputs).map(([name, input]) => [name, input.default])),
    )
  })

  test('the workflow gives and takes what there is', () => {
    const steps = z
      .array(z.looseObject({ id: text.optional(), with: z.record(text, text).default({}) }))
      .parse(blockUnder('GitHub Actions'))
    const ours = steps.find(({ id }) => id === 'admission')
    expect(Object.keys(action.inputs)).toEqual(expect.arrayContaining(Object.keys(ours?.with ?? {})))
    const taken = [...page.matchAll(/steps\.admission\.outputs\.([\w-]+)/g)].map(([, name]) => name)
    expect(taken).toEqual(['sarif', 'sarif'])
    expect(Object.keys(action.outputs)).toContain('sarif')
  })

  test('every output is told of', () => {
    const [, sentence = ''] = /^Outputs: ([^.]*)\./m.exec(page) ?? []
    for (const name of Object.keys(action.outputs)) expect(sentence).toContain(`\`${name}\``)
  })
})

test('GitLab runs what the example runs', () => {
  const job = z.looseObject({ before_script: z.array(text), script: z.array(text), artifacts: z.unknown() })
  const pipeline = z.object({ admission: job })
  const shown = pipeline.parse(blockUnder('GitLab')).admission
  const ran = pipeline.parse(parse(read('deploy/examples/ci/.gitlab-ci.yml'))).admission
  expect(ran.script).toEqual(expect.arrayContaining(shown.script))
  expect([shown.before_script, shown.artifacts]).toEqual([ran.before_script, ran.artifacts])
})

test('the hooks of pre-commit are those of the example', () => {
  expect(blockUnder('pre-commit')).toEqual(parse(read('deploy/examples/ci/.pre-commit-config.yaml')))
})
