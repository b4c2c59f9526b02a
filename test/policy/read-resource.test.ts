import { describe, expect, test } from 'vitest'
import { isProblems, readResource } from '../../src/policy/read-resource.ts'
import { INVALID_RESOURCES } from './invalid-resources.ts'
import { pathText, policy } from './resource-case.ts'
import { VALID_RESOURCES } from './valid-resources.ts'

/** The same cases go through an API server in test/e2e/crds.e2e.test.ts. */

const problemsOf = (object: Parameters<typeof readResource>[0]): string[] => {
  const reading = readResource(object)
  return isProblems(reading) ? reading.map(({ path, message }) => `${pathText(path)}: ${message}`) : []
}

describe('readResource refuses', () => {
  test.each(INVALID_RESOURCES)('$name', ({ object, at, says }) => {
    const problems = problemsOf(object)
    expect(problems.filter((problem) => problem.startsWith(at)).join('\n')).toContain(says)
  })
})

describe('readResource takes', () => {
  test.each(VALID_RESOURCES)('$name', ({ object }) => {
    expect(problemsOf(object)).toEqual([])
  })
})

describe('readResource', () => {
  test('hands over what was written, with no defaults filled in', () => {
    expect(readResource(policy('{rules: {instance: {inUse: Deny}}}'))).toEqual({
      kind: 'DaprSharedPolicy',
      metadata: { name: 'prod' },
      spec: { rules: { instance: { inUse: 'Deny' } } },
    })
  })

  test('leaves out fields with nothing behind them', () => {
    expect(readResource(policy('{priority: , match: {appIds: [a], objectSelector: }}'))).toMatchObject({
      spec: { match: { appIds: ['a'] } },
    })
  })

  test('does not change the object that it is given', () => {
    const object = policy('{priority: , match: {appIds: [a]}}')
    const before = structuredClone(object)
    readResource(object)
    expect(object).toEqual(before)
  })

  test('tells everything that is wrong at once', () => {
    expect(problemsOf(policy('{priority: "1", validationActions: [deny], matches: {}}'))).toEqual([
      'spec.validationActions[0]: wanted Deny, Warn or Audit, got "deny"',
      'spec.priority: wanted a whole number, got "1"',
      'spec.matches: unknown field "matches"; did you mean match?',
    ])
  })

  test.each([
    [
      { apiVersion: 'shared.dapr.io/v1beta1' },
      'apiVersion: wanted shared.dapr.io/v1alpha1, got "shared.dapr.io/v1beta1"',
    ],
    [{ apiVersion: undefined }, 'apiVersion: wanted shared.dapr.io/v1alpha1, got nothing'],
    [
      { kind: 'DaprSharedPolicies' },
      'kind: wanted DaprSharedPolicy, DaprSharedGrant, DaprSharedException or DaprSharedInstance, got "DaprSharedPolicies"',
    ],
    [
      { kind: '__proto__' },
      'kind: wanted DaprSharedPolicy, DaprSharedGrant, DaprSharedException or DaprSharedInstance, got "__proto__"',
    ],
    [{ metadata: undefined }, 'metadata: is required'],
    [{ metadata: {} }, 'metadata.name: is required'],
  ])('%j', (changes, problem) => {
    expect(problemsOf({ ...policy('{}'), ...changes })).toEqual([problem])
  })

  test.each([
    ['spec', JSON.parse('{"__proto__": {"priority": 1}}') as object],
    [
      'spec.match.namespaceSelector.matchLabels',
      { match: { namespaceSelector: { matchLabels: JSON.parse('{"__proto__": "a"}') as unknown } } },
    ],
    ['spec', { constructor: {} }],
    ['spec', { toString: null }],
  ])('keys that JavaScript knows are unknown fields like others: %s %j', (at, spec) => {
    expect(problemsOf(policy(spec as Record<string, unknown>)).join()).toContain(at)
  })

  test('what the service itself wrote is not judged', () => {
    expect(problemsOf({ ...policy('{}'), status: { aFieldOfTomorrow: 1, conditions: 'none' } })).toEqual([])
  })
})
