import { exception, withSpec, type InvalidCase } from '../resource-case.ts'

/** Exceptions that say too little, or too much. */

const EXCEPTION = exception(
  '{policies: [{name: prod-baseline, rules: [strategy.not-allowed]}], subjects: {appIds: [cart]}, reason: Moves, expiresAt: "2027-01-31T00:00:00Z"}',
)

export const EXCEPTIONS: readonly InvalidCase[] = [
  {
    name: 'an exception without a reason',
    object: withSpec(EXCEPTION, { reason: undefined }),
    at: 'spec.reason',
    says: 'is required',
  },
  {
    name: 'an exception with a blank reason',
    object: withSpec(EXCEPTION, { reason: ' \n' }),
    at: 'spec.reason',
    says: 'wanted a reason',
  },
  {
    name: 'an exception that never ends',
    object: withSpec(EXCEPTION, { expiresAt: undefined }),
    at: 'spec.expiresAt',
    says: 'is required',
  },
  {
    name: 'an exception that ends on a date',
    object: withSpec(EXCEPTION, { expiresAt: '2027-01-31' }),
    at: 'spec.expiresAt',
    says: 'such as 2027-01-31T00:00:00Z',
  },
  {
    name: 'an exception that ends on the 30th of February',
    object: withSpec(EXCEPTION, { expiresAt: '2027-02-30T00:00:00Z' }),
    at: 'spec.expiresAt',
    says: 'a day that the calendar has',
  },
  {
    name: 'an exception that ends on the 29th of February of a common year',
    object: withSpec(EXCEPTION, { expiresAt: '2100-02-29T00:00:00Z' }),
    at: 'spec.expiresAt',
    says: 'a day that the calendar has',
  },
  {
    name: 'an exception that ends on a list',
    object: withSpec(EXCEPTION, { expiresAt: ['2027-01-31T00:00:00Z'] }),
    at: 'spec.expiresAt',
    says: 'wanted a text, got a list',
  },
  {
    name: 'an exception that ends on the 31st of April',
    object: withSpec(EXCEPTION, { expiresAt: '2027-04-31T00:00:00Z' }),
    at: 'spec.expiresAt',
    says: 'a day that the calendar has',
  },
  {
    name: 'an exception without an offset',
    object: withSpec(EXCEPTION, { expiresAt: '2027-01-31T00:00:00' }),
    at: 'spec.expiresAt',
    says: 'a date and time',
  },
  {
    name: 'an exception from all policies',
    object: withSpec(EXCEPTION, { policies: [{ name: '*', rules: ['capacity.pods'] }] }),
    at: 'spec.policies[0].name',
    says: 'wanted a name',
  },
  {
    name: 'an exception from all rules',
    object: withSpec(EXCEPTION, { policies: [{ name: 'p', rules: ['*'] }] }),
    at: 'spec.policies[0].rules[0]',
    says: 'the id of a rule',
  },
  {
    name: 'an exception from no rule',
    object: withSpec(EXCEPTION, { policies: [{ name: 'p' }] }),
    at: 'spec.policies[0].rules',
    says: 'is required',
  },
  {
    name: 'an exception from what is built in',
    object: withSpec(EXCEPTION, { policies: [{ name: 'built-in', rules: ['instance.missing'] }] }),
    at: 'spec.policies[0].name',
    says: 'cannot be excused',
  },
  {
    name: 'an exception for nobody',
    object: withSpec(EXCEPTION, { subjects: {} }),
    at: 'spec.subjects',
    says: 'wanted at least one of appIds, workloads, serviceAccounts',
  },
  {
    name: 'an exception for all app-ids',
    object: withSpec(EXCEPTION, { subjects: { appIds: ['*'] } }),
    at: 'spec.subjects.appIds[0]',
    says: 'an app-id',
  },
  {
    name: 'an exception for a workload of no name',
    object: withSpec(EXCEPTION, { subjects: { workloads: [{ kind: 'Deployment' }] } }),
    at: 'spec.subjects.workloads[0].name',
    says: 'is required',
  },
]
