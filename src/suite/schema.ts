import * as z from 'zod'
import { isAppId, isDnsLabel } from '../core/dns-names.ts'
import { nearestName } from '../core/near-names.ts'
import { quote } from '../core/quote.ts'
import { isRuleId, RULE_IDS } from '../core/rules.ts'
import { SUITE_API_VERSION, SUITE_KIND } from './suite-kind.ts'

/*
 * The format of a suite of admission tests: one source for reading it, for our types and for the JSON Schema that editors
 * use. What the sentences say is what an editor shows.
 */

const MANIFEST = 'a path from the folder of the suite, or the object itself'

/** An absolute path would be there on one machine only. */
const path = z
  .string()
  .min(1)
  .refine((text) => !/^([/\\]|[A-Za-z]:)/.test(text), {
    error: ({ input }) => `wanted a path from the folder of the suite, got ${quote(String(input))}`,
  })

/** The path of a manifest, or one that stands in the suite. */
const manifest = (sentence: string) =>
  z
    .union([path, z.record(z.string(), z.unknown())], {
      error: `wanted ${MANIFEST}`,
    })
    .meta({ description: `${sentence}: ${MANIFEST}.` })

const scalar = z.union([z.string(), z.number(), z.boolean()], {
  error: 'wanted a text, a number, true or false',
})

const labels = z.record(z.string(), z.string()).meta({ description: 'The labels of one namespace.' })

const instance = z
  .strictObject({
    appId: z
      .string()
      .refine(isAppId, {
        error: ({ input }) =>
          `wanted an app-id: lower-case letters, digits and dashes, at most 58, got ${quote(String(input))}`,
      })
      .meta({ description: 'The app-id that pods ask for.' }),
    namespace: z
      .string()
      .refine(isDnsLabel, {
        error: ({ input }) => `wanted the name of a namespace, got ${quote(String(input))}`,
      })
      .meta({ description: 'The namespace of workload and Service.' }),
    strategy: z
      .enum(['DaemonSet', 'Deployment'])
      .exactOptional()
      .meta({ description: 'The kind of the workload: DaemonSet unless it is said.' }),
    ready: z
      .string()
      .regex(/^[0-9]{1,6}\/[0-9]{1,6}$/, {
        error: 'wanted ready and wanted replicas, such as 2/3',
        abort: true,
      })
      .refine(isPossible, {
        error: ({ input }) => `more replicas are ready than are wanted, got ${quote(String(input))}`,
      })
      .exactOptional()
      .meta({
        description: 'Ready and wanted replicas, such as 2/3. Absent: a workload without status.',
        examples: ['2/3'],
      }),
    apiToken: z
      .boolean()
      .exactOptional()
      .meta({ description: 'Whether it asks for a token: Secret <appId>, key dapr-api-token.' }),
    internalTrafficPolicy: z
      .enum(['Cluster', 'Local'])
      .exactOptional()
      .meta({ description: 'Local keeps traffic on the node.' }),
  })
  .meta({
    description:
      'Shorthand for an instance as it should be: workload <strategy>/<namespace>/<appId>, Service <appId>-dapr.',
  })

const STATE = {
  files: z
    .array(path)
    .exactOptional()
    .meta({ description: 'Globs of manifests, or folders, from the folder of the suite.' }),
  namespaces: z
    .record(z.string(), labels)
    .exactOptional()
    .meta({ description: 'Namespaces with their labels: {shop: {env: prod}}.' }),
  instances: z.array(instance).exactOptional().meta({ description: 'Instances in short.' }),
  now: z.iso
    .datetime({ offset: true, error: 'wanted a date and time, such as "2027-01-31T00:00:00Z"' })
    .exactOptional()
    .meta({ description: 'The clock that exceptions see. Absent: the time of the run.' }),
}

const suiteState = z.strictObject(STATE).meta({ description: 'The cluster that every test sees.' })

const testState = z
  .strictObject({
    ...STATE,
    add: z
      .array(manifest('An object more'))
      .exactOptional()
      .meta({ description: 'Objects that only this test sees.' }),
    remove: z
      .array(
        z
          .string()
          .regex(
            /^[A-Za-z]+(\/[^/]+){1,2}$/,
            'wanted <Kind>/<namespace>/<name>, such as DaemonSet/shop/orders',
          ),
      )
      .exactOptional()
      .meta({ description: 'Objects that this test does not see: <Kind>/<namespace>/<name>.' }),
  })
  .meta({ description: 'How the cluster of this test differs from that of the suite.' })

const request = z
  .strictObject({
    operation: z
      .enum(['CREATE', 'UPDATE', 'DELETE'])
      .exactOptional()
      .meta({ description: 'What is done with the object: CREATE unless it is said.' }),
    object: manifest('The object').exactOptional(),
    oldObject: manifest('The object as it was, for UPDATE and DELETE').exactOptional(),
    review: manifest('A recorded AdmissionReview, instead of all else').exactOptional(),
    namespace: z
      .string()
      .min(1)
      .exactOptional()
      .meta({ description: 'Of objects that name none: default unless it is said.' }),
    userInfo: z
      .strictObject({
        username: z.string().exactOptional(),
        uid: z.string().exactOptional(),
        groups: z.array(z.string()).exactOptional(),
        extra: z.record(z.string(), z.array(z.string())).exactOptional(),
      })
      .exactOptional()
      .meta({ description: 'Who asks, as an AdmissionReview has it: {username: alice, groups: [...]}.' }),
  })
  .meta({ description: 'What is sent to admission.' })

const expectedFinding = z
  .strictObject({
    rule: z
      .string()
      .superRefine((rule, context) => {
        if (!isRuleId(rule)) context.addIssue({ code: 'custom', message: unknownRule(rule) })
      })
      .meta({ description: 'The id of the rule.', enum: [...RULE_IDS] })
      .exactOptional(),
    action: z.enum(['Deny', 'Warn', 'Audit']).exactOptional().meta({ description: 'What it does.' }),
    policy: z
      .string()
      .min(1)
      .exactOptional()
      .meta({ description: 'The policy whose action counts, or built-in.' }),
    message: z
      .string()
      .min(1)
      .exactOptional()
      .meta({ description: 'A part of message and cure, or a regular expression between slashes.' }),
  })
  .meta({ description: 'A finding that there must be; what is not said may be anything.' })

const expectation = z
  .strictObject({
    when: z
      .record(z.string(), scalar)
      .exactOptional()
      .meta({ description: 'Values of the matrix for which this one counts. The first that fits counts.' }),
    allowed: z.boolean().exactOptional().meta({ description: 'Whether the object is admitted.' }),
    matched: z
      .boolean()
      .exactOptional()
      .meta({ description: 'Whether it asks for a shared instance, where the webhook serves.' }),
    instance: z
      .string()
      .regex(/^$|^[^/]+\/[^/]+$/, 'wanted <namespace>/<app-id>, such as shop/order, or an empty text')
      .exactOptional()
      .meta({
        description: 'The instance that it gets, <namespace>/<app-id>; an empty text where it gets none.',
      }),
    findings: z.array(expectedFinding).exactOptional().meta({ description: 'Findings that there must be.' }),
    only: z
      .boolean()
      .exactOptional()
      .meta({ description: 'No other finding than those of findings, Audit included.' }),
    warnings: z.int().min(0).exactOptional().meta({ description: 'How many warnings there are.' }),
    env: z
      .record(
        z.string(),
        z
          .record(
            z.string(),
            z.string().nullable().meta({ description: 'The value; null where the variable must be absent.' }),
          )
          .meta({ description: 'Variables of this container.' }),
      )
      .exactOptional()
      .meta({ description: 'Variables by container, as the admitted pod has them.' }),
    patch: z
      .union([path, z.array(z.record(z.string(), z.unknown()))], {
        error: 'wanted the path of a snapshot from the folder of the suite, or the list of operations',
      })
      .exactOptional()
      .meta({
        description: 'The exact JSON Patch: the path of a snapshot, which test -u writes, or the operations.',
      }),
    idempotent: z
      .boolean()
      .exactOptional()
      .meta({ description: 'Whether a second pass over the admitted pod changes nothing.' }),
  })
  .meta({ description: 'What the answer must be.' })

export const matrix = z
  .record(z.string(), z.array(scalar))
  .meta({ description: 'Values by name: each combination is a test, with ${name} filled in anywhere below.' })

const name = z.string().min(1).meta({ description: 'What the test is called.' })

/** A test but for what is read apart: its matrix before, and its expectations after it is filled in. */
export const testFrame = z.strictObject({
  name,
  matrix: z.unknown().optional(),
  state: testState.exactOptional(),
  request,
  expect: z.unknown().optional(),
})

export const expectationSchema = expectation

export const suiteFrame = z.strictObject({
  apiVersion: z.literal(SUITE_API_VERSION),
  kind: z.literal(SUITE_KIND),
  metadata: z.strictObject({ name: z.string().min(1) }),
  state: suiteState.exactOptional(),
  tests: z.array(z.unknown()),
})

/** The whole format, for the JSON Schema. */
export const suite = suiteFrame
  .extend({
    metadata: z.strictObject({ name: z.string().min(1).meta({ description: 'What the suite is called.' }) }),
    tests: z
      .array(
        testFrame
          .extend({
            matrix: matrix.exactOptional(),
            expect: z
              .union([expectation, z.array(expectation).min(1)])
              .meta({ description: 'What is expected, or a list of which the first that fits counts.' }),
          })
          .meta({ description: 'One test, or one for each combination of its matrix.' }),
      )
      .min(1)
      .meta({ description: 'The tests; none depends on another.' }),
  })
  .meta({ description: 'A suite of admission tests for dapr-shared test.' })

/** The parts of a suite by what they are called, with the fields that belong into each. */
export const FIELDS_OF: Readonly<Record<string, readonly string[]>> = {
  expect: Object.keys(expectation.shape),
  request: Object.keys(request.shape),
  state: Object.keys(testState.shape),
}

function isPossible(ready: string): boolean {
  const [isReady = 0, wanted = 0] = ready.split('/').map(Number)
  return isReady <= wanted
}

function unknownRule(rule: string): string {
  return `no rule is called ${quote(rule)}; did you mean ${nearestName(rule, RULE_IDS)}?`
}

export type Scalar = z.infer<typeof scalar>
export type InstanceShorthand = z.infer<typeof instance>
export type State = z.infer<typeof suiteState>
export type TestState = z.infer<typeof testState>
export type Request = z.infer<typeof request>
export type Expectation = z.infer<typeof expectation>
export type ExpectedFinding = z.infer<typeof expectedFinding>
