import type * as z from 'zod'
import { withRules } from './cross-field.ts'
import { appId, dnsSubdomain, ruleId, workloadKind } from './names.ts'
import { listByKeys, part, setOf } from './parts.ts'
import { instant } from './instant.ts'
import { text } from './text.ts'

const VISIBLE = /[^ \t\r\n]/

const excused = withRules(
  part('Rules of one policy.', {
    name: dnsSubdomain('The name of the DaprSharedPolicy.'),
    rules: setOf(
      'The rules whose findings are excused.',
      ruleId('The id of a rule, such as strategy.not-allowed.'),
    ),
  }),
  {
    cel: "self.name != 'built-in'",
    message: 'what holds without any policy cannot be excused: name a DaprSharedPolicy',
    at: ['name'],
    holds: ({ name }) => name !== 'built-in',
  },
)

const subjects = part(
  'What is excused: pods of this namespace for which every given part holds.',
  {
    appIds: setOf('The app-ids that they ask for.', appId('An app-id.')).exactOptional(),
    workloads: listByKeys(
      'The workloads at the top.',
      part('One workload.', {
        kind: workloadKind('Kind, or Kind.group outside the groups core, apps and batch.'),
        name: dnsSubdomain('Its name.'),
      }),
      ['kind', 'name'],
      { min: 1 },
    ).exactOptional(),
    serviceAccounts: setOf(
      'The ServiceAccounts that they run as.',
      dnsSubdomain('The name of a ServiceAccount.'),
    ).exactOptional(),
  },
  { notEmpty: true },
)

export const exceptionSpec = part(
  'What is excused from which rules, why and until when. It counts only where the policy says so in its own exceptions.',
  {
    policies: listByKeys('The policies and their rules, each by name.', excused, ['name'], { min: 1 }),
    subjects,
    reason: text('Why, for whoever reviews it later.', { max: 1024, pattern: VISIBLE, wanted: 'a reason' }),
    reference: text('Where it was agreed, such as the number of a ticket.', {
      max: 256,
      pattern: VISIBLE,
      wanted: 'a reference, or none',
    }).exactOptional(),
    expiresAt: instant('When it ends, such as 2027-01-31T00:00:00Z.'),
  },
)

export type ExceptionSpec = z.infer<typeof exceptionSpec>
