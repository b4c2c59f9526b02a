import { withRules } from './cross-field.ts'
import { setOf } from './parts.ts'
import { oneOf } from './text.ts'

const ACTIONS = ['Deny', 'Warn', 'Audit'] as const

export function action(sentence: string) {
  return oneOf(sentence, ACTIONS)
}

/** A Deny is told to the user by itself; that a Warn beside it would say the same twice is why both are refused. */
export function actions(sentence: string) {
  return withRules(
    setOf(sentence, action('Deny stops the pod, Warn admits it with a warning, Audit only records.'), {
      max: ACTIONS.length,
    }),
    {
      cel: "!('Deny' in self && 'Warn' in self)",
      message: 'Deny and Warn may not stand together: a refusal tells its reason by itself',
      holds: (values) => !(values.includes('Deny') && values.includes('Warn')),
    },
  )
}
