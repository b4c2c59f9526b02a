import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { CHECKS } from '../../src/lint/checks.ts'
import { defaultPolicy } from '../../src/policy/default-policy.ts'
import { INVALID_RESOURCES } from '../policy/invalid-resources.ts'
import { EVERY_LIST_AT_ITS_BOUND, VALID_RESOURCES } from '../policy/valid-resources.ts'
import { exception, instance, lintOf, namespace, policy } from './written.ts'

describe('lint', () => {
  test('tells all that is wrong with a resource, each at its own line', () => {
    const document = `apiVersion: shared.dapr.io/v1alpha1
kind: DaprSharedPolicy
metadata: {name: prod}
spec:
  validationActions: [Denny]
  rulez: {}
  failurePolicy: Maybe`
    expect(
      lintOf([document]).findings.map(({ check, source, message }) => [check, source.line, message]),
    ).toEqual([
      ['schema', 5, 'spec.validationActions[0]: wanted Deny, Warn or Audit, got "Denny".'],
      ['schema', 6, 'spec.rulez: unknown field "rulez"; did you mean rules?'],
      ['schema', 7, 'spec.failurePolicy: wanted Fail or Ignore, got "Maybe".'],
    ])
  })

  test('goes on after a resource that cannot be read', () => {
    const checks = lintOf([policy('rulez: {}'), policy('rules: {identity: {}}', 'other')]).findings
    expect(checks.map(({ check }) => check)).toEqual(['schema', 'identity.nobody'])
  })

  test('judges only what it was given, and holds it against the rest', () => {
    const expired = exception('{name: gone, rules: [strategy.not-allowed]}', '2020-01-01T00:00:00Z')
    const { findings, objects } = lintOf(
      [policy('match: {namespaceSelector: {matchLabels: {env: prod}}}')],
      [namespace('shop'), expired, instance({ env: '' })],
    )
    expect(findings.map(({ check }) => check)).toEqual(['match.no-namespace'])
    expect(objects.map(({ object }) => object.kind)).toEqual(['DaprSharedPolicy'])
  })

  test('takes an object that it was given in place of one of the same name beside it', () => {
    const now = namespace('shop', 'env: prod')
    const wanting = policy('match: {namespaceSelector: {matchLabels: {env: prod}}}')
    expect(lintOf([wanting, now], [namespace('shop')]).findings).toEqual([])
  })

  test('leaves out what beside it cannot be read, and says so', () => {
    const { findings, leftOut } = lintOf([policy('priority: 1')], [policy('rulez: {}', 'broken')])
    expect(findings).toEqual([])
    expect(leftOut.map(({ name }) => name)).toEqual(['broken'])
  })

  test('tells where it stands in a List', () => {
    const list = `apiVersion: v1
kind: List
items:
- ${policy('rules: {identity: {}}').replaceAll('\n', '\n  ')}`
    expect(lintOf([list]).findings).toMatchObject([
      {
        check: 'identity.nobody',
        source: { file: 'linted.yaml', line: 7 },
        object: { name: 'prod', namespace: '' },
      },
    ])
  })

  test('finds nothing in resources that are right, as far as one can be alone, and something in each that is not', () => {
    for (const { name, object } of VALID_RESOURCES) {
      expect(
        lintOf([JSON.stringify(object)]).findings.filter(({ check }) => check === 'schema'),
        name,
      ).toEqual([])
    }
    for (const { name, object } of INVALID_RESOURCES) {
      if (typeof object['kind'] !== 'string' || object['kind'] === '') continue
      const { findings } = lintOf([JSON.stringify(object)])
      expect(
        findings.map(({ check }) => check),
        name,
      ).toContain('schema')
    }
  })

  test('has little to say of a policy with every list at its bound', () => {
    const { findings } = lintOf([JSON.stringify(EVERY_LIST_AT_ITS_BOUND)])
    for (const { message } of findings) expect(message.length).toBeLessThan(2000)
  })

  test('has nothing against the default policy', () => {
    expect(lintOf([defaultPolicy()])).toMatchObject({ findings: [], objects: [{}] })
  })
})

describe('docs/lint.md', () => {
  const page = readFileSync(join(resolve(import.meta.dirname, '../..'), 'docs/lint.md'), 'utf8')

  test('has a row for every check with its severity, in the order of the catalogue, and none for others', () => {
    const rows = [...page.matchAll(/^\| `([a-z.-]+)` +\| (\w+) +\|/gm)].map(([, id, severity]) => [
      id,
      severity,
    ])
    expect(rows).toEqual(Object.entries(CHECKS))
  })
})
