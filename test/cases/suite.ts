import {
  anything,
  count,
  fields,
  flag,
  listOf,
  mapOf,
  Misfit,
  oneOf,
  optional,
  text,
  type Read,
} from './strict-fields.ts'

/** The format of a suite of admission tests: kind Suite of test.shared.dapr.io/v1alpha1. */

export type Scalar = string | number | boolean

/** Shorthand for a clean instance: workload `<strategy>/<namespace>/<appId>`, Service `<appId>-dapr`, status. */
const readInstance = fields({
  appId: text,
  namespace: text,
  strategy: optional(oneOf('DaemonSet', 'Deployment')),
  /** `2/3`; without it there is no status */
  ready: optional(text),
  apiToken: optional(flag),
  internalTrafficPolicy: optional(oneOf('Cluster', 'Local')),
})

const STATE = {
  /** globs of manifests, from the suite's folder */
  files: optional(listOf(text)),
  /** labels of each */
  namespaces: optional(mapOf(mapOf(text))),
  instances: optional(listOf(readInstance)),
  now: optional(text),
}

export const readState = fields(STATE)

const readTestState = fields({
  ...STATE,
  /** manifests, or paths of some */
  add: optional(listOf(anything)),
  /** `<kind>/<namespace>/<name>` */
  remove: optional(listOf(text)),
})

const readRequest = fields({
  operation: optional(oneOf('CREATE', 'UPDATE', 'DELETE')),
  /** an object, or the path of a manifest */
  object: anything,
  oldObject: anything,
  /** a recorded AdmissionReview, or its path */
  review: anything,
  namespace: optional(text),
  userInfo: optional(mapOf(anything)),
})

const readExpectedFinding = fields({
  rule: optional(text),
  action: optional(oneOf('Deny', 'Warn', 'Audit')),
  policy: optional(text),
  /** a regular expression between slashes, or a part of message and cure */
  message: optional(text),
})

const scalar: Read<Scalar> = (value, path) => {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value
  throw new Misfit(path, 'wanted text, a number, true or false.')
}

/** A value, or null where the variable must be absent. */
const valueOrNull: Read<string | null> = (value, path) => (value === null ? null : text(value, path))

const readExpectation = fields({
  /** values of the matrix for which this one counts */
  when: optional(mapOf(scalar)),
  allowed: optional(flag),
  matched: optional(flag),
  findings: optional(listOf(readExpectedFinding)),
  /** no other findings than those of `findings` */
  only: optional(flag),
  warnings: optional(count),
  env: optional(mapOf(mapOf(valueOrNull))),
  /** the exact operations, or the path of a file with them */
  patch: anything,
  /** a second pass changes nothing */
  idempotent: optional(flag),
})

const readExpectations: Read<readonly Expectation[]> = (value, path) => {
  if (value === undefined) throw new Misfit(path, 'a test without "expect" tests nothing.')
  return Array.isArray(value) ? listOf(readExpectation)(value, path) : [readExpectation(value, path)]
}

export const readMatrix = optional(mapOf(listOf(scalar)))

export const readTest = fields({
  name: text,
  matrix: readMatrix,
  state: optional(readTestState),
  request: readRequest,
  expect: readExpectations,
})

const readTests: Read<readonly unknown[]> = (value, path) => {
  const tests = listOf(anything)(value, path)
  if (tests.length === 0) throw new Misfit(path, 'a suite without tests.')
  return tests
}

/** A suite's frame; its tests are read one by one, after each matrix is filled in. */
export const readSuiteFrame = fields({
  apiVersion: oneOf('test.shared.dapr.io/v1alpha1'),
  kind: oneOf('Suite'),
  metadata: fields({ name: text }),
  state: optional(readState),
  tests: readTests,
})

export type InstanceShorthand = ReturnType<typeof readInstance>
export type State = ReturnType<typeof readState>
export type TestState = ReturnType<typeof readTestState>
export type Request = ReturnType<typeof readRequest>
export type Expectation = ReturnType<typeof readExpectation>
export type ExpectedFinding = ReturnType<typeof readExpectedFinding>
export type TestFields = ReturnType<typeof readTest>
