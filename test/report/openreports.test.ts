import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv } from 'ajv'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { isObject, type JsonObject } from '../../src/core/pod.ts'
import { toOpenReports } from '../../src/report/openreports.ts'
import type { Report } from '../../src/report/report.ts'
import { aProblem, anEntry, aReport, arbitraryReport, refused } from './a-report.ts'

interface Item {
  readonly kind: string
  readonly metadata: { readonly name: string; readonly namespace?: string }
  readonly summary: Readonly<Record<string, number>>
  readonly results: readonly Record<string, unknown>[]
}

interface Definition {
  readonly spec: {
    readonly versions: readonly [{ readonly schema: { readonly openAPIV3Schema: JsonObject } }]
  }
}

/** An API server drops what a definition does not know; here it is an error. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed)
  if (!isObject(schema)) return schema
  const entries = Object.entries(schema).map(([key, value]) => [key, closed(value)] as const)
  return { ...Object.fromEntries(entries), ...(isObject(schema['properties']) ? CLOSED : {}) }
}
const CLOSED = { additionalProperties: false }

const definition = parse(
  readFileSync(join(import.meta.dirname, 'schemas/openreports-reports.yaml'), 'utf8'),
) as Definition
const isValid = new Ajv({ strict: false, allErrors: true, validateFormats: false }).compile(
  closed(definition.spec.versions[0].schema.openAPIV3Schema) as object,
)

function itemsOf(report: Report): readonly Item[] {
  const text = toOpenReports(report)
  expect(text).toBe(text.toWellFormed())
  const { items } = JSON.parse(text) as { readonly items: readonly Item[] }
  for (const item of items) {
    expect(isValid(item), JSON.stringify(isValid.errors)).toBe(true)
    expect(item.metadata.name).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/)
    expect(item.metadata.name.length).toBeLessThan(254)
    expect(item.metadata.namespace === undefined).toBe(item.kind === 'ClusterReport')
  }
  const names = items.map(({ kind, metadata: { namespace, name } }) => `${kind} ${namespace ?? ''}/${name}`)
  expect(new Set(names).size).toBe(items.length)
  return items
}

describe('OpenReports', () => {
  test('is a Report beside each object, with what every finding says', () => {
    const [item] = itemsOf(aReport([refused()]))
    const pod = { apiVersion: 'v1', kind: 'Pod', namespace: 'shop', name: 'app' }
    expect(item).toEqual({
      apiVersion: 'openreports.io/v1alpha1',
      kind: 'Report',
      metadata: {
        name: expect.stringMatching(/^dapr-shared-review-pod-app-[0-9a-f]{16}$/) as string,
        namespace: 'shop',
        labels: { 'app.kubernetes.io/managed-by': 'dapr-shared' },
      },
      source: 'dapr-shared',
      scope: pod,
      summary: { pass: 0, fail: 1, warn: 0, error: 0, skip: 0 },
      results: [
        {
          policy: 'built-in',
          rule: 'instance.missing',
          category: 'instance',
          severity: 'high',
          result: 'fail',
          scored: true,
          message: 'no instance "oder" in namespace "shop". Create it.',
          resources: [{ ...pod, fieldPath: 'metadata.annotations["dapr.io/shared"]' }],
          properties: { file: 'k8s/pod.yaml', line: '7' },
        },
      ],
    })
  })

  test('only what refuses is scored', () => {
    const problems = (['error', 'warning', 'note'] as const).map((level) => aProblem({ level }))
    const [item] = itemsOf(aReport([refused({ problems })]))
    expect(item?.results.map(({ result, scored }) => [result, scored])).toEqual([
      ['fail', true],
      ['warn', false],
      ['warn', false],
    ])
  })

  test.each([
    ['nothing found', anEntry(), ['pass']],
    ['not asked', anEntry({ outcome: 'skipped' }), ['skip']],
    ['not judged', anEntry({ outcome: 'error', problems: [aProblem({ level: 'note' })] }), ['error', 'warn']],
    ['a warning', anEntry({ problems: [aProblem({ level: 'warning' })] }), ['warn']],
    ['excused', anEntry({ problems: [aProblem({ level: 'note', exception: 'shop/a' })] }), ['skip']],
    ['failed without words', refused({ problems: [] }), ['fail']],
  ])('%s', (_, entry, verdicts) => {
    const [item] = itemsOf(aReport([entry]))
    expect(item?.results.map(({ result }) => result)).toEqual(verdicts)
    const counted = Object.entries(item?.summary ?? {}).flatMap(([verdict, count]) =>
      Array.from({ length: count }, () => verdict),
    )
    expect(counted.toSorted()).toEqual(verdicts.toSorted())
  })

  test('is a ClusterReport where there is no namespace', () => {
    const policy = {
      apiVersion: 'shared.dapr.io/v1alpha1',
      kind: 'DaprSharedPolicy',
      namespace: '',
      name: 'prod',
    }
    expect(itemsOf(aReport([anEntry({ object: policy })]))).toMatchObject([
      { kind: 'ClusterReport', scope: { kind: 'DaprSharedPolicy', name: 'prod' } },
    ])
  })

  test('is one ClusterReport for all tests of a suite, whatever objects they are about', () => {
    const tests = ['a', 'b'].map((name) => anEntry({ group: 'orders', name }))
    const [item, ...others] = itemsOf({ ...aReport(tests), command: 'test' })
    expect(others).toEqual([])
    expect(item).toMatchObject({ kind: 'ClusterReport', results: [{ rule: 'a' }, { rule: 'b' }] })
    expect(item).not.toHaveProperty('scope')
  })

  test('has the same names the next time, whatever is found then', () => {
    const names = (report: Report): string[] => itemsOf(report).map(({ metadata }) => metadata.name)
    expect(names(aReport([anEntry()]))).toEqual(names(aReport([refused()])))
    expect(names(aReport([anEntry()]))).not.toEqual(names({ ...aReport([anEntry()]), command: 'lint' }))
  })

  test('is valid, whatever the text', () => {
    fc.assert(fc.property(arbitraryReport, (report) => void itemsOf(report)))
  })
})
