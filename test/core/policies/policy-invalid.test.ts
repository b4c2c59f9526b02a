import { describe, expect, test } from 'vitest'
import { compilePolicy } from '../../../src/policy/compile.ts'
import type { Policy } from '../../../src/core/policy.ts'
import { aPolicy } from '../a-question.ts'
import { asking, decideUnder, instances, told } from './a-case.ts'

/** A policy as a cluster may hold it: admitted by an older or newer CRD. */
const compiled = (spec: object): Policy | undefined =>
  compilePolicy({
    apiVersion: 'shared.dapr.io/v1alpha1',
    kind: 'DaprSharedPolicy',
    metadata: { name: 'broken' },
    spec,
  }).value
const decided = (spec: object, pod = asking()) => {
  const policy = compiled(spec)
  return decideUnder([policy ?? []].flat(), { pod, inventory: instances() })
}

const BROKEN = { rules: { strategies: { allowed: ['Sidecar'] } } }

describe('a policy whose rules do not compile', () => {
  test.each<[string, object, string[]]>([
    ['refuses its pods', BROKEN, ['policy.invalid Deny broken']],
    ['refuses them with Fail', { ...BROKEN, failurePolicy: 'Fail' }, ['policy.invalid Deny broken']],
    [
      'refuses them whatever its actions',
      { ...BROKEN, validationActions: ['Audit'] },
      ['policy.invalid Deny broken'],
    ],
    [
      'admits them with Ignore, and it is recorded',
      { ...BROKEN, failurePolicy: 'Ignore' },
      ['policy.invalid Audit broken'],
    ],
    [
      'refuses them where failurePolicy cannot be read either',
      { ...BROKEN, failurePolicy: 'ignore' },
      ['policy.invalid Deny broken'],
    ],
    ['leaves other pods alone', { ...BROKEN, match: { appIds: ['stock'] } }, []],
    ['governs nothing where its match cannot be read', { ...BROKEN, match: { appIds: 'orders' } }, []],
    [
      'governs nothing with an unknown operator',
      {
        match: { objectSelector: { matchExpressions: [{ key: 'a', operator: 'Gt', values: ['1'] }] } },
        ...BROKEN,
      },
      [],
    ],
    [
      'has no overrides',
      { ...BROKEN, failurePolicy: 'Ignore', overrides: [{ rule: 'annotation.unknown', action: 'Deny' }] },
      ['policy.invalid Audit broken'],
    ],
  ])('%s', (_, spec, findings) => {
    expect(told(decided(spec))).toEqual(findings)
  })

  test('is named, and where it is wrong', () => {
    const [finding] = decided(BROKEN).findings
    expect(finding?.message).toMatch(/policy broken.*spec\.rules\.strategies\.allowed\[0\]/)
    expect(finding?.cure).not.toBe('')
  })

  test('has no overrides, also where only a variable of its defaults is wrong', () => {
    const wrong = {
      failurePolicy: 'Ignore',
      defaults: { env: [{ name: 'DAPR_API_TOKEN', from: 'AppID' }] },
      overrides: [{ rule: 'sidecar.conflict', action: 'Audit' }],
    }
    expect(decided(wrong, asking({ 'dapr.io/enabled': 'true' })).outcome).toBe('denied')
  })

  test('takes nothing away from the others', () => {
    const broken = compiled({ ...BROKEN, failurePolicy: 'Ignore' })
    const strict = aPolicy({ rules: { strategies: { allowed: ['Deployment'] } } })
    expect(told(decideUnder([strict, ...(broken === undefined ? [] : [broken])]))).toEqual([
      'strategy.not-allowed Deny strict',
      'policy.invalid Audit broken',
    ])
  })

  test.each([
    null,
    7,
    'x',
    [],
    { rules: null },
    { rules: [] },
    { match: {} },
    { match: null, rules: 3 },
    { overrides: [{}] },
  ])('is no crash: %j', (spec) => {
    expect(() => decided(spec as object)).not.toThrow()
  })
})
