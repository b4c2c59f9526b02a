import * as z from 'zod'
import { withRules } from './cross-field.ts'
import { list, part } from './parts.ts'
import { oneOf, text } from './text.ts'

/** Kubernetes' own selector, with its own limits; the API server would take any text for a key. */

const NAME = '[A-Za-z0-9]([-._A-Za-z0-9]{0,61}[A-Za-z0-9])?'
const PREFIX = '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*'

export const LABEL_KEY_PATTERN = new RegExp(`^(${PREFIX}/)?${NAME}$`)
export const LABEL_VALUE_PATTERN = new RegExp(`^(${NAME})?$`)

const KEY = {
  max: 317,
  pattern: LABEL_KEY_PATTERN,
  wanted: 'the key of a label, such as env or example.com/team',
} as const

const VALUE = {
  max: 63,
  pattern: LABEL_VALUE_PATTERN,
  wanted: 'the value of a label: at most 63 letters, digits, dashes, dots and underscores',
} as const

/** Each costs CEL once, and nobody selects by more. */
const MOST_LABELS = 16

const requirement = withRules(
  part('One requirement on the labels.', {
    key: text('The key of the label.', KEY),
    operator: oneOf(
      'How the label and the values must relate: In, NotIn (also where the label is absent), Exists or DoesNotExist.',
      ['In', 'NotIn', 'Exists', 'DoesNotExist'],
    ),
    values: list(
      'The values that In and NotIn compare with; absent for Exists and DoesNotExist.',
      text('A value of the label.', VALUE),
    ).exactOptional(),
  }),
  {
    cel: "self.operator in ['In', 'NotIn'] ? has(self.values) && size(self.values) > 0 : !has(self.values) || size(self.values) == 0",
    message: 'In and NotIn need values, Exists and DoesNotExist have none',
    at: ['values'],
    holds: ({ operator, values = [] }) =>
      operator === 'In' || operator === 'NotIn' ? values.length > 0 : values.length === 0,
  },
)

/**
 * A value of null is kept where a CRD otherwise drops it: `env:` with nothing behind it would leave a selector that is
 * wider than what stands there.
 */
const labels = withRules(
  z
    .record(z.string(), text('The value of the label.', VALUE).meta({ nullable: true }))
    .superRefine((value, context) => {
      const count = Object.keys(value).length
      if (count > MOST_LABELS)
        context.addIssue({ code: 'custom', message: `wanted at most ${MOST_LABELS} labels, got ${count}` })
    })
    .meta({
      description: 'Labels that must be there with exactly these values.',
      maxProperties: MOST_LABELS,
    }),
  {
    cel: `self.all(key, key.size() <= ${KEY.max} && key.matches('${KEY.pattern.source.replaceAll('\\', '\\\\')}'))`,
    message: `every key must be ${KEY.wanted}`,
    holds: (value) => Object.keys(value).every((key) => key.length <= KEY.max && KEY.pattern.test(key)),
  },
  {
    cel: 'self.all(key, dyn(self[key]) != null)',
    message: 'every label must have a value, if only an empty one in quotes',
    // null is no text, which zod says by itself
    holds: () => true,
  },
)

export function labelSelector(sentence: string) {
  return part(sentence, {
    matchLabels: labels.exactOptional(),
    matchExpressions: list('Requirements that must all hold.', requirement, { max: 16 }).exactOptional(),
  })
}

export type LabelSelector = z.infer<ReturnType<typeof labelSelector>>
