import type * as z from 'zod'
import { actions } from './actions.ts'
import { WRITTEN_DEFAULTS } from './default-values.ts'
import { injectionDefaults } from './injection-defaults.ts'
import { labelSelector } from './label-selector.ts'
import { match } from './match.ts'
import { override } from './override.ts'
import { list, listByKeys, part, setOf } from './parts.ts'
import { policyRules } from './policy-rules.ts'
import { oneOf, wholeNumber } from './text.ts'

const scopedAction = part('What findings do at some points, instead of validationActions.', {
  points: setOf(
    'The points: Pod (admission of pods), Workload (of workload templates), Audit (the scan of what runs), CLI (the command line).',
    oneOf('A point at which the policy is asked.', ['Pod', 'Workload', 'Audit', 'CLI']),
    { max: 4 },
  ),
  actions: actions('What findings do there.'),
})

export const policySpec = part('What Dapr Shared may be used for.', {
  match: match.exactOptional(),
  validationActions: actions(
    "What findings of this policy's rules do: Deny stops the pod, Warn admits it with a warning, Audit only records.",
  )
    .meta({ default: WRITTEN_DEFAULTS.validationActions })
    .exactOptional(),
  scopedActions: list(
    'Other actions at some points. At Workload every Deny only warns, unless an entry here says Deny for it.',
    scopedAction,
    { max: 16 },
  ).exactOptional(),
  failurePolicy: oneOf(
    'When a fact that a rule needs is unknown and stays so: Fail lets the rule find fault, Ignore passes it over.',
    ['Fail', 'Ignore'],
  )
    .meta({ default: WRITTEN_DEFAULTS.failurePolicy })
    .exactOptional(),
  exceptions: part(
    'Where a DaprSharedException may excuse pods from this policy. Absent: nowhere.',
    { namespaceSelector: labelSelector('Labels of the namespaces whose exceptions count.').exactOptional() },
    { notEmpty: true },
  ).exactOptional(),
  priority: wholeNumber('Which of several matching policies supplies defaults: the highest number does.', {
    min: -1_000_000,
    max: 1_000_000,
  })
    .meta({ default: WRITTEN_DEFAULTS.priority })
    .exactOptional(),
  defaults: injectionDefaults.exactOptional(),
  rules: policyRules.exactOptional(),
  overrides: listByKeys(
    'What single rules do under this policy, also those that no part of rules names.',
    override,
    ['rule'],
  ).exactOptional(),
})

/** As a user writes it: what is absent has the values of default-values.ts. */
export type PolicySpec = z.infer<typeof policySpec>
