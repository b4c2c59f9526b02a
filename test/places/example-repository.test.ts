import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'
import { z } from 'zod'
import type { Ran } from '../cli/run.ts'
import { runIn } from '../cli/run.ts'
import { action, ROOT, runStep } from './workflow.ts'

/** deploy/examples/ci is copied by people: whatever a pipeline of it runs must pass, on a copy. */

const EXAMPLE = join(ROOT, 'deploy/examples/ci')
const text = z.string()
const readYaml = (file: string): unknown => parse(readFileSync(file, 'utf8'))

const copy = mkdtempSync(join(tmpdir(), 'dapr-shared-repository-'))
beforeAll(() => cpSync(EXAMPLE, copy, { recursive: true }))
afterAll(() => rmSync(copy, { recursive: true }))

const hooks = z
  .array(
    z.strictObject({
      id: text,
      name: text,
      description: text,
      language: z.literal('node'),
      entry: text,
      args: z.array(text).default([]),
      files: text,
      pass_filenames: z.literal(false),
      minimum_pre_commit_version: text,
    }),
  )
  .parse(readYaml(join(ROOT, '.pre-commit-hooks.yaml')))

describe('GitHub', () => {
  const workflow = z
    .object({
      jobs: z.object({
        admission: z.object({
          steps: z.array(
            z.looseObject({ name: text.optional(), uses: text, with: z.record(text, text).default({}) }),
          ),
        }),
      }),
    })
    .parse(readYaml(join(EXAMPLE, '.github/workflows/admission.yml')))
  const ours = workflow.jobs.admission.steps.filter(({ uses }) => uses.includes('dapr-shared-admission@'))

  test('three steps are ours, and give inputs that there are', () => {
    expect(ours.map((step) => step.with['command'])).toEqual(['test', 'lint', 'review'])
    for (const step of ours)
      for (const input of Object.keys(step.with)) expect(Object.keys(action.inputs)).toContain(input)
  })

  test.each(ours.map((step) => [step.name, step.with] as const))('%s', { timeout: 60_000 }, (_, inputs) => {
    const { code, log } = runStep(copy, inputs)
    expect(code, log).toBe(0)
    for (const report of ['sarif', 'junit'] as const)
      if (inputs[report]) expect(existsSync(join(copy, inputs[report]))).toBe(true)
  })
})

describe('GitLab', () => {
  const { admission } = z
    .object({
      admission: z.object({
        script: z.array(text),
        artifacts: z.object({ reports: z.object({ junit: text }) }),
      }),
    })
    .parse(readYaml(join(EXAMPLE, '.gitlab-ci.yml')))

  test.each(admission.script)('%s', async (line) => {
    const [program, ...args] = line.split(' ')
    expect(program).toBe('dapr-shared')
    const { code, out, err } = await runIn(copy, args)
    expect(code, out + err).toBe(0)
  })

  test('the report is where GitLab is told to look', () => {
    expect(admission.script.join('\n')).toContain(`junit=${admission.artifacts.reports.junit}`)
  })
})

describe('pre-commit', () => {
  const config = z
    .object({
      repos: z.array(
        z.object({
          hooks: z.array(z.strictObject({ id: text, args: z.array(text).optional() })),
        }),
      ),
    })
    .parse(readYaml(join(EXAMPLE, '.pre-commit-config.yaml')))
  const used = config.repos.flatMap((repo) => repo.hooks)

  test('every hook that there is, is shown', () => {
    expect(used.map(({ id }) => id)).toEqual(hooks.map(({ id }) => id))
  })

  const runHook = (id: string, args: readonly string[] | undefined, folder = copy): Promise<Ran> => {
    const hook = hooks.find((one) => one.id === id)
    const [program, ...entry] = hook?.entry.split(' ') ?? []
    expect(program).toBe('dapr-shared')
    return runIn(folder, [...entry, ...(args ?? hook?.args ?? [])])
  }

  test.each(used.map(({ id, args }) => [id, args] as const))('%s', async (id, args) => {
    const { code, out, err } = await runHook(id, args)
    expect(code, out + err).toBe(0)
  })

  test('dapr-shared-lint alone looks at policies, and at no other file of the repository', async () => {
    expect(await runHook('dapr-shared-lint', undefined)).toMatchObject({
      code: 0,
      out: expect.stringContaining('1 object looked at') as string,
    })
    expect(await runHook('dapr-shared-lint', undefined, join(copy, 'tests'))).toMatchObject({
      code: 2,
      err: expect.stringContaining('policies: ') as string,
    })
  })

  test('a change of any file that they may read starts them', () => {
    for (const { id, files } of hooks) {
      const starts = (path: string): boolean => new RegExp(files).test(path)
      expect(
        ['k8s/orders.yaml', 'a.yml', 'tests/snapshots/a.json'].filter((path) => !starts(path)),
        id,
      ).toEqual([])
      expect(starts('README.md'), id).toBe(false)
    }
  })
})

describe('Argo CD', () => {
  const [job] = parseAllDocuments(readFileSync(join(EXAMPLE, 'k8s/pre-sync.yaml'), 'utf8')).map(
    (document) => document.toJS() as unknown,
  )
  const { args } = z
    .object({
      spec: z.object({
        template: z.object({ spec: z.object({ containers: z.tuple([z.object({ args: z.array(text) })]) }) }),
      }),
    })
    .parse(job).spec.template.spec.containers[0]

  test('the Job runs a command that there is', async () => {
    const here: Readonly<Record<string, string[]>> = {
      '--filename=/manifests': ['--filename=k8s'],
      '--cluster': ['--state=cluster', '--state=policies'],
    }
    const { code, out, err } = await runIn(
      copy,
      args.flatMap((arg) => here[arg] ?? [arg]),
    )
    expect(code, out + err).toBe(0)
  })
})

test('a misspelt app-id in a manifest is found by its suite', async () => {
  const broken = join(copy, 'k8s/orders.yaml')
  const written = readFileSync(broken, 'utf8')
  writeFileSync(broken, written.replace('dapr.io/shared: orders', 'dapr.io/shared: oders'))
  const { code, out } = await runIn(copy, ['test', 'tests'])
  writeFileSync(broken, written)
  expect(code).toBe(1)
  expect(out).toContain('Did you mean "orders"?')
})

describe('by hand', () => {
  const readme = readFileSync(join(EXAMPLE, 'README.md'), 'utf8')
  const [, block = ''] = /```sh\n([^]*?)```/.exec(readme) ?? []
  const lines = [...block.matchAll(/^dapr-shared (.*?)(?: +#.*)?$/gm)].map(([, args = '']) => args)

  test('there is a line for each of the commands', () => {
    expect(new Set(lines.map((line) => line.split(' ')[0]))).toEqual(
      new Set(['test', 'review', 'lint', 'what-if']),
    )
  })

  test.each(lines)('dapr-shared %s', async (line) => {
    const { code, out, err } = await runIn(copy, line.split(' '))
    expect(code, out + err).toBe(0)
    const snapshot = 'tests/snapshots/nightly-report.patch.json'
    expect(readFileSync(join(copy, snapshot), 'utf8')).toBe(readFileSync(join(EXAMPLE, snapshot), 'utf8'))
  })
})

test('the README speaks of what is there', () => {
  const readme = readFileSync(join(EXAMPLE, 'README.md'), 'utf8')
  const links = [...readme.matchAll(/\]\(([^)]+)\)/g)].map(([, path = '']) => path)
  expect(links.filter((path) => !existsSync(resolve(EXAMPLE, path)))).toEqual([])
})
