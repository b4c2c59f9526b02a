import * as fc from 'fast-check'
import { isObject, type JsonObject } from '../../src/core/pod.ts'

/** Values that somebody or a template may leave where another belongs. */
const ODD_VALUES: readonly unknown[] = [
  null,
  '',
  ' ',
  '*',
  'a*',
  'Deny',
  'a.b',
  'A',
  'a'.repeat(64),
  'a'.repeat(600),
  '10.0.0.1',
  'https://a.b:1',
  '\u{1F600}',
  'a\u0000b',
  '2027-06-31T00:00:00Z',
  0,
  -1,
  1.5,
  1e6 + 1,
  true,
  [],
  [null],
  ['a', 'a'],
  ['Deny', 'Warn'],
  ['Audit'],
  {},
  { name: 'a' },
  { a: null },
  { a: 'b' },
]

type Path = readonly (string | number)[]

/** `object` with one thing in its spec changed: replaced, left out, repeated, or joined by a stranger. */
export function mutations(object: JsonObject): fc.Arbitrary<JsonObject> {
  const paths = pathsIn(object['spec'], ['spec'])
  const path = fc.constantFrom(...paths)
  return fc.oneof(
    fc
      .tuple(path, fc.constantFrom(...ODD_VALUES))
      .map(([at, value]) => changed(object, at, () => value) as JsonObject),
    path.map((at) => changed(object, at, () => undefined) as JsonObject),
    path.map((at) => changed(object, at, joined) as JsonObject),
  )
}

function joined(value: unknown): unknown {
  if (Array.isArray(value)) return [...(value as unknown[]), (value as unknown[])[0] ?? 'a']
  if (isObject(value)) return { ...value, stranger: 1 }
  return typeof value === 'string' ? `${value}-` : [value]
}

/** Of a long list only its ends, so that a mutation lands everywhere alike. */
function pathsIn(value: unknown, path: Path): Path[] {
  const keys: (string | number)[] = Array.isArray(value)
    ? [...new Set([0, value.length - 1])].filter((index) => index >= 0)
    : isObject(value)
      ? Object.keys(value)
      : []
  return [
    path,
    ...keys.flatMap((key) => pathsIn((value as Record<string | number, unknown>)[key], [...path, key])),
  ]
}

/** A deep copy with the value at `path` changed; a value of undefined is left out. */
function changed(value: unknown, [step, ...rest]: Path, change: (value: unknown) => unknown): unknown {
  if (step === undefined) return change(value)
  if (Array.isArray(value))
    return (value as unknown[]).flatMap((item, index) => {
      const next = index === step ? changed(item, rest, change) : item
      return next === undefined ? [] : [next]
    })
  if (!isObject(value)) return value
  const next = changed(value[step], rest, change)
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, field]) =>
      key !== step ? [[key, field]] : next === undefined ? [] : [[key, next]],
    ),
  )
}
