import { policy, type InvalidCase } from '../resource-case.ts'

/** Words that are not of the list. */

export const WORDS: readonly InvalidCase[] = [
  {
    name: 'an action in small letters',
    object: policy('{validationActions: [deny]}'),
    at: 'spec.validationActions[0]',
    says: 'wanted Deny, Warn or Audit, got "deny"',
  },
  {
    name: 'an unknown point',
    object: policy('{scopedActions: [{points: [Pods], actions: [Warn]}]}'),
    at: 'spec.scopedActions[0].points[0]',
    says: 'wanted Pod, Workload, Audit or CLI',
  },
  {
    name: 'an unknown failure policy',
    object: policy('{failurePolicy: Open}'),
    at: 'spec.failurePolicy',
    says: 'wanted Fail or Ignore',
  },
  {
    name: 'an unknown source of a variable',
    object: policy('{defaults: {env: [{name: A, from: Password}]}}'),
    at: 'spec.defaults.env[0].from',
    says: 'HTTPEndpoint',
  },
  {
    name: 'a strategy as annotations write it',
    object: policy('{rules: {strategies: {allowed: [daemonset]}}}'),
    at: 'spec.rules.strategies.allowed[0]',
    says: 'DaemonSet',
  },
  {
    name: 'true for a word',
    object: policy('{rules: {security: {apiToken: true}}}'),
    at: 'spec.rules.security.apiToken',
    says: 'wanted Required, Preferred or Off, got true: put it in quotes',
  },
  {
    name: 'a scheme in capitals',
    object: policy('{rules: {endpoints: {allowedSchemes: [HTTPS]}}}'),
    at: 'spec.rules.endpoints.allowedSchemes[0]',
    says: 'wanted http or https',
  },
  {
    name: 'secretStore with a word of its neighbours',
    object: policy('{rules: {security: {secretStore: Required}}}'),
    at: 'spec.rules.security.secretStore',
    says: 'wanted Restricted or Off',
  },
]
