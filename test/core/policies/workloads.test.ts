import { describe, expect, test } from 'vitest'
import type { Owner } from '../../../src/core/facts.ts'
import { aPolicy, someFacts } from '../a-question.ts'
import { decideUnder, told } from './a-case.ts'

const madeBy = (...kinds: string[]) =>
  someFacts({ owners: () => ({ known: true, value: kinds.map((kind): Owner => ({ kind, name: 'web' })) }) })

describe('workloads', () => {
  test.each<[string, readonly string[], readonly string[], boolean]>([
    ['a Deployment', ['Deployment', 'Job'], ['ReplicaSet', 'Deployment'], true],
    ['a Job', ['Deployment', 'Job'], ['Job'], true],
    ['a CronJob, whose Job is not at the top', ['Deployment', 'Job'], ['Job', 'CronJob'], false],
    ['a ReplicaSet of its own', ['ReplicaSet'], ['ReplicaSet'], true],
    ['a ReplicaSet that a Deployment made', ['ReplicaSet'], ['ReplicaSet', 'Deployment'], false],
    [
      'a Service of Knative',
      ['Service.serving.knative.dev'],
      ['ReplicaSet', 'Deployment', 'Service.serving.knative.dev'],
      true,
    ],
    ['a Service of another group', ['Service.serving.knative.dev'], ['Service.example.com'], false],
    ['a bare pod', ['Deployment'], [], false],
    ['a bare pod that may be', ['Pod'], [], true],
  ])('%s', (_, allowedKinds, owners, allowed) => {
    const policy = aPolicy({ rules: { workloads: { allowedKinds: [...allowedKinds] } } })
    expect(told(decideUnder([policy], { facts: madeBy(...owners) }))).toEqual(
      allowed ? [] : ['workload.kind-not-allowed Deny strict'],
    )
  })

  test('of several policies must be allowed by each', () => {
    const jobs = aPolicy({ rules: { workloads: { allowedKinds: ['Job'] } } }, 'jobs')
    const deployments = aPolicy(
      { rules: { workloads: { allowedKinds: ['Deployment', 'Job'] } } },
      'deployments',
    )
    expect(told(decideUnder([jobs, deployments], { facts: madeBy('Deployment') }))).toEqual([
      'workload.kind-not-allowed Deny jobs',
    ])
  })
})
