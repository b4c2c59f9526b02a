import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv } from 'ajv'
import addFormats from 'ajv-formats'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { VERSION } from '../../src/config/version.ts'
import type { Report } from '../../src/report/report.ts'
import { toSarif } from '../../src/report/sarif.ts'
import { aProblem, anEntry, aReport, arbitraryReport, nastyReport, refused } from './a-report.ts'

interface Result {
  readonly ruleId: string
  readonly ruleIndex: number
  readonly level: string
  readonly message: { readonly text: string }
  readonly locations: readonly Record<string, unknown>[]
  readonly partialFingerprints: Readonly<Record<string, string>>
  readonly suppressions?: readonly unknown[]
}

interface Run {
  readonly tool: { readonly driver: { readonly rules: readonly { readonly id: string }[] } }
  readonly results: readonly Result[]
  readonly invocations: readonly unknown[]
}

const schema = JSON.parse(
  readFileSync(join(import.meta.dirname, 'schemas/sarif-2.1.0-rtm.5.json'), 'utf8'),
) as Record<string, unknown>
// draft-04, of which it uses nothing that has changed since
delete schema['$schema']
delete schema['id']
const ajv = new Ajv({ strict: false, allErrors: true, unicodeRegExp: false })
addFormats.default(ajv)
const isValid = ajv.compile(schema)

/** The only run of the log, once the schema of OASIS has nothing against it. */
function runOf(report: Report): Run {
  const text = toSarif(report)
  expect(text).toBe(text.toWellFormed())
  const log = JSON.parse(text) as { readonly runs: readonly [Run] }
  expect(isValid(log), JSON.stringify(isValid.errors)).toBe(true)
  return log.runs[0]
}

const fingerprintsOf = (report: Report): (string | undefined)[] =>
  runOf(report).results.map(({ partialFingerprints }) => partialFingerprints['subjectAndField/v1'])

describe('SARIF', () => {
  test('has a result with its place, and the page of its rule', () => {
    const { tool, results, ...rest } = runOf(aReport([anEntry(), refused()]))
    expect(results).toEqual([
      {
        ruleId: 'instance.missing',
        ruleIndex: 0,
        level: 'error',
        message: { text: 'no instance "oder" in namespace "shop". Create it.' },
        locations: [
          {
            physicalLocation: { artifactLocation: { uri: 'k8s/pod.yaml' }, region: { startLine: 7 } },
            logicalLocations: [
              { name: 'app', fullyQualifiedName: 'shop/Pod/app', kind: 'resource' },
              {
                name: 'metadata.annotations["dapr.io/shared"]',
                fullyQualifiedName: 'shop/Pod/app.metadata.annotations["dapr.io/shared"]',
                kind: 'member',
              },
            ],
          },
        ],
        partialFingerprints: { 'subjectAndField/v1': expect.stringMatching(/^[0-9a-f]{16}:1$/) as string },
        properties: { severity: 'High', policy: 'built-in' },
      },
    ])
    expect(tool).toEqual({
      driver: {
        name: 'dapr-shared',
        semanticVersion: VERSION,
        rules: [
          {
            id: 'instance.missing',
            name: 'InstanceMissing',
            shortDescription: { text: "No instance of this app-id in the pod's namespace." },
            fullDescription: { text: "No instance of this app-id in the pod's namespace." },
            help: {
              text: expect.stringMatching(/^Deny\. No instance [^]+ Cure: mend the app-id/) as string,
              markdown: expect.stringMatching(/^\*\*Deny\.\*\* No instance [^]+_Cure:_ mend/) as string,
            },
            defaultConfiguration: { level: 'error' },
            properties: {
              tags: ['dapr', 'kubernetes'],
              precision: 'very-high',
              'problem.severity': 'error',
            },
          },
        ],
      },
    })
    expect(rest).toEqual({
      automationDetails: { id: 'dapr-shared/review/' },
      columnKind: 'utf16CodeUnits',
      invocations: [
        {
          executionSuccessful: true,
          exitCode: 1,
          exitCodeDescription: 'failed',
          toolExecutionNotifications: [],
        },
      ],
    })
  })

  test('has each rule once, in the order of their ids, and of a lint check its own page', () => {
    const problems = ['instance.missing', 'instance.ambiguous', 'instance.missing'].map((rule) =>
      aProblem({ rule }),
    )
    const report = aReport([refused({ problems })])
    const { tool, results } = runOf(report)
    expect(tool.driver.rules.map(({ id }) => id)).toEqual(['instance.ambiguous', 'instance.missing'])
    expect(results.map(({ ruleIndex }) => ruleIndex)).toEqual([1, 0, 1])
    expect(tool.driver.rules[0]).toMatchObject({
      shortDescription: { text: expect.stringMatching(/^Several workloads run/) as string },
    })
    expect(runOf({ ...report, command: 'lint' }).tool.driver.rules[0]).toMatchObject({
      shortDescription: { text: 'Two workloads claim one app-id.' },
    })
  })

  test('gives rules about security a score, for the security alerts of GitHub', () => {
    const problems = [
      aProblem({ rule: 'label.forged', severity: 'Critical' }),
      aProblem({ rule: 'security.mtls', severity: 'Medium', level: 'note' }),
    ]
    expect(runOf(aReport([refused({ problems })])).tool.driver.rules).toMatchObject([
      { properties: { tags: ['dapr', 'kubernetes', 'security'], 'security-severity': '9.5' } },
      { properties: { 'security-severity': '5.5' }, defaultConfiguration: { level: 'note' } },
    ])
  })

  test('its help has no link that leads nowhere', () => {
    const problems = [aProblem({ rule: 'namespace.not-granted' })]
    const help = JSON.stringify(runOf(aReport([refused({ problems })])).tool.driver.rules)
    expect(help).toContain('gives it no grant. The words')
    expect(help).not.toContain('](docs/')
  })

  test.each([
    ['a relative path', './k8s/a b#100%.yaml', 'k8s/a%20b%23100%25.yaml'],
    ['a path above', '../pod.yaml', '../pod.yaml'],
    ['an absolute path', '/srv/ä/pod.yaml', 'file:///srv/%C3%A4/pod.yaml'],
    ['what looks like a scheme', 'javascript:x', 'javascript%3Ax'],
    ['standard input', '<stdin>', 'stdin'],
    ['a cluster', 'https://127.0.0.1:6443', 'https://127.0.0.1:6443'],
  ])('%s is a URI', (_, file, uri) => {
    const problems = [aProblem({ source: { file, document: 1, line: 0 } })]
    expect(runOf(aReport([refused({ problems })])).results[0]?.locations[0]).toMatchObject({
      physicalLocation: { artifactLocation: { uri } },
    })
  })

  test('has no region where there is no line', () => {
    const problems = [aProblem({ source: { file: 'pod.yaml', document: 1, line: 0 } })]
    const [result] = runOf(aReport([refused({ problems })])).results
    expect(result?.locations[0]?.['physicalLocation']).toEqual({ artifactLocation: { uri: 'pod.yaml' } })
  })

  test('an excused finding is suppressed, and says by what', () => {
    const problems = [aProblem({ level: 'note', exception: 'shop/until-may' })]
    expect(runOf(aReport([anEntry({ problems })])).results[0]?.suppressions).toEqual([
      {
        kind: 'external',
        status: 'accepted',
        justification: 'Excused by DaprSharedException shop/until-may.',
      },
    ])
  })

  test('what was not judged is told, and makes the run unsuccessful', () => {
    const report = aReport([anEntry({ outcome: 'error', summary: 'unknown: no answer' })], ['one is unknown'])
    const { results, invocations } = runOf(report)
    expect(results).toEqual([])
    expect(invocations).toMatchObject([
      {
        executionSuccessful: false,
        toolExecutionNotifications: [
          { level: 'error', message: { text: 'Pod shop/app: unknown: no answer' } },
          { level: 'warning', message: { text: 'one is unknown' } },
        ],
      },
    ])
  })

  describe('a fingerprint', () => {
    const other = { apiVersion: 'v1', kind: 'Pod', namespace: 'shop', name: 'other' }
    const [known] = fingerprintsOf(aReport([refused()]))

    test('stays where lines move', () => {
      const moved = aProblem({ source: { file: 'k8s/pod.yaml', document: 3, line: 99 } })
      expect(fingerprintsOf(aReport([refused({ object: other }), refused({ problems: [moved] })]))).toContain(
        known,
      )
    })

    test.each([
      ['another object', refused({ object: other })],
      ['another field', refused({ problems: [aProblem({ field: 'spec' })] })],
      ['another rule', refused({ problems: [aProblem({ rule: 'instance.ambiguous' })] })],
      ['another file', refused({ source: { file: 'b.yaml', document: 1, line: 2 } })],
      ['another policy', refused({ problems: [aProblem({ policy: 'prod' })] })],
    ])('is another for %s', (_, entry) => {
      expect(fingerprintsOf(aReport([entry]))).not.toContain(known)
    })

    test('is unique where one is found twice', () => {
      const twice = fingerprintsOf(aReport([refused({ problems: [aProblem(), aProblem()] })]))
      expect(new Set(twice).size).toBe(2)
    })
  })

  test('text of a tenant makes no link', () => {
    const { results } = runOf(nastyReport)
    expect(results[0]?.message.text).toContain('[x\\](https://x.test)')
    const problems = [aProblem({ message: String.raw`[y\](https://y.test)`, cure: '' })]
    const [escaped] = runOf(aReport([refused({ problems })])).results
    expect(escaped?.message.text).toBe(String.raw`[y\\\](https://y.test)`)
  })

  test('is valid, whatever the text', () => {
    fc.assert(
      fc.property(arbitraryReport, (report) => {
        const { tool, results } = runOf(report)
        for (const { ruleId, ruleIndex } of results) expect(tool.driver.rules[ruleIndex]?.id).toBe(ruleId)
      }),
    )
  })
})
