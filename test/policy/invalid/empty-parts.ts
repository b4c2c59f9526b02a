import { policy, type InvalidCase } from '../resource-case.ts'

/** Parts and lists that say nothing, which could mean everything. */

export const EMPTY_PARTS: readonly InvalidCase[] = [
  {
    name: 'an empty match',
    object: policy('{match: {}}'),
    at: 'spec.match',
    says: 'wanted at least one of namespaceSelector',
  },
  {
    name: 'a match of nothing but null',
    object: policy('{match: {appIds: null}}'),
    at: 'spec.match',
    says: 'wanted at least one of',
  },
  { name: 'empty rules', object: policy('{rules: {}}'), at: 'spec.rules', says: 'wanted at least one of' },
  {
    name: 'empty defaults',
    object: policy('{defaults: {}}'),
    at: 'spec.defaults',
    says: 'wanted at least one of',
  },
  {
    name: 'empty capacity',
    object: policy('{rules: {capacity: {}}}'),
    at: 'spec.rules.capacity',
    says: 'wanted at least one of maxWorkloads',
  },
  {
    name: 'empty exceptions',
    object: policy('{exceptions: {}}'),
    at: 'spec.exceptions',
    says: 'wanted at least one of namespaceSelector',
  },
  {
    name: 'no app-id to match',
    object: policy('{match: {appIds: []}}'),
    at: 'spec.match.appIds',
    says: 'wanted at least 1 entry, got none',
  },
  {
    name: 'no strategy allowed',
    object: policy('{rules: {strategies: {allowed: []}}}'),
    at: 'spec.rules.strategies.allowed',
    says: 'wanted at least 1 entry',
  },
  {
    name: 'no action',
    object: policy('{validationActions: []}'),
    at: 'spec.validationActions',
    says: 'wanted at least 1 entry',
  },
]
