import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { aPod, aReview } from '../admission/a-review.ts'
import { toldReviews } from '../telemetry/told-reviews.ts'
import { instance, run, type Ran } from './run.ts'

const record = (...args: string[]): Promise<Ran> => run(['record', ...args])

async function logOf(...appIds: readonly string[]): Promise<string> {
  const { ask, text } = toldReviews()
  for (const appId of appIds) {
    await ask(aReview({ object: aPod({ annotations: { 'dapr.io/shared': appId } }) }))
  }
  return text()
}

describe('the command line', () => {
  test.each([
    ['nothing to record', [], /give --cluster, or --from-log FILE/],
    ['two things at once', ['--cluster', '--from-log', 'x'], /--cluster and --from-log together/],
    ['two places', ['--cluster', '-n', 'a', '-A'], /--namespace and --all-namespaces together/],
    [
      'an odd namespace',
      ['--cluster', '-n', 'A B'],
      /--namespace: wanted the name of a namespace, got "A B"/,
    ],
    ['a state of a cluster', ['--cluster', '--state', 'x'], /--state belongs to --from-log/],
    ['a choice in a log', ['--from-log', 'x', '--opted-in'], /--opted-in belongs to --cluster/],
    [
      'workloads of everywhere',
      ['--cluster', '-A', '--workloads', 'deploy/x'],
      /in which namespace, with -n NAME/,
    ],
    [
      'a workload without kind',
      ['--cluster', '--workloads', 'web'],
      /"web": wanted KIND\/NAME, as deployment\/web/,
    ],
    ['a misspelt kind', ['--cluster', '--workloads', 'deplyment/web'], /did you mean deployment\/web\?/],
    ['a kind without pods', ['--cluster', '--workloads', 'service/web'], /no kind that makes pods/],
    ['a log that is not there', ['--from-log', 'nope.log'], /--from-log nope\.log: no such file/],
    ['a log that is a folder', ['--from-log', '.'], /--from-log \.: a folder/],
    [
      'a cluster domain of a log',
      ['--from-log', 'x', '--cluster-domain', 'a.b'],
      /--cluster-domain belongs to/,
    ],
    ['a kubeconfig of a log', ['--from-log', 'x', '--kubeconfig', 'k'], /--kubeconfig belongs to --cluster/],
    ['a context of a log', ['--from-log', 'x', '--context', 'c'], /--context belongs to --cluster/],
    ['a kubeconfig that is not there', ['--cluster', '--kubeconfig', '/nope'], /\/nope/],
  ])('2 and a sentence for %s', async (_what, args, sentence) => {
    const { code, out, err } = await record(...args)
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toMatch(sentence)
    expect(err.trim().split('\n')).toHaveLength(1)
  })
})

describe('a log', () => {
  test('becomes a suite, from standard input to standard output', async () => {
    const stdin = `Listening on https://127.0.0.1:8443\n${await logOf('nobody', 'nobody', 'idle')}`
    const { code, out, err } = await run(['record', '--from-log'], { stdin })
    expect(code).toBe(0)
    expect(out).toContain('kind: Suite')
    expect(out).toContain('#   dapr-shared record --cluster -n NAMESPACE --opted-in -o recorded.yaml')
    expect(err).toMatch(
      /^skipped lines: no decision \(1\)\nrecorded: 2 tests\nthese tests see an empty cluster: /,
    )
  })

  test('is not in memory whole, and a line without an end is passed over', async () => {
    const line = Buffer.from(await logOf('nobody'))
    const noise = Buffer.alloc(1_000_000, 'a')
    async function* chunks(): AsyncGenerator<Uint8Array> {
      yield line
      // more than one text can hold
      for (let count = 0; count < 600; count++) yield noise
      yield Buffer.from('\n')
      yield line
    }
    const { code, out, err } = await run(['record', '--from-log'], { chunks })
    expect(code, err).toBe(0)
    expect(out).toContain('# 2 lines of the log say this')
    expect(err).toContain('skipped lines: no decision (1)\n')
  })

  test.each([['log.jsonl'], ['cluster/state.yaml']])('is not written over %s', async (output) => {
    const files = { 'log.jsonl': await logOf('nobody'), 'cluster/state.yaml': instance('order') }
    const args = ['record', '--from-log', 'log.jsonl', '--state', 'cluster/state.yaml', '-o', output]
    const { code, err } = await run(args, { files })
    expect({ code, err }).toEqual({
      code: 2,
      err: `-o ${output}: would overwrite what the suite is made of. Write it to another file.\n`,
    })
  })

  test('of one namespace', async () => {
    const { code, out, err } = await run(['record', '--from-log', '-', '-n', 'other'], {
      stdin: await logOf('nobody'),
    })
    expect({ code, out }).toEqual({ code: 4, out: '' })
    expect(err).toContain('skipped lines: about another namespace (1)')
  })

  test.each(['', '\n', '{"msg":"ready"}\n', 'no log at all'])(
    '4 where it has no decision: %j',
    async (stdin) => {
      const { code, out, err } = await run(['record', '--from-log'], { stdin })
      expect({ code, out }).toEqual({ code: 4, out: '' })
      expect(err).toContain('no decision about a pod in the log')
      expect((await run(['record', '--from-log', '--allow-empty'], { stdin })).code).toBe(0)
    },
  )

  test('whose state cannot be read is told before anything is written', async () => {
    const files = { 'log.jsonl': await logOf('nobody'), 'bad.yaml': 'a: [' }
    for (const [state, sentence] of [
      ['nope.yaml', 'nope.yaml: no such file or folder'],
      ['bad.yaml', 'bad.yaml:1: not YAML or JSON'],
      ['-', 'a suite names files'],
    ] as const) {
      const { code, out, err } = await run(['record', '--from-log', 'log.jsonl', '--state', state], { files })
      expect({ code, out }).toEqual({ code: 2, out: '' })
      expect(err).toContain(sentence)
    }
  })

  test('becomes a suite that passes on its state, and names the state from where it stands', async () => {
    const files = {
      'log.jsonl': await logOf('nobody', 'order'),
      'cluster/recorded.yaml': instance('order'),
      'read.sh': '',
    }
    const { code, out, err } = await run(
      ['record', '--from-log', 'log.jsonl', '--state', 'cluster/recorded.yaml', '-o', '-'],
      { files },
    )
    expect({ code, err }).toEqual({ code: 0, err: 'recorded: 2 tests\n' })
    expect(out).toContain('files:\n    - cluster/recorded.yaml\n')
    // the server of this log had no instance "order", and its refusal must not hold where there is one
    const again = await run(['test', 'a.dapr-shared-test.yaml'], {
      files: { ...files, 'a.dapr-shared-test.yaml': out },
    })
    expect(again.code, again.out + again.err).toBe(1)
    expect(again.out).toContain('refuses shop/web: instance.missing (2)')
    const first = await run(['test', 'a.dapr-shared-test.yaml', '--run', 'missing$'], {
      files: { ...files, 'a.dapr-shared-test.yaml': out },
    })
    expect(first.code, first.out + first.err).toBe(0)
  })
})

describe('what is written', () => {
  test('is for its owner alone, whole, and over what was there', async () => {
    const { mkdtemp, rm, writeFile, readdir } = await import('node:fs/promises')
    const { tmpdir } = await import('node:os')
    const { writePrivateFile } = await import('../../src/cli/record/write-private-file.ts')
    const cwd = await mkdtemp(join(tmpdir(), 'dapr-shared-record-'))
    try {
      await writeFile(join(cwd, 'there.yaml'), 'old', { mode: 0o644 })
      await writePrivateFile('there.yaml', 'new', { cwd })
      await writePrivateFile('deep/er.yaml', 'new', { cwd })
      expect(await readFile(join(cwd, 'there.yaml'), 'utf8')).toBe('new')
      expect((await stat(join(cwd, 'there.yaml'))).mode & 0o777).toBe(0o600)
      await expect(writePrivateFile('deep', 'new', { cwd })).rejects.toThrow(/^deep: cannot be written \(/)
      expect((await readdir(cwd)).toSorted()).toEqual(['deep', 'there.yaml'])
    } finally {
      await rm(cwd, { recursive: true })
    }
  })

  test('goes through a link, and into a pipe, and replaces neither', async () => {
    const { lstat, mkdtemp, rm, symlink, writeFile } = await import('node:fs/promises')
    const { tmpdir } = await import('node:os')
    const { execFileSync } = await import('node:child_process')
    const { writePrivateFile } = await import('../../src/cli/record/write-private-file.ts')
    const cwd = await mkdtemp(join(tmpdir(), 'dapr-shared-record-'))
    try {
      await writeFile(join(cwd, 'there.yaml'), 'old')
      await symlink('there.yaml', join(cwd, 'link.yaml'))
      await writePrivateFile('link.yaml', 'new', { cwd })
      expect((await lstat(join(cwd, 'link.yaml'))).isSymbolicLink()).toBe(true)
      expect(await readFile(join(cwd, 'there.yaml'), 'utf8')).toBe('new')

      execFileSync('mkfifo', [join(cwd, 'pipe')])
      const read = readFile(join(cwd, 'pipe'), 'utf8')
      await writePrivateFile('pipe', 'through', { cwd })
      expect(await read).toBe('through')
      expect((await lstat(join(cwd, 'pipe'))).isFIFO()).toBe(true)
    } finally {
      await rm(cwd, { recursive: true })
    }
  })
})
