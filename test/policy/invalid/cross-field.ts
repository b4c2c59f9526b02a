import { policy, type InvalidCase } from '../resource-case.ts'

/** What CEL checks, and selectors and overrides with it. */

export const CROSS_FIELD: readonly InvalidCase[] = [
  {
    name: 'Deny with Warn',
    object: policy('{validationActions: [Deny, Warn]}'),
    at: 'spec.validationActions',
    says: 'Deny and Warn may not stand together',
  },
  {
    name: 'Deny with Warn at a point',
    object: policy('{scopedActions: [{points: [Pod], actions: [Warn, Audit, Deny]}]}'),
    at: 'spec.scopedActions[0].actions',
    says: 'Deny and Warn may not stand together',
  },
  {
    name: 'an action twice',
    object: policy('{validationActions: [Deny, Deny]}'),
    at: 'spec.validationActions[1]',
    says: 'Deny stands in the list twice',
  },
  {
    name: 'a variable that is always set',
    object: policy('{defaults: {env: [{name: DAPR_API_TOKEN, from: AppID}]}}'),
    at: 'spec.defaults.env[0]',
    says: 'are always set: leave them out',
  },
  {
    name: 'In without values',
    object: policy('{match: {objectSelector: {matchExpressions: [{key: a, operator: In}]}}}'),
    at: 'spec.match.objectSelector.matchExpressions[0]',
    says: 'In and NotIn need values',
  },
  {
    name: 'NotIn with no values',
    object: policy('{match: {objectSelector: {matchExpressions: [{key: a, operator: NotIn, values: []}]}}}'),
    at: 'spec.match.objectSelector.matchExpressions[0]',
    says: 'In and NotIn need values',
  },
  {
    name: 'Exists with values',
    object: policy(
      '{exceptions: {namespaceSelector: {matchExpressions: [{key: a, operator: Exists, values: [b]}]}}}',
    ),
    at: 'spec.exceptions.namespaceSelector.matchExpressions[0]',
    says: 'Exists and DoesNotExist have none',
  },
  {
    name: 'an unknown operator',
    object: policy('{match: {objectSelector: {matchExpressions: [{key: a, operator: Gt, values: ["1"]}]}}}'),
    at: 'spec.match.objectSelector.matchExpressions[0].operator',
    says: 'wanted In, NotIn, Exists or DoesNotExist',
  },
  {
    name: 'a key that is none, in a requirement',
    object: policy('{match: {objectSelector: {matchExpressions: [{key: "a b", operator: Exists}]}}}'),
    at: 'spec.match.objectSelector.matchExpressions[0].key',
    says: 'the key of a label',
  },
  {
    name: 'a key that is none, in labels',
    object: policy('{match: {namespaceSelector: {matchLabels: {"a/b/c": x}}}}'),
    at: 'spec.match.namespaceSelector.matchLabels',
    says: 'the key of a label',
  },
  {
    name: 'a key too long, in labels',
    object: policy({ match: { namespaceSelector: { matchLabels: { ['a'.repeat(64)]: 'x' } } } }),
    at: 'spec.match.namespaceSelector.matchLabels',
    says: 'the key of a label',
  },
  {
    name: 'a value that is none, in labels',
    object: policy('{match: {namespaceSelector: {matchLabels: {env: "-"}}}}'),
    at: 'spec.match.namespaceSelector.matchLabels.env',
    says: 'the value of a label',
  },
  {
    name: 'a label with nothing behind it, which would match more',
    object: policy('{match: {namespaceSelector: {matchLabels: {env: , team: a}}}}'),
    at: 'spec.match.namespaceSelector.matchLabels',
    says: 'wanted a text, got nothing',
  },
  {
    name: 'true for the value of a label',
    object: policy('{match: {namespaceSelector: {matchLabels: {env: true}}}}'),
    at: 'spec.match.namespaceSelector.matchLabels.env',
    says: 'put it in quotes',
  },
  {
    name: 'an override that says nothing',
    object: policy('{overrides: [{rule: instance.missing}]}'),
    at: 'spec.overrides[0]',
    says: 'at least one of action, severity and message',
  },
  {
    name: 'an override for nothing',
    object: policy('{overrides: [{action: Deny}]}'),
    at: 'spec.overrides[0].rule',
    says: 'is required',
  },
  {
    name: 'a rule twice',
    object: policy(
      '{overrides: [{rule: instance.missing, action: Deny}, {rule: instance.missing, action: Warn}]}',
    ),
    at: 'spec.overrides[1]',
    says: 'instance.missing stands in the list twice',
  },
  {
    name: 'label.forged lowered',
    object: policy('{overrides: [{rule: label.forged, action: Warn}]}'),
    at: 'spec.overrides[0].action',
    says: 'cannot be lowered',
  },
  {
    name: 'namespace.not-granted lowered',
    object: policy('{overrides: [{rule: namespace.not-granted, action: Audit}]}'),
    at: 'spec.overrides[0].action',
    says: 'cannot be lowered',
  },
  {
    name: 'an unknown word in braces',
    object: policy('{overrides: [{rule: instance.missing, message: "ask {team}"}]}'),
    at: 'spec.overrides[0].message',
    says: 'only {appId}, {namespace}, {pod}, {policy} and {instance} stand in braces',
  },
  {
    name: 'an open brace',
    object: policy('{overrides: [{rule: instance.missing, message: "ask {appId"}]}'),
    at: 'spec.overrides[0].message',
    says: 'stand in braces',
  },
  {
    name: 'a message of two lines',
    object: policy('{overrides: [{rule: instance.missing, message: "a\\nb"}]}'),
    at: 'spec.overrides[0].message',
    says: 'on one line',
  },
  {
    name: 'a message too long',
    object: policy({ overrides: [{ rule: 'instance.missing', message: '\u{1F600}'.repeat(513) }] }),
    at: 'spec.overrides[0].message',
    says: 'at most 512 characters, got 513',
  },
  {
    name: 'a rule that is no rule',
    object: policy('{overrides: [{rule: "instance.*", action: Deny}]}'),
    at: 'spec.overrides[0].rule',
    says: 'the id of a rule',
  },
]
