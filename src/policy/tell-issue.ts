import type * as z from 'zod'
import { nearestName } from '../core/near-names.ts'
import { isObject, type JsonObject } from '../core/pod.ts'
import { quote } from '../core/quote.ts'
import { fieldsOf, schemaAt } from './schema/descend.ts'

/** What is wrong with one field of a resource, in words that end without a full stop. */
export interface Problem {
  /** from the top of the object: `['spec', 'overrides', 0, 'rule']` */
  readonly path: readonly (string | number)[]
  readonly message: string
}

interface Judged {
  readonly object: JsonObject
  readonly schema: z.ZodType
}

/** One of zod's issues in the words of a user: the field, what was wanted there, what was got. */
export function tellIssue(issue: z.core.$ZodIssue, { object, schema }: Judged): Problem[] {
  const path = issue.path.map((step) => (typeof step === 'symbol' ? String(step) : step))
  const got = valueAt(object, path)
  const problem = (message: string): Problem[] => [{ path, message }]
  switch (issue.code) {
    case 'unrecognized_keys': {
      const known = Object.keys(fieldsOf(path.reduce(stepDown, schema) ?? schema) ?? {})
      return issue.keys.map((key) => ({ path: [...path, key], message: unknownField(key, known) }))
    }
    case 'invalid_type': {
      if (got === undefined) return problem('is required')
      const example = exampleOf(path.reduce(stepDown, schema))
      if (example !== undefined) return problem(`wanted a text such as ${quote(example)}, got ${shown(got)}`)
      return problem(
        `wanted ${TYPES[issue.expected] ?? issue.expected}, got ${shown(got)}${cureOf(issue, got)}`,
      )
    }
    case 'invalid_value':
      if (got === undefined) return problem('is required')
      return problem(
        `wanted ${alternatives(issue.values.map(String))}, got ${shown(got)}${cureOf({ expected: 'string' }, got)}`,
      )
    case 'too_big':
    case 'too_small':
      return problem(tellSize(issue, got))
    case 'invalid_format':
      return problem(`${issue.message}, got ${shown(got)}`)
    case 'invalid_key':
      return problem('wanted a key, such as env or example.com/team')
    case 'custom':
    case 'invalid_element':
    case 'invalid_union':
    case 'not_multiple_of':
      return problem(issue.message)
  }
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'a text',
  int: 'a whole number',
  number: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
}

/** Of a text with a form of its own, for which quotes alone are no cure. */
function exampleOf(schema: z.ZodType | undefined): string | undefined {
  const [example] = (schema?.meta()?.['examples'] as readonly unknown[] | undefined) ?? []
  return typeof example === 'string' ? example : undefined
}

function cureOf({ expected }: { expected: string }, got: unknown): string {
  return expected === 'string' && (typeof got === 'number' || typeof got === 'boolean')
    ? ': put it in quotes'
    : ''
}

function unknownField(key: string, known: readonly string[]): string {
  return known.length === 0
    ? `unknown field ${quote(key)}`
    : `unknown field ${quote(key)}; did you mean ${nearestName(key, known)}?`
}

type SizeIssue = Extract<z.core.$ZodIssue, { code: 'too_big' | 'too_small' }>

function tellSize(issue: SizeIssue, got: unknown): string {
  const bound = issue.code === 'too_big' ? `at most ${issue.maximum}` : `at least ${issue.minimum}`
  if (!Array.isArray(got)) return `wanted ${bound}, got ${shown(got)}`
  return `wanted ${bound} ${Number(issue.code === 'too_big' ? issue.maximum : issue.minimum) === 1 ? 'entry' : 'entries'}, got ${got.length === 0 ? 'none' : got.length}`
}

/** `Deny, Warn or Audit` */
export function alternatives(words: readonly string[]): string {
  return words.length === 1 ? (words[0] ?? '') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`
}

function shown(value: unknown): string {
  if (typeof value === 'string') return quote(value)
  if (value === null) return 'nothing'
  if (Array.isArray(value)) return 'a list'
  return isObject(value) ? 'an object' : JSON.stringify(value)
}

function valueAt(object: unknown, path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>((value, step) => {
    if (Array.isArray(value)) return value[Number(step)] as unknown
    return isObject(value) && Object.hasOwn(value, step) ? value[step] : undefined
  }, object)
}

function stepDown(schema: z.ZodType | undefined, step: string | number): z.ZodType | undefined {
  return schema === undefined ? undefined : schemaAt(schema, step)
}
