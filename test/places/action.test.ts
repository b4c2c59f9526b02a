import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { isObject } from '../../src/core/pod.ts'
import { action, ROOT, runStep } from './workflow.ts'

/** A checkout of somebody's repository. */
const folder = mkdtempSync(join(tmpdir(), 'dapr-shared-action-'))
cpSync(join(ROOT, 'deploy/examples/shop'), join(folder, 'shop'), { recursive: true })
cpSync(join(ROOT, 'deploy/examples/policies/roll-out'), join(folder, 'roll-out'), { recursive: true })
afterAll(() => rmSync(folder, { recursive: true }))

const PATIENCE = { timeout: 60_000 }

describe('action.yml', () => {
  test('every input and output is used, and none that is not declared', () => {
    const written = readFileSync(join(ROOT, 'action.yml'), 'utf8')
    const used = [...written.matchAll(/\$\{\{ inputs\.([a-z-]+) \}\}/g)].map(([, name = '']) => name)
    expect(new Set(used)).toEqual(new Set(Object.keys(action.inputs)))
  })

  test('no script holds an expression: GitHub would put the value into it, and the shell would run it', () => {
    const scripts = action.runs.steps.map((step) => ('run' in step ? step.run : ''))
    expect(scripts.join('\n')).not.toContain('${{')
  })

  test('a refusal fails the step, at its line and with a summary', PATIENCE, () => {
    const { code, log, outputs, summary } = runStep(folder, {
      command: 'review',
      files: 'shop/applications.yaml\n',
      state: 'shop/instances.yaml',
      sarif: 'out/review.sarif',
      junit: 'out/review.xml',
    })
    expect({ code, outputs }).toEqual({
      code: 1,
      outputs: { 'exit-code': '1', sarif: 'out/review.sarif', junit: 'out/review.xml' },
    })
    expect(log).toMatch(/^::error file=shop\/applications\.yaml,line=\d+,title=[^:]*instance\.missing::/m)
    expect(summary).toContain('instance.missing')
    const sarif: unknown = JSON.parse(readFileSync(join(folder, 'out/review.sarif'), 'utf8'))
    expect(isObject(sarif) && sarif['version']).toBe('2.1.0')
    expect(readFileSync(join(folder, 'out/review.xml'), 'utf8')).toContain('<testsuites')
  })

  test('suites that pass', PATIENCE, () => {
    const { code, outputs, summary } = runStep(folder, { 'working-directory': 'roll-out' })
    expect({ code, outputs }).toEqual({ code: 0, outputs: { 'exit-code': '0', sarif: '', junit: '' } })
    expect(summary).toContain('10')
  })

  test('policies with a finding below --fail-on', PATIENCE, () => {
    const inputs = { command: 'lint', files: 'roll-out/1-audit.yaml', state: 'roll-out/instances.yaml' }
    expect(runStep(folder, inputs).code).toBe(0)
    expect(runStep(folder, { ...inputs, 'fail-on': 'No such severity' }).code).toBe(2)
  })

  test('what would change', PATIENCE, () => {
    const { code, log } = runStep(folder, {
      command: 'what-if',
      files: 'roll-out/workloads',
      state: 'roll-out/instances.yaml\nroll-out/1-audit.yaml',
      policies: 'roll-out/3-deny.yaml',
    })
    expect(code).toBe(1)
    expect(log).toMatch(/^::error file=roll-out\/workloads\/search\.yaml/m)
  })

  test('nothing to judge is no success', PATIENCE, () => {
    const { code, outputs } = runStep(folder, { files: 'shop' })
    expect([code, outputs['exit-code']]).toEqual([4, '4'])
  })
})

describe('in a folder of its own', () => {
  const inputs = { command: 'review', files: 'applications.yaml', state: 'instances.yaml' }

  test('files are named from the checkout, where GitHub and other actions look', PATIENCE, () => {
    const { code, log, outputs, summary } = runStep(folder, {
      ...inputs,
      'working-directory': './shop/',
      sarif: 'out/review.sarif',
      junit: join(folder, 'review.xml'),
    })
    expect(code).toBe(1)
    expect(log).toMatch(/^::error file=shop\/applications\.yaml,line=\d+/m)
    expect(log).not.toContain('file=applications.yaml')
    expect(summary).toContain('shop/applications.yaml')
    expect(outputs).toMatchObject({ sarif: './shop/out/review.sarif', junit: join(folder, 'review.xml') })
    const sarif = readFileSync(join(folder, outputs['sarif'] ?? ''), 'utf8')
    expect(sarif).toContain('"uri": "shop/applications.yaml"')
    expect(sarif).not.toContain('"uri": "applications.yaml"')
  })
})

describe('a report that was not written', () => {
  const inputs = { command: 'review', files: 'shop/applications.yaml', state: 'shop/instances.yaml' }

  test('is no output', PATIENCE, () => {
    const { outputs } = runStep(folder, { ...inputs, sarif: 'shop/instances.yaml/a-file-is-no-folder.sarif' })
    expect(outputs).toEqual({ 'exit-code': '2', sarif: '', junit: '' })
  })

  test(
    'is no output either where a step before has written it, and the program breaks down',
    PATIENCE,
    () => {
      const wanted = { ...inputs, sarif: 'out/twice.sarif', junit: 'out/twice.xml' }
      expect(runStep(folder, wanted).outputs).toMatchObject({ sarif: wanted.sarif, junit: wanted.junit })
      const path = join(folder, 'broken')
      mkdirSync(join(path, 'bin'), { recursive: true })
      writeFileSync(join(path, 'bin/dapr-shared.js'), 'process.exit(134)')
      const { code, outputs } = runStep(folder, wanted, { env: { GITHUB_ACTION_PATH: path } })
      expect({ code, outputs }).toEqual({ code: 134, outputs: { 'exit-code': '134', sarif: '', junit: '' } })
    },
  )
})

describe('input that cannot be read', () => {
  test('is told at its line and in the summary, too', PATIENCE, () => {
    writeFileSync(join(folder, 'shop/broken.yaml'), 'apiVersion: v1\nkind: Pod\nmetadata: {name: [a}\n')
    const { code, log, summary } = runStep(folder, {
      command: 'review',
      files: 'broken.yaml',
      state: 'instances.yaml',
      'working-directory': 'shop',
    })
    rmSync(join(folder, 'shop/broken.yaml'))
    expect(code).toBe(2)
    expect(log).toMatch(/^::error file=shop\/broken\.yaml,line=3,/m)
    expect(summary).toContain('shop/broken.yaml:3')
  })
})

describe('before it runs', () => {
  const setUp = action.runs.steps.find((step) => 'uses' in step)
  /** A folder with a program of that name, which prints its arguments. */
  const withProgram = (name: string, script: string): NodeJS.ProcessEnv => {
    const bin = mkdtempSync(join(folder, 'bin-'))
    writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`)
    chmodSync(join(bin, name), 0o755)
    return { PATH: `${bin}:${process.env['PATH'] ?? ''}` }
  }

  test('another Node.js is set up only where that of the job is too old', PATIENCE, () => {
    expect(setUp).toMatchObject({ if: "steps.node.outputs.found != 'true'" })
    const found = (env?: NodeJS.ProcessEnv): unknown =>
      runStep(folder, {}, { id: 'node', ...(env && { env }) }).outputs
    expect(found()).toEqual({ found: 'true' })
    expect(found(withProgram('node', 'exit 127'))).toEqual({})
    const as = (version: string): NodeJS.ProcessEnv =>
      withProgram(
        'node',
        `exec '${process.execPath}' --import='data:text/javascript,Object.defineProperty(process,"versions",{value:{node:"${version}"}})' "$@"`,
      )
    expect(found(as('22.20.0'))).toEqual({})
    expect(found(as('24.9.0'))).toEqual({})
    expect(found(as('24.11.0'))).toEqual({ found: 'true' })
    expect(found(as('26.0.0'))).toEqual({ found: 'true' })
  })

  test('a job installs it once', PATIENCE, () => {
    const path = join(folder, 'the action')
    const install = (): string =>
      runStep(
        folder,
        {},
        { id: 'install', env: { ...withProgram('npm', 'echo npm "$@"'), GITHUB_ACTION_PATH: path } },
      ).log
    mkdirSync(join(path, 'node_modules'), { recursive: true })
    expect(install()).toContain(`npm ci --prefix ${path} `)
    writeFileSync(join(path, 'node_modules/.package-lock.json'), '{}')
    expect(install()).toBe('')
  })
})

describe('hostile inputs are text', () => {
  const HOSTILE = [
    '$(touch pwned)',
    '`touch pwned`',
    '"; touch pwned; "',
    "'; touch pwned; '",
    'x\n$(touch pwned)',
    '--help',
    '*',
    '${{ github.token }}',
  ]
  const INPUTS = Object.keys(action.inputs).filter(
    (name) => !/^(command|working-directory|node-version)$/.test(name),
  )

  const rest = { command: 'review', files: 'shop/applications.yaml', state: 'shop/instances.yaml' }
  const untouched = (): void => {
    expect(readdirSync(folder)).not.toContain('pwned')
    expect(existsSync(join(ROOT, 'pwned'))).toBe(false)
  }

  test.each(HOSTILE)('%j in every input', PATIENCE, (hostile) => {
    const { log, outputs } = runStep(folder, {
      ...rest,
      ...Object.fromEntries(INPUTS.map((input) => [input, hostile])),
    })
    expect(outputs['exit-code'], log).toMatch(/^[0-4]$/)
    expect(Object.keys(outputs).toSorted()).toEqual(
      hostile.includes('\n') ? ['exit-code'] : ['exit-code', 'junit', 'sarif'],
    )
    untouched()
  })

  test.each(HOSTILE)('%j as the command', PATIENCE, (hostile) => {
    expect(runStep(folder, { ...rest, command: hostile }).outputs).toEqual({ 'exit-code': '2' })
    untouched()
  })

  test('a path cannot add an output', PATIENCE, () => {
    const { outputs } = runStep(folder, { ...rest, sarif: 'a.sarif\ntoken=stolen' })
    expect(outputs).toEqual({ 'exit-code': '2' })
  })
})
