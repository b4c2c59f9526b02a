import type { Operation } from 'fast-json-patch'
import { describe, expect, test } from 'vitest'
import type { ClusterFacts, Named } from '../../src/check/facts.ts'
import type { JsonObject } from '../../src/core/pod.ts'
import { changed, set } from './change.ts'
import {
  BACKSTOP_BINDING,
  BACKSTOP_POLICY,
  goodFacts,
  installed,
  known,
  told,
  untold,
  wrongIn,
} from './made-facts.ts'

const good = goodFacts()
const NAME = 'dapr-shared-labels'
const POLICY = installed('ValidatingAdmissionPolicy', NAME)
const BINDING = installed('ValidatingAdmissionPolicyBinding', NAME)

const policy = (...changes: readonly Operation[]): Partial<ClusterFacts> => ({
  admissionPolicies: new Map([...good.admissionPolicies, [NAME, known(changed(POLICY, ...changes))]]),
})
const binding = (...changes: readonly Operation[]): Partial<ClusterFacts> => ({
  admissionBindings: new Map([...good.admissionBindings, [NAME, known(changed(BINDING, ...changes))]]),
})
const withBackstop = (...changes: readonly Operation[]): Partial<ClusterFacts> => {
  const policies = BACKSTOP_POLICY.map(([name, fact]): [string, Named] => [
    name,
    fact.known ? known<JsonObject | undefined>(changed(fact.value ?? {}, ...changes)) : fact,
  ])
  return {
    ...backstopRules,
    admissionPolicies: new Map([...good.admissionPolicies, ...policies]),
    admissionBindings: new Map([...good.admissionBindings, ...BACKSTOP_BINDING]),
  }
}
const backstopRules = {
  validating: known(
    changed(installed('ValidatingWebhookConfiguration'), set('/webhooks/0/rules/0/operations', ['UPDATE'])),
  ),
}
const LEFT_OUT = '/spec/matchConstraints/namespaceSelector/matchExpressions/0/values'

/** What would let somebody pass, each with the field that is named. */
const EDITED: readonly (readonly [string, string, Partial<ClusterFacts>])[] = [
  [
    'rules for something else',
    'matchConstraints',
    policy(
      set('/spec/matchConstraints/resourceRules', [
        { apiGroups: ['none.example'], apiVersions: ['v1'], operations: ['UPDATE'], resources: ['nothings'] },
      ]),
    ),
  ],
  [
    'rules that leave something out',
    'matchConstraints',
    policy(
      set('/spec/matchConstraints/excludeResourceRules', [
        { apiGroups: [''], apiVersions: ['v1'], operations: ['*'], resources: ['pods'] },
      ]),
    ),
  ],
  [
    'an objectSelector',
    'matchConstraints',
    policy(set('/spec/matchConstraints/objectSelector', { matchLabels: { a: 'b' } })),
  ],
  [
    'a namespaceSelector by label',
    'matchConstraints',
    policy(set('/spec/matchConstraints/namespaceSelector/matchLabels', { nobody: 'here' })),
  ],
  [
    'a condition that nobody meets',
    'matchConditions',
    policy(set('/spec/matchConditions', [{ name: 'never', expression: 'false' }])),
  ],
  ['errors that pass', 'failurePolicy', policy(set('/spec/failurePolicy', 'Ignore'))],
  [
    'another expression',
    'validations',
    policy(set('/spec/validations', [{ expression: 'true', message: 'fine' }])),
  ],
  ['parameters', 'paramKind', policy(set('/spec/paramKind', { apiVersion: 'v1', kind: 'ConfigMap' }))],
  [
    'a binding for a namespace',
    'matchResources',
    binding(set('/spec/matchResources/namespaceSelector', { matchLabels: { nobody: 'here' } })),
  ],
  ['a binding of another policy', 'policyName', binding(set('/spec/policyName', 'other'))],
  [
    'a binding that waits for parameters',
    'paramRef',
    binding(set('/spec/paramRef', { name: 'none', parameterNotFoundAction: 'Allow' })),
  ],
  ['a binding that denies nothing', 'validationActions', binding(set('/spec/validationActions', ['Audit']))],
]

describe('the label guard', () => {
  test.each(EDITED)('%s: fails, and %s is named', (_, field, otherwise) => {
    const lines = wrongIn(otherwise)
    expect(told(lines)).toEqual(['fail webhooks.label-guard'])
    expect(lines[0]?.what).toContain(`${field} of ValidatingAdmissionPolicy`)
  })

  test('of another version may say something else, but not let everything through', () => {
    const other = {
      deployment: known(
        changed(
          installed('Deployment'),
          set('/status', { availableReplicas: 2 }),
          set('/spec/template/metadata/labels/app.kubernetes.io~1version', '1.2.2'),
        ),
      ),
    }
    const guardIn = (otherwise: Partial<ClusterFacts>): readonly string[] =>
      told(wrongIn({ ...other, ...otherwise })).filter((one) => one.includes('guard'))
    expect(guardIn(policy(set('/spec/matchConditions', [{ name: 'x', expression: 'true' }])))).toEqual([
      'warn webhooks.label-guard',
    ])
    expect(guardIn(binding(set('/spec/validationActions', ['Warn'])))).toEqual(['fail webhooks.label-guard'])
  })

  test.each([
    [
      'what the API server fills in',
      policy(
        set('/spec/matchConstraints/matchPolicy', 'Equivalent'),
        set('/spec/matchConstraints/objectSelector', {}),
        set('/spec/matchConstraints/resourceRules/0/scope', '*'),
        set('/spec/matchConstraints/resourceRules/1/scope', '*'),
      ),
    ],
    [
      'what it fills in at a binding',
      binding(
        set('/spec/matchResources/matchPolicy', 'Equivalent'),
        set('/spec/matchResources/namespaceSelector', {}),
      ),
    ],
    ['a namespace more that is left out by name', policy(set(`${LEFT_OUT}/-`, 'legacy'))],
    ['an action more', binding(set('/spec/validationActions', ['Deny', 'Audit']))],
  ])('%s: is fine', (_, otherwise) => {
    expect(wrongIn(otherwise)).toEqual([])
  })

  test('that reaches into a namespace which must come up without us fails', () => {
    expect(told(wrongIn(policy(set(LEFT_OUT, ['kube-system']))))).toEqual(['fail webhooks.label-guard'])
  })
})

describe('the backstop', () => {
  test('as this version has it is fine', () => {
    expect(wrongIn(withBackstop())).toEqual([])
  })

  test('that takes nobody for one who asks fails', () => {
    const lines = wrongIn(withBackstop(set('/spec/variables/0/expression', 'false')))
    expect(told(lines)).toEqual(['fail webhooks.backstop'])
    expect(lines[0]?.what).toContain('variables of')
  })

  const unseen = {
    admissionPolicies: new Map([...good.admissionPolicies, ['dapr-shared-backstop', untold('get it')]]),
    admissionBindings: new Map([...good.admissionBindings, ['dapr-shared-backstop', untold('get it')]]),
  }

  test('that nobody may see: rules with and without one are fine', () => {
    expect(told(wrongIn(unseen))).toEqual(['unknown webhooks.backstop'])
    expect(told(wrongIn({ ...unseen, ...backstopRules }))).toEqual(['unknown webhooks.backstop'])
    const neither = {
      validating: known(
        changed(
          installed('ValidatingWebhookConfiguration'),
          set('/webhooks/0/rules/0/operations', ['DELETE']),
        ),
      ),
    }
    expect(told(wrongIn({ ...unseen, ...neither }))).toContain('fail webhooks.settings')
  })

  test('that nobody may see: whether failurePolicy Ignore is open is unknown', () => {
    const open = known(
      changed(installed('MutatingWebhookConfiguration'), set('/webhooks/0/failurePolicy', 'Ignore')),
    )
    expect(told(wrongIn({ ...unseen, mutating: open }))).toEqual([
      'unknown webhooks.failure-policy',
      'unknown webhooks.backstop',
    ])
  })
})
