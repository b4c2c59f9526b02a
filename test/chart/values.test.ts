import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { Ajv } from 'ajv'
import { parse } from 'yaml'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { CHART } from '../../scripts/chart-files.ts'
import { chartValues } from '../../scripts/chart-values.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const chart = join(ROOT, CHART)
const text = readFileSync(join(chart, 'values.yaml'), 'utf8')
const schema: unknown = JSON.parse(readFileSync(join(chart, 'values.schema.json'), 'utf8'))
const validate = new Ajv({ allErrors: true }).compile(z.record(z.string(), z.unknown()).parse(schema))
const problemsOf = (values: unknown): string[] => {
  validate(values)
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`)
}
const filesIn = (folder: string): [name: string, file: string][] =>
  readdirSync(folder).map((name) => [name, join(folder, name)])

describe('values.yaml', () => {
  test('has a description for every value, and a value for every description', () => {
    const paths = chartValues(text).map(({ path }) => path)
    expect(paths).toHaveLength(text.match(/^ *# -- /gm)?.length ?? 0)
    expect(leavesOf(parse(text), paths)).toEqual([])
  })

  test('is what its schema allows', () => {
    expect(problemsOf(parse(text))).toEqual([])
  })
})

describe('values.schema.json', () => {
  test.each([...filesIn(join(ROOT, 'test/chart/values')), ...filesIn(join(chart, 'platforms'))])(
    'allows %s',
    (_, file) => {
      expect(problemsOf(parse(readFileSync(file, 'utf8')))).toEqual([])
    },
  )

  test.each([
    ['a misspelt value', { replica: 2 }, 'additional properties'],
    ['a misspelt value deep down', { certificates: { provided: { secret: 'x' } } }, 'additional properties'],
    ['a text for a number', { replicas: '2' }, 'must be integer'],
    ['no replica', { replicas: 0 }, 'must be >= 1'],
    ['a wait longer than people have at kubectl', { webhooks: { timeoutSeconds: 30 } }, 'must be <= 10'],
    ['a policy that there is not', { webhooks: { failurePolicy: 'fail' } }, 'must be equal to one of'],
    ['a mode that there is not', { certificates: { mode: 'none' } }, 'must be equal to one of'],
    ['a port that needs rights of root', { ports: { webhook: 443 } }, 'must be >= 1024'],
    ['a tag in the repository', { image: { repository: 'reg/x:1.2' } }, 'must match pattern'],
    ['no repository', { image: { repository: '' } }, 'must match pattern'],
    ['a port in the address', { listenAddress: '0.0.0.0:8443' }, 'must match pattern'],
    ['a digest that is none', { image: { digest: 'latest' } }, 'must match pattern'],
    ['a user with all rights', { podSecurity: { runAsUser: 0 } }, 'must be >= 1'],
    ['a variable without a name', { extraEnv: [{ value: '1' }] }, "must have required property 'name'"],
    [
      'an address that is no range',
      { networkPolicy: { apiServerCIDRs: ['10.0.0.1'] } },
      'must match pattern',
    ],
  ])('refuses %s', (_, values, problem) => {
    expect(problemsOf(values).join('\n')).toContain(problem)
  })

  test.each(['', '0.0.0.0', '::', 'fd00::1', 'localhost'])('allows the address "%s"', (listenAddress) => {
    expect(problemsOf({ listenAddress })).toEqual([])
  })

  test.each(['admission', 'localhost:5000/a/b', '10.0.0.1:5000/admission'])(
    'allows the repository %s',
    (repository) => {
      expect(problemsOf({ image: { repository } })).toEqual([])
    },
  )

  test('lets through what a chart hands to those that it is made of', () => {
    expect(problemsOf({ global: { region: 'north' } })).toEqual([])
  })

  test('describes every value for editors', () => {
    const described = chartValues(text).filter(({ path, description }) => {
      const keywords = path.split('.').flatMap((key) => ['properties', key])
      return valueAt(schema, [...keywords, 'description']) === description
    })
    expect(described).toHaveLength(chartValues(text).length)
  })
})

/** Paths of values that no description covers, neither their own nor that of a value around them. */
function leavesOf(value: unknown, described: readonly string[], path = ''): string[] {
  if (described.includes(path)) return []
  const isMap = typeof value === 'object' && value !== null && !Array.isArray(value)
  if (!isMap) return [path]
  return Object.entries(value).flatMap(([key, child]) =>
    leavesOf(child, described, path === '' ? key : `${path}.${key}`),
  )
}

function valueAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((at, key) => z.record(z.string(), z.unknown()).safeParse(at).data?.[key], value)
}
