import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'

const ROOT = resolve(import.meta.dirname, '../..')
const page = readFileSync(join(ROOT, 'docs/security.md'), 'utf8')
const [, section = ''] = page.split('\n## Threats\n')

interface Threat {
  readonly number: number
  readonly sig: readonly number[]
  readonly tests: readonly { readonly file: string; readonly title: string }[]
  readonly yours: string
}

const threats: readonly Threat[] = (section.split('\n## ')[0] ?? '')
  .split('\n')
  .filter((line) => /^\| \d/.test(line))
  .map((line) => {
    const cells = line.split(/(?<!\\)\|/).map((cell) => cell.trim())
    const [, number = '', sig = '', , , shown = ''] = cells
    return {
      number: Number(number),
      sig: sig === '' ? [] : sig.split(', ').map(Number),
      tests: [...shown.matchAll(/\]\(\.\.\/(test\/[^)]+)\) “([^”]+)”/g)].map(([, file = '', title = '']) => ({
        file,
        title,
      })),
      yours: /\*\*Yours:\*\* (.+)$/.exec(shown)?.[1] ?? '',
    }
  })

const upTo = (last: number): number[] => Array.from({ length: last }, (_, index) => index + 1)

describe('the threats of docs/security.md', () => {
  test('are all there, each once, in order', () => {
    expect(threats.map(({ number }) => number)).toEqual(upTo(38))
  })

  test('take in every threat of SIG Security', () => {
    const taken = new Set(threats.flatMap(({ sig }) => sig))
    expect([...taken].toSorted((a, b) => a - b)).toEqual(upTo(18))
  })

  test.each(threats.map((threat) => [threat.number, threat] as const))(
    '%i: a test shows the defence, or a sentence says who must guard',
    (_number, { tests, yours }) => {
      expect(tests.length > 0 || yours.length > 20).toBe(true)
    },
  )

  const named = threats.flatMap(({ number, tests }) =>
    tests.map(({ file, title }) => [number, file, title] as const),
  )
  test.each(named)('%i: %s has the test “%s”', (_number, file, title) => {
    expect(existsSync(join(ROOT, file)), `${file} exists`).toBe(true)
    expect(readFileSync(join(ROOT, file), 'utf8').replaceAll("\\'", "'")).toContain(title)
  })
})
