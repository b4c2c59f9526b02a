import type * as z from 'zod'
import { isObject } from '../core/pod.ts'
import { tellIssue } from '../policy/tell-issue.ts'
import { fieldOf, type Path } from '../state/manifest.ts'
import { FIELDS_OF } from './schema.ts'
import type { Place, SuiteProblem } from './suite.ts'

/** A value that fits its schema, or everything that is wrong with it. */
export function checked<T>(
  schema: z.ZodType<T>,
  value: unknown,
  path: Path,
  place: Place,
): { readonly value: T | undefined; readonly problems: readonly SuiteProblem[] } {
  const { success, data, error } = schema.safeParse(value)
  if (success) return { value: data, problems: [] }
  const judged = { object: isObject(value) ? value : {}, schema }
  const problems = error.issues
    .flatMap((issue) => tellIssue(issue, judged))
    .map(({ path: below, message }) => ({
      source: place.sourceOf([...path, ...below]),
      message: `${fieldOf([...path, ...below])}: ${orElsewhere(below, message)}.`.replace(/([?])\.$/, '$1'),
      fails: false,
    }))
  return { value: undefined, problems }
}

/** A field that another part of a suite has stands at the wrong level; one like it here would be no help. */
function orElsewhere(path: Path, message: string): string {
  const field = path.at(-1)
  const home = Object.keys(FIELDS_OF).find((part) => FIELDS_OF[part]?.some((one) => one === field))
  const isUnknown = message.startsWith('unknown field ')
  return isUnknown && home !== undefined
    ? `unknown field "${field}" here: it belongs into "${home}"`
    : message
}
