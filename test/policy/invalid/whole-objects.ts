import { policy, type InvalidCase } from '../resource-case.ts'

/** Everything around spec. */

export const WHOLE_OBJECTS: readonly InvalidCase[] = [
  { name: 'no spec', object: { ...policy('{}'), spec: undefined }, at: 'spec', says: 'is required' },
  {
    name: 'an unknown field beside spec',
    object: { ...policy('{}'), specs: {} },
    at: 'specs',
    says: 'did you mean spec?',
  },
  { name: 'a spec of nothing', object: { ...policy('{}'), spec: null }, at: 'spec', says: 'is required' },
  {
    name: 'a spec that is a list',
    object: { ...policy('{}'), spec: [] },
    at: 'spec',
    says: 'wanted an object, got a list',
  },
  {
    name: 'a policy called built-in',
    object: policy('{}', { name: 'built-in' }),
    at: 'metadata.name',
    says: 'may not be built-in',
  },
  {
    name: 'a name in capitals',
    object: policy('{}', { name: 'Prod' }),
    at: 'metadata.name',
    says: 'wanted a name',
  },
  {
    name: 'a name too long',
    object: policy('{}', { name: 'a'.repeat(254) }),
    at: 'metadata.name',
    says: 'at most 253 characters, got 254',
  },
  {
    name: 'a label that is none',
    object: policy('{}', { name: 'prod', labels: { env: 'a b' } }),
    at: 'metadata.labels',
    says: 'value of a label',
  },
  {
    name: 'the key of an annotation that is none',
    object: policy('{}', { name: 'prod', annotations: { 'a b': '' } }),
    at: 'metadata.annotations',
    says: 'wanted a key',
  },
  {
    name: 'a misspelt field of metadata',
    object: policy('{}', { name: 'prod', lables: {} }),
    at: 'metadata.lables',
    says: 'did you mean labels?',
  },
]
