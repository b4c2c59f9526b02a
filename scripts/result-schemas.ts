import { join, resolve } from 'node:path'
import { format, resolveConfig } from 'prettier'
import * as z from 'zod'
import { RULE_IDS, type RuleId } from '../src/core/rules.ts'
import { CHECK_IDS, GROUPS, type CheckId as InstallationCheckId, type Group } from '../src/check/catalogue.ts'
import { LEVELS } from '../src/check/line.ts'
import type { CheckResult } from '../src/check/result.ts'
import type { BenchResult } from '../src/bench-decisions/bench-result.ts'
import type { Explanation } from '../src/explain/explanation.ts'
import type { RulePage } from '../src/explain/rule-page.ts'
import { CHECKS, type CheckId } from '../src/lint/checks.ts'
import type { LintResult } from '../src/lint/result.ts'
import type { InstanceRow } from '../src/review/list-instances.ts'
import type { ReviewResult } from '../src/review/result.ts'
import type { ServerResult } from '../src/server-dry-run/result.ts'
import type { TestResult } from '../src/suite/test-result.ts'
import { CHANGES } from '../src/what-if/compare.ts'
import type { WhatIfResult } from '../src/what-if/result.ts'

/**
 * The JSON Schemas of what `-o json` prints. Each is held against the type of the program that prints it by the compiler, and
 * against what it prints by tests.
 */

export const SCHEMA_FOLDER = join(resolve(import.meta.dirname, '..'), 'deploy/schemas')

/** The files of deploy/schemas by name. */
export async function schemaFiles(): Promise<ReadonlyMap<string, string>> {
  const config = await resolveConfig(SCHEMA_FOLDER)
  const files = Object.entries(RESULTS).map(async ([name, schema]) => {
    const file = `${name}.schema.json`
    const written = {
      $id: `urn:dapr-shared:${name}:v1alpha1`,
      ...z.toJSONSchema(schema, { target: 'draft-2020-12', override: withoutSafeBound }),
    }
    return [file, await format(JSON.stringify(written), { ...config, parser: 'json' })] as const
  })
  return new Map(await Promise.all(files))
}

/** That an integer is one that JavaScript can hold is nothing that a reader needs. */
function withoutSafeBound({ jsonSchema }: { readonly jsonSchema: { maximum?: number | undefined } }): void {
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum
}

const text = (description: string) => z.string().meta({ description })
const count = (description: string) => z.int().min(0).meta({ description })

const idsOf = <Id extends string>(ids: readonly Id[]) => z.enum(ids as readonly [Id, ...Id[]])

const source = z
  .object({
    file: text('As it was named; <stdin> for standard input; the address of a cluster.'),
    document: z.int().min(1).meta({ description: 'The document in the file, from 1.' }),
    line: count('From 1; 0 for what a cluster has.'),
  })
  .meta({ id: 'source', description: 'Where it stands.' })

const object = z
  .object({
    apiVersion: z.string(),
    kind: z.string(),
    namespace: text('Empty for what belongs to no namespace.'),
    name: text('Or generateName, where there is no name yet.'),
  })
  .meta({ id: 'object', description: 'The object as it is written.' })

const action = z.enum(['Deny', 'Warn', 'Audit']).meta({ id: 'action' })
const ruleId = idsOf<RuleId>(RULE_IDS).meta({ id: 'rule', description: 'The id of a rule: docs/rules.md.' })

const findingFields = {
  rule: ruleId,
  action,
  severity: z.enum(['Critical', 'High', 'Medium', 'Low', 'Info']),
  policy: text('The policy whose action counts, or built-in.'),
  message: text('What is wrong.'),
  cure: text('How to mend it.'),
  field: text('A path into the object; empty where no field is to blame.'),
  source,
  exception: text('<namespace>/<name> of the exception that excuses it; empty where none does.'),
}
const finding = z.object(findingFields).meta({ id: 'finding', description: "One rule's answer." })

const operation = z
  .union([
    z.object({ op: z.literal('add'), path: z.string(), value: z.unknown() }),
    z.object({ op: z.literal('remove'), path: z.string() }),
  ])
  .meta({ id: 'operation', description: 'One operation of a JSON Patch (RFC 6902).' })

const patch = z.array(operation).meta({ description: 'What would be changed of the pod.' })
const warnings = z.array(z.string()).meta({ description: 'What the user would be told.' })

const itemFields = {
  source,
  object,
  allowed: z.boolean(),
  matched: z.boolean().meta({ description: 'It has dapr.io/shared, in a namespace that is served.' }),
  warnings,
  patch,
  env: z.record(z.string(), z.record(z.string(), z.string())).meta({
    description:
      'By container and name, each variable as the admitted pod has it; secretKeyRef:<name>/<key> and the like for a reference. Empty where the pod is refused.',
  }),
}

const reviewSummary = z.object({
  allowed: count('Items that ask, and are admitted.'),
  denied: count('Items that are refused.'),
  warned: count('Items with a warning.'),
  skipped: count('Items that do not ask.'),
})

/** @param kind what `kind` of the document says */
const document = <Kind extends string, Fields extends z.ZodRawShape>(
  kind: Kind,
  description: string,
  fields: Fields,
) =>
  z
    .object({ apiVersion: z.literal('shared.dapr.io/v1alpha1'), kind: z.literal(kind), ...fields })
    .meta({ title: kind, description })

const incomplete = z
  .array(
    z.object({
      source,
      object,
      policy: text('The policy that asks for the fact; empty where nothing can be said of the object.'),
      rule: z.union([ruleId, z.literal('')]).meta({
        description: 'Its rule; empty where it is unknown whether the policy governs at all.',
      }),
      why: text('Why nobody can tell.'),
    }),
  )
  .meta({
    description:
      'What could not be judged. An object of which nothing can be said stands here alone, and is no item.',
  })

const reviewResult: z.ZodType<ReviewResult> = document('ReviewResult', 'What review -o json prints.', {
  items: z.array(z.object({ ...itemFields, findings: z.array(finding) })),
  incomplete,
  summary: reviewSummary,
})

const lintResult: z.ZodType<LintResult> = document('LintResult', 'What lint -o json prints.', {
  items: z.array(
    z.object({
      check: idsOf(Object.keys(CHECKS) as CheckId[]).meta({
        description: 'The id of a check: docs/lint.md.',
      }),
      severity: z.enum(['Error', 'Warning', 'Info']),
      source,
      object,
      field: findingFields.field,
      message: findingFields.message,
      cure: findingFields.cure,
    }),
  ),
  summary: z.object({
    judged: count('Objects that were judged.'),
    errors: count('Findings of that severity.'),
    warnings: count('Findings of that severity.'),
    infos: count('Findings of that severity.'),
  }),
})

interface InstanceList {
  readonly apiVersion: 'shared.dapr.io/v1alpha1'
  readonly kind: 'InstanceList'
  readonly items: readonly InstanceRow[]
}

const instanceList: z.ZodType<InstanceList> = document('InstanceList', 'What instances -o json prints.', {
  items: z.array(
    z.object({
      namespace: z.string(),
      appId: text('Empty where it has none that can be read.'),
      strategy: text('daemonset, deployment or external; empty where it cannot be used.'),
      ready: text('2/3, or unknown where there is no status.'),
      workload: text('DaemonSet/order.'),
      service: text('<namespace>/<name>.'),
      httpEndpoint: z.string(),
      grpcEndpoint: z.string(),
      token: text("<secret>/<key> of the instance's own token; empty where it has none."),
      consumers: count('Workloads or pods that use it.'),
      problem: text('Why consumers are refused; empty where they are not.'),
    }),
  ),
})

const percent = z.number().min(0).max(100)

const testResult: z.ZodType<TestResult> = document('TestResult', 'What test -o json prints.', {
  items: z.array(
    z.object({
      suite: text('Its name; empty where it could not be read.'),
      name: text('Of the test; empty for a suite that could not be read.'),
      source,
      outcome: z.enum(['passed', 'failed', 'skipped', 'error']),
      milliseconds: z.number().min(0),
      problems: z
        .array(
          z.object({
            field: text('Of the expectation; empty where the suite itself is wrong.'),
            message: z.string(),
            lines: z.array(z.string()).meta({ description: '- wanted, + got.' }),
            source,
          }),
        )
        .meta({ description: 'Why it failed, or could not be run; empty where it passed.' }),
      decision: z
        .object({ object, allowed: z.boolean(), matched: z.boolean(), findings: z.array(finding) })
        .exactOptional()
        .meta({ description: 'What was decided; absent where nothing was.' }),
    }),
  ),
  summary: z.object({
    suites: count('Suites that were found.'),
    tests: count('Tests in them.'),
    passed: count('Tests that passed.'),
    failed: count('Tests that failed.'),
    errors: count('Tests and suites that could not be run.'),
    skipped: count('Tests that were left out.'),
    milliseconds: z.number().min(0),
  }),
  notes: z.array(z.string()).meta({ description: 'What a reader must not miss.' }),
  coverage: z
    .object({
      percent,
      rules: z.object({
        percent,
        items: z.array(
          z.object({
            rule: ruleId,
            expected: count('Tests that expect it.'),
            found: count('Tests in which it was found.'),
          }),
        ),
      }),
      policies: z.object({
        percent,
        items: z.array(
          z.object({
            policy: z.string(),
            source,
            tests: count('Tests whose state has it.'),
            governed: count('Tests whose object it governs.'),
            quiet: count('Of these, those in which it found nothing.'),
            parts: z.array(z.object({ part: z.string(), found: count('Tests in which it made a finding.') })),
          }),
        ),
      }),
    })
    .exactOptional()
    .meta({ description: 'With --coverage.' }),
})

const changeCounts = {
  objects: count('Objects that ask.'),
  ...(Object.fromEntries(CHANGES.map((change) => [change, count('Objects with this change.')])) as Record<
    (typeof CHANGES)[number],
    z.ZodInt
  >),
  unchanged: count('Objects that nothing changes for.'),
  uncertain: count(
    'Objects that do not change as far as is known, of which something is unknown that refuses nobody.',
  ),
}

const side = z
  .object({
    allowed: z.boolean().nullable().meta({ description: 'null where no decision could be made.' }),
    warnings,
    patch,
  })
  .meta({ id: 'side', description: 'The decision under the policies of one side.' })

const whatIfResult: z.ZodType<WhatIfResult> = document('WhatIfResult', 'What what-if -o json prints.', {
  proposal: z.array(
    z.object({
      kind: z.string(),
      namespace: z.string(),
      name: z.string(),
      effect: z.enum(['new', 'replaced', 'removed', 'labels']),
      governs: z.int().min(0).nullable().meta({
        description: 'How many of the objects a policy governs as proposed; null for what is no policy.',
      }),
    }),
  ),
  items: z
    .array(
      z.object({
        source,
        object,
        change: z.enum(CHANGES),
        weaker: z.boolean().meta({ description: 'Something says less than today.' }),
        findings: z.object({
          added: z.array(finding),
          removed: z.array(finding),
          changed: z.array(z.object({ from: finding, to: finding })),
        }),
        unknown: z.array(z.string()).meta({ description: 'Why nobody can tell, or what a change may hide.' }),
        today: side,
        proposed: side,
      }),
    )
    .meta({ description: 'Only what changes, and what nobody can tell.' }),
  unknown: z.array(z.string()).meta({ description: 'A sentence for each thing that nobody knows.' }),
  summary: z.object({
    ...changeCounts,
    weaker: count('Objects of which something says less than today.'),
    skipped: count('Objects that do not ask.'),
    refused: z.object({ today: count('Refused today.'), proposed: count('Refused as proposed.') }),
    missing: z.array(z.string()).meta({ description: 'A sentence for each list that is not complete.' }),
    byNamespace: z.array(z.object({ namespace: z.string(), ...changeCounts })),
  }),
})

const serverResult: z.ZodType<ServerResult> = document('ServerResult', 'What server -o json prints.', {
  items: z.array(
    z.object({
      source,
      object,
      asks: z.boolean(),
      outcome: z.enum(['admitted', 'refused', 'unknown']),
      by: z.object({
        kind: z.enum([
          '',
          'webhook',
          'policy',
          'quota',
          'pod-security',
          'validation',
          'admission',
          'authorization',
          'connection',
          'server',
        ]),
        name: z.string(),
      }),
      message: text('Why it is refused or unknown; empty where it is admitted.'),
      warnings,
      webhook: z.enum(['ran', 'missing', 'unseen', 'unasked']),
      instance: text('<namespace>/<appId>; empty where none.'),
      offline: z.enum(['admitted', 'refused', 'unknown', 'unasked']),
      differences: z.array(z.object({ field: z.string(), offline: z.string(), cluster: z.string() })),
      changes: z.array(
        z.object({
          field: z.string(),
          change: z.enum(['added', 'removed', 'changed']),
          before: z.string(),
          after: z.string(),
        }),
      ),
      notes: z.array(z.string()),
    }),
  ),
  summary: z.object({
    admitted: count('Items that are admitted.'),
    refused: count('Items that are refused.'),
    unknown: count('Items of which the API server said nothing.'),
    asking: count('Items whose pod asks.'),
    differing: count('Items that differ from the offline answer.'),
    missing: count('Items that ask, were admitted, and in which our webhook had no part.'),
    warned: count('Items with a warning.'),
  }),
})

const because = text('Why.')

const explanation: z.ZodType<Explanation> = document(
  'Explanation',
  'What explain -o json prints of objects.',
  {
    items: z.array(
      z.object({
        ...itemFields,
        findings: z.array(z.object({ ...findingFields, because })),
        verdict: z.enum([
          'refused',
          'does not ask',
          'admitted unchanged',
          'admitted without injection',
          'injected',
        ]),
        because,
        point: z.enum(['Pod', 'Workload', 'Audit', 'CLI', '']),
        namespace: z.object({ name: z.string(), served: z.boolean(), because }),
        annotations: z.array(
          z.object({ key: z.string(), value: z.string().nullable(), meaning: z.string() }),
        ),
        candidates: z.array(
          z.object({
            namespace: z.string(),
            appId: z.string(),
            workload: z.string(),
            strategy: z.string(),
            chosen: z.boolean(),
            because,
          }),
        ),
        grants: z.array(z.object({ namespace: z.string(), name: z.string(), grants: z.boolean(), because })),
        policies: z.array(
          z.object({
            name: z.string(),
            governs: z.boolean(),
            because,
            action,
            actionBecause: because,
            rules: z.array(
              z.object({
                part: z.string(),
                rules: z.array(ruleId),
                outcome: z.enum(['fired', 'satisfied', 'does not apply', 'not judged', 'unknown']),
                because,
              }),
            ),
            overrides: z.array(z.object({ rule: ruleId, applied: z.boolean(), because })),
            defaults: z.object({ won: z.boolean(), because }).nullable(),
          }),
        ),
        exceptions: z.array(z.object({ name: z.string(), excuses: z.boolean(), because })),
        omitted: z
          .object({
            candidates: z.int().min(0),
            grants: z.int().min(0),
            policies: z.int().min(0),
            exceptions: z.int().min(0),
          })
          .meta({
            description: 'How many there are besides: of many objects only what concerns each is told.',
          }),
        containers: z.array(
          z.object({
            name: z.string(),
            init: z.boolean(),
            injected: z.boolean(),
            because,
            variables: z.array(z.string()),
          }),
        ),
        changes: z.array(z.string()),
        unknown: z.array(z.string()),
      }),
    ),
    incomplete,
    summary: reviewSummary,
  },
)

const percentiles = z.object({ p50: z.number().min(0), p99: z.number().min(0) })

const benchResult: z.ZodType<BenchResult> = document(
  'BenchResult',
  'What bench -o json prints, and --save keeps.',
  {
    policies: count('Policies that there were.'),
    objects: count('Objects that were timed.'),
    classes: z
      .array(
        z.object({
          class: text('The answer that they get: injected, refused and the like.'),
          objects: count('Objects that get this answer.'),
          samples: count('How often their decisions were timed.'),
          microseconds: percentiles.meta({ description: 'Of one decision under the policies.' }),
          withoutPolicies: percentiles.meta({ description: 'The same without any policy.' }),
          ratio: percentiles.meta({ description: 'The one by the other.' }),
        }),
      )
      .meta({ description: 'In order of names.' }),
  },
)

const checkResult: z.ZodType<CheckResult> = document('CheckResult', 'What check -o json prints.', {
  server: text('The address of the API server.'),
  namespace: text('The namespace of the service.'),
  items: z
    .array(
      z.object({
        id: idsOf<InstallationCheckId>(CHECK_IDS).meta({ description: 'The id of a check: docs/check.md.' }),
        group: idsOf<Group>(Object.keys(GROUPS) as Group[]),
        level: z.enum(LEVELS).meta({ description: 'unknown: nobody could tell.' }),
        what: text('One sentence.'),
        wanted: text('Empty where there is nothing to hold against each other.'),
        got: text('Likewise.'),
        cure: text('A command or a setting; empty where all is well.'),
        docs: text('The section about it.'),
      }),
    )
    .meta({ description: 'A check may have several lines.' }),
  summary: z.object({
    ok: count('Lines of that level.'),
    warn: count('Lines of that level.'),
    fail: count('Lines of that level.'),
    unknown: count('Lines of that level.'),
  }),
})

const rulePage: z.ZodType<RulePage> = document('RulePage', 'What explain RULE -o json prints.', {
  id: text('The id of the rule, or of the check of lint.'),
  of: z.enum(['rule', 'lint check']),
  action: z.enum(['Deny', 'Warn', 'Audit', 'Error', 'Warning', 'Info']).meta({
    description: 'What it does by itself; of a check its severity.',
  }),
  severity: text('Of a rule; empty for a check.'),
  unlowerable: z.boolean().meta({ description: 'No policy and no exception makes less of it.' }),
  summary: text('One sentence, plain text.'),
  page: text('All of it, Markdown.'),
})

const rulePageList = document('RulePageList', 'What explain rules -o json prints.', {
  items: z.array(rulePage),
})

const RESULTS = {
  'bench-result': benchResult,
  'rule-page': rulePage,
  'rule-page-list': rulePageList,
  'review-result': reviewResult,
  'lint-result': lintResult,
  'check-result': checkResult,
  'instance-list': instanceList,
  'test-result': testResult,
  'what-if-result': whatIfResult,
  'server-result': serverResult,
  explanation,
}
