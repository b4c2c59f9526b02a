import { action } from './actions.ts'
import { withRules } from './cross-field.ts'
import { ruleId } from './names.ts'
import { part } from './parts.ts'
import { oneOf, text } from './text.ts'

/** Lowered, they would let one tenant pose as another (contract of the labels) or use what nobody granted. */
const NEVER_LOWERED: readonly string[] = ['label.forged', 'namespace.not-granted']

export const override = withRules(
  part('What the findings of one rule do under this policy.', {
    rule: ruleId('The id of the rule, such as instance.not-ready.'),
    action: action('Deny stops the pod, Warn admits it with a warning, Audit only records.').exactOptional(),
    severity: oneOf('How grave the finding is called in reports.', [
      'Critical',
      'High',
      'Medium',
      'Low',
      'Info',
    ]).exactOptional(),
    message: text(
      'Replaces the first sentence of the finding; how to mend it is still told. {appId}, {namespace}, {pod}, {policy} and {instance} stand for those of the case.',
      {
        max: 512,
        pattern: /^([^{}\p{Cc}]|\{(appId|namespace|pod|policy|instance)\})+$/u,
        wanted:
          'a text on one line, in which only {appId}, {namespace}, {pod}, {policy} and {instance} stand in braces',
      },
    ).exactOptional(),
  }),
  {
    cel: 'has(self.action) || has(self.severity) || has(self.message)',
    message: 'an override says at least one of action, severity and message',
    holds: ({ action: own, severity, message }) =>
      own !== undefined || severity !== undefined || message !== undefined,
  },
  {
    cel: `!(self.rule in [${NEVER_LOWERED.map((id) => `'${id}'`).join(', ')}]) || !has(self.action) || self.action == 'Deny'`,
    message: `${NEVER_LOWERED.join(' and ')} cannot be lowered: leave action out, or say Deny`,
    at: ['action'],
    holds: ({ rule, action: own }) => !NEVER_LOWERED.includes(rule) || own === undefined || own === 'Deny',
  },
)
