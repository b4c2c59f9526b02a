import type { Request } from './schema.ts'
import type { Place, SuiteProblem } from './suite.ts'

const FIELDS = ['operation', 'object', 'oldObject', 'namespace', 'userInfo'] as const

/** What is wrong with a request that has the right fields: which of them belong together. */
export function checkRequest(request: Request, place: Place): SuiteProblem[] {
  const problem = (field: string | undefined, message: string): SuiteProblem[] => [
    {
      source: place.sourceOf(['request', ...(field === undefined ? [] : [field])]),
      message: `request: ${message}`,
      fails: false,
    },
  ]
  const { operation = 'CREATE', object, oldObject, review } = request
  if (review !== undefined) {
    const other = FIELDS.find((field) => request[field] !== undefined)
    return other === undefined
      ? []
      : problem(other, `"review" has its own "${other}". Take it out here, or change the recorded review.`)
  }
  if (operation === 'CREATE' && oldObject !== undefined) {
    return problem('oldObject', 'a CREATE has no "oldObject". Say operation: UPDATE if it is one.')
  }
  if (operation === 'CREATE' && object === undefined) {
    return problem(undefined, 'wanted "object", a path or the object itself, or "review".')
  }
  if (operation === 'UPDATE' && (object === undefined || oldObject === undefined)) {
    return problem(undefined, 'an UPDATE needs "oldObject", as it was, and "object", as it shall be.')
  }
  if (operation === 'DELETE' && (object === undefined) === (oldObject === undefined)) {
    return problem(undefined, 'a DELETE needs the object that goes, once: as "oldObject".')
  }
  return []
}
