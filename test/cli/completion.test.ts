import { afterAll, describe, expect, test } from 'vitest'
import { callOf, helpAs } from '../../src/cli/called-as.ts'
import { argumentsAfter, fishCandidates, isInstalled, makePlace } from '../places/shells.ts'
import { run } from './run.ts'

/** What may come next, and the closing line with what else the shell may add. */
async function next(...words: string[]): Promise<{ values: string[]; directive: string }> {
  const { code, out } = await run(['__complete', '--', ...words])
  expect(code).toBe(0)
  const lines = out.trimEnd().split('\n')
  return {
    values: lines.slice(0, -1).map((line) => line.split('\t')[0] ?? ''),
    directive: lines.at(-1) ?? '',
  }
}

describe('what may come next', () => {
  test.each([
    [['rev'], ['review'], ':4'],
    [['review', '--sta'], ['--state', '--state-only'], ':4'],
    [['review', '-o', 'j'], ['json', 'junit'], ':4'],
    [['review', '--output=j'], ['--output=json', '--output=junit'], ':4'],
    [['review', '--fail-on', ''], ['Deny', 'Warn', 'Audit'], ':4'],
    [['review', '-f', ''], [], ':0'],
    [['review', '--report', 'sa'], ['sarif='], ':6'],
    [['review', '--report', 'sarif=re'], [], ':0'],
    [['review', '--namespace', ''], [], ':4'],
    [['lint', ''], [], ':0'],
    [['certs', '--out', ''], [], ':16'],
    [['completion', ''], ['bash', 'zsh', 'fish'], ':4'],
    [['completion', 'bash', ''], [], ':4'],
    [['no-such-command', ''], [], ':4'],
    [['lint', '--', '--fail'], [], ':0'],
    [['help', 're'], ['review', 'record'], ':4'],
    [['help', 'review', ''], [], ':4'],
    [['explain', 'instance.m'], ['instance.missing', 'instance.misconfigured'], ':4'],
    [['explain', 'ru'], ['rules'], ':4'],
    [['explain', 'deploy'], [], ':0'],
  ])('%j: %j %s', async (words, values, directive) => {
    expect(await next(...words)).toEqual({ values, directive })
  })

  test('every rule and check has a page to explain', async () => {
    const { values } = await next('explain', '')
    const { out } = await run(['explain', 'rules', '-o', 'json'])
    const pages = JSON.parse(out) as { items: { id: string }[] }
    expect(values).toEqual(['rules', ...new Set(pages.items.map(({ id }) => id))])
  })

  test('every command that the help lists, and none that it hides', async () => {
    const { out } = await run(['--help'])
    const listed = [...out.matchAll(/^ {2}([a-z-]+) (?:\[|<| )/gm)].map(([, name = '']) => name)
    const { values } = await next('')
    expect(values).toEqual(listed.filter((name) => name !== 'dapr-shared' && name !== 'kubectl'))
    expect(values).not.toContain('__complete')
  })

  test('every long option that a help page lists', async () => {
    const commands = (await next('')).values.filter((name) => name !== 'help')
    for (const command of commands) {
      const { out } = await run([command, '--help'])
      const options = /Options:\n([\s\S]*?)\n\n/.exec(`${out}\n\n`)?.[1] ?? ''
      const listed = [...options.matchAll(/^ {2}(?:-\w, )?(--[a-z-]+)/gm)].map(([, flag = '']) => flag)
      expect((await next(command, '--')).values.toSorted(), command).toEqual(listed.toSorted())
    }
  })

  test('an option that was given comes no more, unless it may repeat', async () => {
    const { values } = await next('review', '--verbose', '--state', 'a', '--')
    expect(values).not.toContain('--verbose')
    expect(values).toContain('--state')
  })
})

test('an unknown shell is told which there are', async () => {
  expect(await run(['completion', 'tcsh'])).toMatchObject({
    code: 2,
    err: expect.stringContaining('bash, zsh, fish') as string,
  })
})

describe('in a real shell', () => {
  const { dir, remove } = makePlace()
  afterAll(remove)
  // in CI a shell that is missing is an error, not a reason to pass
  const has = (shell: 'zsh' | 'fish'): boolean => process.env['CI'] !== undefined || isInstalled(shell)

  const TYPED = [
    ['dapr-shared rev\t', ['review']],
    ['dapr-shared review --filen\tmani\t', ['review', '--filename', /^manifests\/?$/]],
    ['dapr-shared review -f odd\t', ['review', '-f', 'oddly named.yaml']],
    ['dapr-shared review -o ju\t', ['review', '-o', 'junit']],
    ['dapr-shared review --report sar\tmani\t', ['review', '--report', /^sarif=manifests\/?$/]],
    ['dapr-shared lint --fail-on=W\t', ['lint', '--fail-on=Warning']],
    ['dapr-shared explain odd\t', ['explain', 'oddly named.yaml']],
    ['dapr-shared explain instance.mis\ts\t', ['explain', 'instance.missing']],
    ['dapr-shared help wha\t', ['help', 'what-if']],
  ] as const

  const lines = TYPED.map(([typed]) => typed)
  const expected = TYPED.map(([, words]) =>
    words.map((word) => (typeof word === 'string' ? word : (expect.stringMatching(word) as string))),
  )

  test('bash', { timeout: 120_000 }, () => {
    expect(argumentsAfter('bash', lines, dir)).toEqual(expected)
  })

  test.runIf(has('zsh'))('zsh', { timeout: 120_000 }, () => {
    expect(argumentsAfter('zsh', lines, dir)).toEqual(expected)
  })

  test.runIf(has('fish')).each([
    ['dapr-shared rev', ['review']],
    ['dapr-shared review -o j', ['json', 'junit']],
    ['dapr-shared review --report sar', ['sarif=']],
    ['dapr-shared review --report sarif=mani', ['sarif=manifests/']],
    ['dapr-shared review -f odd', ['oddly named.yaml']],
    ['dapr-shared explain odd', ['oddly named.yaml']],
    ['dapr-shared certs --out ', ['bin/', 'manifests/']],
  ])('fish: %j', { timeout: 60_000 }, (line, candidates) => {
    expect(fishCandidates(line, dir)).toEqual(candidates)
  })
})

describe("as kubectl's plugin", () => {
  test('it is known by the name it was called by', () => {
    expect(callOf('/usr/local/bin/dapr-shared', ['lint'])).toEqual({ name: 'dapr-shared', args: ['lint'] })
    expect(callOf('/home/me/bin/kubectl-dapr_shared', ['lint'])).toEqual({
      name: 'kubectl dapr-shared',
      args: ['lint'],
    })
    expect(callOf('/usr/bin/kubectl_complete-dapr_shared', ['rev']).args).toEqual(['__complete', '--', 'rev'])
  })

  test('examples are commands that can be typed so', () => {
    const help = '  dapr-shared lint x\n  kubectl get pod | dapr-shared review -f -\nDapr: dapr-shared is it'
    expect(helpAs('kubectl dapr-shared', help)).toBe(
      '  kubectl dapr-shared lint x\n  kubectl get pod | kubectl dapr-shared review -f -\nDapr: dapr-shared is it',
    )
    expect(helpAs('dapr-shared', help)).toBe(help)
  })
})
