import { grant, policy, type InvalidCase } from '../resource-case.ts'

/** Fields that no kind has, and values of another type. */

export const FIELDS: readonly InvalidCase[] = [
  {
    name: 'a misspelt field',
    object: policy('{validationAction: [Deny]}'),
    at: 'spec.validationAction',
    says: 'unknown field "validationAction"; did you mean validationActions?',
  },
  {
    name: 'a misspelt field, deep',
    object: policy('{match: {namespaceSelectr: {}}}'),
    at: 'spec.match.namespaceSelectr',
    says: 'did you mean namespaceSelector?',
  },
  {
    name: 'a misspelt field in a list',
    object: policy('{overrides: [{rule: instance.missing, acton: Deny}]}'),
    at: 'spec.overrides[0].acton',
    says: 'did you mean action?',
  },
  {
    name: 'an unknown field that is null',
    object: policy('{nothing: null}'),
    at: 'spec.nothing',
    says: 'unknown field',
  },
  {
    name: 'a field of another kind',
    object: grant('{appIds: [orders], from: [{namespace: shop, namespaceSelector: {}}]}'),
    at: 'spec.from[0].namespaceSelector',
    says: 'unknown field',
  },
  {
    name: 'a number for a text',
    object: policy('{rules: {security: {minDaprVersion: 1.14}}}'),
    at: 'spec.rules.security.minDaprVersion',
    says: 'wanted a text, got 1.14: put it in quotes',
  },
  {
    name: 'a text for a number',
    object: policy('{priority: "1"}'),
    at: 'spec.priority',
    says: 'wanted a whole number, got "1"',
  },
  {
    name: 'a fraction for a whole number',
    object: policy('{priority: 1.5}'),
    at: 'spec.priority',
    says: 'wanted a whole number, got 1.5',
  },
  {
    name: 'a text for a list',
    object: policy('{match: {appIds: orders}}'),
    at: 'spec.match.appIds',
    says: 'wanted a list, got "orders"',
  },
  {
    name: 'nothing in a list',
    object: policy('{match: {appIds: [ ~ ]}}'),
    at: 'spec.match.appIds[0]',
    says: 'got nothing',
  },
]
