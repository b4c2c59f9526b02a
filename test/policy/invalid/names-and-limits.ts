import { policy, type InvalidCase } from '../resource-case.ts'

/** Names that cannot be, and numbers and lists past their bounds. */

const many = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => make(i))

export const NAMES_AND_LIMITS: readonly InvalidCase[] = [
  {
    name: 'an app-id with a star inside',
    object: policy('{match: {appIds: ["a*b"]}}'),
    at: 'spec.match.appIds[0]',
    says: 'an app-id',
  },
  {
    name: 'an app-id in capitals',
    object: policy('{match: {appIds: [Orders]}}'),
    at: 'spec.match.appIds[0]',
    says: 'an app-id',
  },
  {
    name: 'a namespace with a star',
    object: policy('{match: {excludeNamespaces: ["kube-*"]}}'),
    at: 'spec.match.excludeNamespaces[0]',
    says: 'wanted a name',
  },
  {
    name: 'a kind in small letters',
    object: policy('{match: {workloadKinds: [deployment]}}'),
    at: 'spec.match.workloadKinds[0]',
    says: 'Rollout.argoproj.io',
  },
  {
    name: 'a kind with a version',
    object: policy('{rules: {workloads: {allowedKinds: [apps/v1/Deployment]}}}'),
    at: 'spec.rules.workloads.allowedKinds[0]',
    says: 'wanted a kind',
  },
  {
    name: 'a variable with a space',
    object: policy('{defaults: {env: [{name: "A B", from: AppID}]}}'),
    at: 'spec.defaults.env[0].name',
    says: 'environment variable',
  },
  {
    name: 'a variable twice',
    object: policy('{defaults: {env: [{name: A, from: AppID}, {name: A, from: Host}]}}'),
    at: 'spec.defaults.env[1]',
    says: 'A stands in the list twice',
  },
  {
    name: 'a version with a v',
    object: policy('{rules: {security: {minDaprVersion: v1.14}}}'),
    at: 'spec.rules.security.minDaprVersion',
    says: 'a version in quotes',
  },
  {
    name: 'a version of one number',
    object: policy('{rules: {security: {minDaprVersion: "1"}}}'),
    at: 'spec.rules.security.minDaprVersion',
    says: 'a version in quotes',
  },
  {
    name: 'a host with a port',
    object: policy('{rules: {endpoints: {allowedHosts: ["example.com:443"]}}}'),
    at: 'spec.rules.endpoints.allowedHosts[0]',
    says: 'a DNS name',
  },
  {
    name: 'a host with a star inside',
    object: policy('{rules: {endpoints: {allowedHosts: ["a.*.example.com"]}}}'),
    at: 'spec.rules.endpoints.allowedHosts[0]',
    says: 'a DNS name',
  },
  {
    name: 'a host that is an address',
    object: policy('{rules: {endpoints: {allowedHosts: ["10.0.0.1"]}}}'),
    at: 'spec.rules.endpoints.allowedHosts[0]',
    says: 'a DNS name',
  },
  {
    name: 'less than nothing',
    object: policy('{rules: {capacity: {maxPods: -1}}}'),
    at: 'spec.rules.capacity.maxPods',
    says: 'at least 0, got -1',
  },
  {
    name: 'a priority past its bound',
    object: policy('{priority: 1000001}'),
    at: 'spec.priority',
    says: 'at most 1000000',
  },
  {
    name: 'a number past all bounds',
    object: policy('{rules: {capacity: {maxWorkloads: 9007199254740993}}}'),
    at: 'spec.rules.capacity.maxWorkloads',
    says: 'at most 1000000',
  },
  {
    name: 'a list past its bound',
    object: policy({ match: { appIds: many(65, (i) => `a${i}`) } }),
    at: 'spec.match.appIds',
    says: 'at most 64 entries, got 65',
  },
  {
    name: 'labels past their bound',
    object: policy({
      match: { objectSelector: { matchLabels: Object.fromEntries(many(17, (i) => [`a${i}`, ''])) } },
    }),
    at: 'spec.match.objectSelector.matchLabels',
    says: 'at most 16 labels, got 17',
  },
  {
    name: 'a binding of nobody',
    object: policy('{rules: {identity: {bindings: [{appIds: [orders]}]}}}'),
    at: 'spec.rules.identity.bindings[0].serviceAccounts',
    says: 'is required',
  },
  {
    name: 'a ServiceAccount of no namespace',
    object: policy(
      '{rules: {identity: {bindings: [{appIds: [orders], serviceAccounts: [{name: orders}]}]}}}',
    ),
    at: 'spec.rules.identity.bindings[0].serviceAccounts[0].namespace',
    says: 'is required',
  },
]
