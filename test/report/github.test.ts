import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { toGithub } from '../../src/report/github.ts'
import { problemsOf } from '../../src/report/problems-of.ts'
import { troublesOf } from '../../src/report/verdict.ts'
import { withoutCommands } from '../../src/report/workflow-commands.ts'
import { aProblem, anEntry, aReport, arbitraryReport, NASTY, nastyReport, refused } from './a-report.ts'
import { commandsIn } from './runner-commands.ts'

describe('annotations of GitHub', () => {
  test('name file, line, what and why', () => {
    expect(toGithub(aReport([anEntry(), refused()]))).toBe(
      `::error file=k8s/pod.yaml,line=7,title=Pod shop/app%3A instance.missing::no instance "oder" in namespace "shop". Create it.
dapr-shared review: 2 judged: 1 passed, 1 failed, 0 skipped
`,
    )
  })

  test('put the gravest first, as ten of each level are shown', () => {
    const problems = (['note', 'warning', 'error'] as const).map((level) => aProblem({ level }))
    const report = aReport(
      [refused({ problems }), anEntry({ outcome: 'error', summary: 'unknown' })],
      ['a note'],
    )
    expect(commandsIn(toGithub(report)).map(({ name, message }) => [name, message.slice(0, 11)])).toEqual([
      ['error', 'no instance'],
      ['error', 'unknown'],
      ['warning', 'a note'],
      ['warning', 'no instance'],
      ['notice', 'no instance'],
    ])
  })

  test.each(['<stdin>', 'https://127.0.0.1:6443'])('of %s belong to the run, and say where', (file) => {
    const problems = [aProblem({ source: { file, document: 1, line: 7 } })]
    const [annotation] = commandsIn(toGithub(aReport([refused({ problems })])))
    expect(annotation).toEqual({
      name: 'error',
      properties: { title: 'Pod shop/app: instance.missing' },
      message: `${file}:7: no instance "oder" in namespace "shop". Create it.`,
    })
  })

  test('keep percent signs, commas, colons and line breaks of the text', () => {
    const problems = [
      aProblem({ message: '100%0A,\n::x', source: { file: 'a,b:c%.yaml', document: 1, line: 1 } }),
    ]
    expect(commandsIn(toGithub(aReport([refused({ problems })])))).toMatchObject([
      { properties: { file: 'a,b:c%.yaml', line: '1' }, message: '100%0A,\n::x Create it.' },
    ])
  })

  test('are never more than there are problems, whatever the text', () => {
    fc.assert(
      fc.property(arbitraryReport, (report) => {
        const levels = report.entries.flatMap((entry) => [
          ...(entry.outcome === 'error' ? ['error'] : []),
          ...problemsOf(entry, report).map(({ level }) => (level === 'note' ? 'notice' : level)),
        ])
        const named = commandsIn(toGithub(report)).map(({ name }) => name)
        const ofTheRun = [
          ...troublesOf(report).map(() => 'error'),
          ...report.notes.map(() => 'warning'),
          ...(report.sections ?? []).map(() => 'notice'),
        ]
        expect(named.toSorted()).toEqual([...levels, ...ofTheRun].toSorted())
      }),
    )
    expect(commandsIn(toGithub(nastyReport)).every(({ name }) => /^(error|warning|notice)$/.test(name))).toBe(
      true,
    )
  })
})

describe('text in a log that the runner reads', () => {
  test('has no command', () => {
    expect(commandsIn(NASTY)).not.toEqual([])
    expect(commandsIn(withoutCommands(NASTY))).toEqual([])
    expect(withoutCommands('\u0085::c::')).toBe('\u0085\\::c::')
    expect(withoutCommands('a ::b\n \t::c::d')).toBe('a ::b\n \t\\::c::d')
  })

  test('has none, whatever it is', () => {
    const parts = ['::', '\n', '\r', ' ', '\u0085', '\u2028', '##[', ']', 'error', '#', '\\']
    const text = fc.array(fc.oneof(fc.constantFrom(...parts), fc.string())).map((some) => some.join(''))
    fc.assert(
      fc.property(text, (one) => {
        expect(commandsIn(withoutCommands(one))).toEqual([])
      }),
    )
  })

  test('is read in one go, however long', () => {
    const text = withoutCommands('\n'.repeat(200_000) + ' '.repeat(200_000) + '::error::')
    expect(text.endsWith('\\::error::')).toBe(true)
  })
})
