import { readFileSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Ajv } from 'ajv'
import addFormats from 'ajv-formats'
import { ParseOption, XmlDocument, type XmlElement, XsdValidator } from 'libxml2-wasm'
import { Parser } from 'tap-parser'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { run } from '../../cli/run.ts'
import { ASKS, HEAD, ORDERS, PLAIN, runFiles, runSuite, suite } from './run-suite.ts'

/** How suites are run and told: choice, order, formats, coverage, and names that mean harm. */

const THREE = `${HEAD}- {name: first, request: {object: pods/orders.yaml}, expect: {allowed: true}}
- {name: second fails, request: {object: pods/orders.yaml}, expect: {allowed: false}}
- {name: third, request: {object: pods/orders.yaml}, expect: {warnings: 0}}
`
const passing = (name: string, of = 'orders') =>
  `${HEAD.replace('name: orders', `name: ${of}`)}- {name: ${name}, request: {object: pods/orders.yaml}, expect: {allowed: true}}\n`
const byOutcome = (tests: readonly { name: string; outcome: string }[], outcome: string) =>
  tests.filter((each) => each.outcome === outcome).map(({ name }) => name)

describe('--run', () => {
  test('runs only the tests whose "<suite> > <test>" fits', async () => {
    const first = await runSuite(THREE, { args: ['--run', 'first|third'] })
    expect(first.code).toBe(0)
    expect(byOutcome(first.tests, 'passed')).toEqual(['first', 'third'])
    const failing = await runSuite(THREE, { args: ['--run', 'orders > second'] })
    expect(failing.code).toBe(1)
    expect(byOutcome(failing.tests, 'failed')).toEqual(['second fails'])
  })

  test('chooses among the combinations of a matrix', async () => {
    const text = `${HEAD}- name: m\n  matrix: {team: [red, green, blue]}\n  request: {object: pods/orders.yaml}\n  expect: [{when: {team: red}, allowed: true}, {warnings: 0}]\n`
    expect(byOutcome((await runSuite(text, { args: ['--run', 'green'] })).tests, 'passed')).toHaveLength(1)
  })

  test('is told in the summary, so that a few are not taken for all', async () => {
    const { code, out, err } = await run(['test', '--run', 'first'], {
      files: { 'pods/orders.yaml': ASKS, 'a.dapr-shared-test.yaml': THREE },
    })
    expect(code).toBe(0)
    expect(out + err).toMatch(/2 skipped/)
  })
})

describe('--fail-fast', () => {
  test('skips what follows the first failure, in all suites', async () => {
    const files = {
      'pods/orders.yaml': ASKS,
      'a.dapr-shared-test.yaml': THREE,
      'b.dapr-shared-test.yaml': passing('later'),
    }
    const { code, tests } = await runFiles(files, ['--fail-fast'])
    expect(code).toBe(1)
    expect(byOutcome(tests, 'passed')).toEqual(['first'])
    expect(byOutcome(tests, 'failed')).toEqual(['second fails'])
    expect(byOutcome(tests, 'skipped')).toContain('third')
    expect(byOutcome((await runFiles(files)).tests, 'passed')).toEqual(['first', 'third', 'later'])
  })
})

describe('which suites', () => {
  const files = {
    'pods/orders.yaml': ASKS,
    'a.dapr-shared-test.yaml': passing('at the top').replaceAll('pods/', 'pods/'),
    'deep/er/b.dapr-shared-test.yaml': passing('below').replaceAll('pods/', '../../pods/'),
    'deep/dapr-shared-test.yaml': 'nor: this',
    'node_modules/x/d.dapr-shared-test.yaml': passing('of a package').replaceAll('pods/', '../../pods/'),
  }

  test('folders are searched deeply, files are run once however often they are named', async () => {
    const names = async (...args: string[]) => (await runFiles(files, args)).tests.map(({ name }) => name)
    expect(await names('deep')).toEqual(['below'])
    expect(
      await names('a.dapr-shared-test.yaml', './a.dapr-shared-test.yaml', '*.dapr-shared-test.yaml'),
    ).toEqual(['at the top'])
    expect(await names('deep/**/*.dapr-shared-test.yaml')).toEqual(['below'])
    expect(await names('a.dapr-shared-test.yaml', 'deep')).toEqual(['at the top', 'below'])
  })

  test('a suite named by itself is run from any folder', async () => {
    expect((await runFiles(files, ['deep/er/b.dapr-shared-test.yaml'])).code).toBe(0)
  })
})

describe('the text', () => {
  const text = async (...args: string[]) => {
    const ran = await run(['test', ...args], {
      files: { 'pods/orders.yaml': ASKS, 'a.dapr-shared-test.yaml': THREE },
    })
    return ran.out + ran.err
  }

  test('has a summary with counts and times', async () => {
    const said = await text()
    expect(said).toMatch(/3 tests?: 2 passed, 1 failed/)
    expect(said).toMatch(/\d m?s/)
    expect(said).toMatch(/orders > second fails/)
    expect(said).toMatch(/a\.dapr-shared-test\.yaml:7/)
  })

  test('names every test with -v', async () => {
    const said = await text('-v')
    for (const name of ['first', 'second fails', 'third']) expect(said).toContain(name)
  })
})

const NASTY = [
  '::error file=x::owned',
  'x\\n::set-output name=a::b',
  '\\u001b[31mred\\u001b[0m',
  'line\\nbreak\\r\\nand more',
  '<script>&amp;]]>"\'</script>',
  '\\u202egnp.exe',
  '| a | b |\\n`code`',
  'a\\n```\\n<script>b</script>\\n````\\n<script>',
  'ok 1 - # SKIP',
  '\\u0000nul\\u0007',
  '%0A::warning::x',
]
const quoted = (name: string): string => `"${name.replaceAll('"', '\\"')}"`
const nastyFiles = {
  'pods/orders.yaml': ASKS,
  'a.dapr-shared-test.yaml': `apiVersion: test.shared.dapr.io/v1alpha1
kind: Suite
metadata: {name: ${quoted(NASTY.join(' '))}}
state: {instances: [${ORDERS}]}
tests:
${NASTY.map((name) => `- {name: ${quoted(name)}, request: {object: pods/orders.yaml}, expect: {allowed: false, findings: [{rule: security.api-token, message: ${quoted(name)}}]}}`).join('\n')}
`,
}
const nasty = async (format: string) => run(['test', '-o', format], { files: nastyFiles })
const count = NASTY.length

/** In JSON and YAML, U+007F and U+202E are characters as any other. */
function isHidden(character: string, format: string): boolean {
  const code = character.charCodeAt(0)
  if (code < 0x20) return character !== '\n' && character !== '\t'
  return (code === 0x7f || code === 0x202e) && format !== 'json' && format !== 'yaml'
}

describe('names that mean harm', () => {
  test.each(['text', 'json', 'yaml', 'junit', 'sarif', 'github', 'markdown', 'tap', 'openreports'])(
    'reach no terminal as control characters: %s',
    async (format) => {
      const { code, out, err } = await nasty(format)
      expect(code).toBe(1)
      expect(Array.from(out + err).filter((each) => isHidden(each, format))).toEqual([])
    },
  )

  test('reach no GitHub workflow as commands', async () => {
    const { out, err } = await run(['test', '-v'], { files: nastyFiles, env: { GITHUB_ACTIONS: 'true' } })
    expect(out + err).not.toMatch(/^\s*::/m)
  })

  test('github: one command a line, each of ours', async () => {
    const { out } = await nasty('github')
    const lines = out.split('\n').filter((line) => line.includes('::'))
    expect(lines.length).toBeGreaterThanOrEqual(count)
    for (const line of lines.filter((each) => each.startsWith('::')))
      expect(line).toMatch(/^::(error|warning|notice) file=a\.dapr-shared-test\.yaml,line=\d+/)
    expect(out).not.toMatch(/^::(set-output|error file=x)/m)
  })

  test('junit: well-formed, valid, and with as many failures as there are', async () => {
    const { out } = await nasty('junit')
    const document = XmlDocument.fromString(out, { option: ParseOption.XML_PARSE_NONET })
    const schema = XmlDocument.fromBuffer(
      readFileSync(join(import.meta.dirname, '../../report/schemas/junit-10.xsd')),
    )
    try {
      expect(document.find('//testcase')).toHaveLength(count)
      expect(document.find('//testcase/failure')).toHaveLength(count)
      for (const each of document.find('//testcase')) {
        expect((each as XmlElement).attr('file')?.value).toBe('a.dapr-shared-test.yaml')
        for (const name of ['file', 'line']) (each as XmlElement).attr(name)?.remove()
      }
      const validator = XsdValidator.fromDoc(schema)
      validator.validate(document)
      validator.dispose()
    } finally {
      document.dispose()
      schema.dispose()
    }
  })

  test('sarif: valid, with a location for each', async () => {
    const { out } = await nasty('sarif')
    const sarif: unknown = JSON.parse(out)
    const schema = JSON.parse(
      readFileSync(join(import.meta.dirname, '../../report/schemas/sarif-2.1.0-rtm.5.json'), 'utf8'),
    ) as Record<string, unknown>
    delete schema['$schema'] // draft-04, of which it uses nothing that has changed since
    delete schema['id']
    const ajv = new Ajv({ strict: false, unicodeRegExp: false })
    addFormats.default(ajv)
    const valid = ajv.compile(schema)
    expect(valid(sarif), JSON.stringify(valid.errors)).toBe(true)
    const results =
      (
        sarif as {
          runs: {
            results: {
              locations: {
                physicalLocation: { artifactLocation: { uri: string }; region: { startLine: number } }
              }[]
            }[]
          }[]
        }
      ).runs[0]?.results ?? []
    expect(results.length).toBeGreaterThanOrEqual(count)
    for (const { locations } of results) {
      expect(locations[0]?.physicalLocation.artifactLocation.uri).toBe('a.dapr-shared-test.yaml')
      expect(locations[0]?.physicalLocation.region.startLine).toBeGreaterThan(4)
    }
  })

  test('tap: read by others, all not ok, none skipped', async () => {
    const { out } = await nasty('tap')
    const points: { ok: boolean; skip?: unknown; todo?: unknown }[] = []
    const parser = new Parser({ strict: true })
    parser.on('assert', (point: { ok: boolean }) => points.push(point))
    parser.end(out)
    expect(points).toHaveLength(count)
    for (const { ok, skip, todo } of points)
      expect([ok, skip ?? false, todo ?? false]).toEqual([false, false, false])
  })

  test('json and yaml say the same, and keep the names as they are', async () => {
    const json = JSON.parse((await nasty('json')).out) as { items: { name: string }[] }
    const yaml = parse((await nasty('yaml')).out) as { items: { name: string }[] }
    const names = json.items.map(({ name }) => name)
    expect(yaml.items.map(({ name }) => name)).toEqual(names)
    expect(names).toContain('::error file=x::owned')
  })

  test('openreports and markdown are told, too', async () => {
    expect(parse((await nasty('openreports')).out)).toBeTypeOf('object')
    const outside: string[] = []
    let fence = ''
    for (const line of (await nasty('markdown')).out.split('\n')) {
      const mark = /^ {0,3}(`{3,})/.exec(line)?.[1]
      if (fence === '' && mark !== undefined) fence = mark
      else if (fence !== '' && mark !== undefined && mark.length >= fence.length) fence = ''
      else if (fence === '') outside.push(line)
    }
    expect(fence).toBe('')
    expect(outside.join('\n')).not.toMatch(/<script>/)
  })
})

describe('machine output', () => {
  test.each(['json', 'yaml', 'junit', 'sarif', 'tap', 'markdown', 'openreports'])(
    '-o %s stands alone on standard output',
    async (format) => {
      const { out, err } = await run(['test', '-o', format, '-v'], {
        files: { 'pods/orders.yaml': ASKS, 'a.dapr-shared-test.yaml': THREE },
      })
      expect(out).toMatch(
        {
          json: /^\{/,
          yaml: /^apiVersion:/,
          junit: /^<\?xml/,
          sarif: /^\{/,
          tap: /^TAP version 14\n/,
          markdown: /^###/,
          openreports: /^(apiVersion:|\{|---)/,
        }[format] as RegExp,
      )
      expect(out).not.toMatch(/^FAIL/m)
      expect(err).not.toMatch(/^(\{|<\?xml|TAP version)/)
    },
  )

  test('--report writes any formats beside the text, with the exit code of the run', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'dapr-shared-report-'))
    try {
      const { code, out } = await run(
        ['test', '--report', `junit=${folder}/deep/a.xml`, '--report', `json=${folder}/a.json`],
        { files: { 'pods/orders.yaml': ASKS, 'a.dapr-shared-test.yaml': THREE } },
      )
      expect(code).toBe(1)
      expect(out).toMatch(/1 failed/)
      expect(await readFile(join(folder, 'deep/a.xml'), 'utf8')).toMatch(/^<\?xml[^]*failures="1"/)
      expect(JSON.parse(await readFile(join(folder, 'a.json'), 'utf8'))).toMatchObject({
        kind: 'TestResult',
        summary: { tests: 3, failed: 1 },
      })
      await writeFile(join(folder, 'file'), '')
      const unwritten = await run(['test', '--report', `junit=${folder}/file/a.xml`], {
        files: { 'pods/orders.yaml': ASKS, 'a.dapr-shared-test.yaml': passing('x') },
      })
      expect(unwritten.code).toBe(2)
      expect(unwritten.err).toMatch(/a\.xml/)
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  test('bad input is in it, never only beside it', async () => {
    for (const format of ['json', 'junit', 'sarif', 'tap', 'github', 'markdown']) {
      const { code, out } = await run(['test', '-o', format], {
        files: {
          'a.dapr-shared-test.yaml': 'a: [1\n',
          'pods/orders.yaml': ASKS,
          'b.dapr-shared-test.yaml': passing('x'),
        },
      })
      expect(code).toBe(2)
      expect(out, format).toMatch(/a\.dapr-shared-test\.yaml/)
    }
  })

  test('no tests is no green document', async () => {
    const { code, out } = await run(['test', '-o', 'junit'], { files: {} })
    expect(code).toBe(4)
    if (out !== '') expect(out).toMatch(/<testsuites/)
  })
})

describe('coverage', () => {
  const policies = ['used', 'unused'].map(
    (name) => `apiVersion: shared.dapr.io/v1alpha1
kind: DaprSharedPolicy
metadata: {name: ${name}}
spec: {match: {appIds: [${name === 'used' ? 'orders' : 'nobody'}]}, rules: {strategies: {allowed: [Deployment]}}}
`,
  )
  const covered = `- {name: x, request: {object: pods/orders.yaml}, expect: {allowed: false, findings: [{rule: strategy.not-allowed, policy: used}]}}\n`
  const cover = (...args: string[]) =>
    run(['test', ...args], {
      files: {
        'pods/orders.yaml': ASKS,
        'pods/plain.yaml': PLAIN,
        'p.yaml': policies.join('---\n'),
        'a.dapr-shared-test.yaml': suite(`{files: [p.yaml], instances: [${ORDERS}]}`, covered),
      },
    })

  test('names the rules and policies that no test looks at', async () => {
    const { code, out, err } = await cover('--coverage')
    expect(code, out + err).toBe(0)
    expect(out + err).toMatch(/strategy\.not-allowed +1/)
    expect(out + err).toMatch(/instance\.missing +0.*never/)
    expect(out + err).toMatch(/^unused .*never/m)
    expect(out + err).not.toMatch(/^used +.*never/m)
    expect(out + err).toMatch(/policies 50 %/)
  })

  test('below the threshold the run fails, at or above it does not', async () => {
    expect((await cover('--coverage-threshold', 'policies=50')).code).toBe(0)
    const below = await cover('--coverage-threshold', 'policies=51')
    expect(below.code).toBe(1)
    expect(below.out + below.err).toMatch(/51/)
    expect((await cover('--coverage-threshold', 'rules=100')).code).toBe(1)
    expect(
      (await cover('--coverage-threshold', 'rules=1', '--coverage-threshold', 'policies=100')).code,
    ).toBe(1)
    expect((await cover('--coverage-threshold', '1')).code).toBe(0)
  })

  test('is no part of a skipped test', async () => {
    const { out, err } = await cover('--coverage', '--run', 'nothing such', '--allow-empty')
    expect(out + err).not.toMatch(/strategy\.not-allowed +1/)
  })
})
