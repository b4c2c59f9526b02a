import { isObject, type JsonObject } from '../core/pod.ts'
import { RULE_IDS, RULES } from '../core/rules.ts'
import { customResourceDefinitions } from './crd.ts'
import { API_VERSION, type ResourceKind } from './kinds.ts'
import { SILENT_DEFAULTS } from './schema/default-values.ts'

const KIND: ResourceKind = 'DaprSharedPolicy'

/** `built-in` is no name for a policy: findings use it for what holds without one. */
export const DEFAULT_POLICY_NAME = 'defaults'

const HEAD = `# What holds where no policy says otherwise, as a policy. Applied as it stands it changes nothing, also beside
# other policies. It is a place to start from: lines that begin with ## tell, lines that begin with one # are
# fields with the value that holds without them. Take the "# " away, and of what it stands under too.
`

const OVERRIDES_HEAD = `Each line has what the rule does without any policy. A built-in rule takes the strongest action of
all matching policies that override it; of a rule that a part of rules brings, it overrides what this policy does.`

/** Parts whose defaults are not what holds without them: to bind app-ids, and none, is to refuse everybody. */
const ONLY_TOLD: ReadonlySet<string> = new Set(['identity'])

/**
 * The built-in behaviour as a resource, made of the catalogue of rules and the schema. The overrides are a flow sequence, as
 * that may be empty and still take any of its lines.
 */
export function defaultPolicy(): string {
  const { overrides, ...parts } = propertiesOf(specSchema())
  const lines = [
    ...Object.entries(parts).flatMap(([name, schema]) => topLevel(name, schema)),
    ...tell(descriptionOf(overrides), 0),
    ...tell(OVERRIDES_HEAD, 0),
    'overrides: [',
    ...RULE_IDS.map(
      (id) => `  # {rule: ${id}, action: ${RULES[id].action}, severity: ${RULES[id].severity}},`,
    ),
    '  ]',
  ]
  return `${HEAD}apiVersion: ${API_VERSION}
kind: ${KIND}
metadata:
  name: ${DEFAULT_POLICY_NAME}
spec:
${lines.map((line) => `  ${line}\n`).join('')}`
}

/** What has a default of its own is written out; a part may only stand there with something in it, so it is a comment. */
function topLevel(name: string, schema: JsonObject): string[] {
  const value = schema['default']
  if (value === undefined) return field(name, schema, 0)
  return [...tell(descriptionOf(schema), 0), `${name}: ${written(value)}`]
}

/** A field and those below it. One that has no default, and below it nothing that has, is told and not offered. */
function field(name: string, schema: JsonObject, depth: number): string[] {
  const told = tell(descriptionOf(schema), depth)
  const value = schema['default'] ?? silentDefault(name)
  if (value !== undefined) return [...told, comment(`${name}: ${written(value)}`, depth)]
  const below = Object.entries(propertiesOf(schema))
  if (isSelector(schema) || below.length === 0) {
    return tell(`${name}: ${descriptionOf(schema)} ${typeOf(schema)}`, depth)
  }
  const children = below.flatMap(([own, inner]) => field(own, inner, depth + 1))
  const isOffered = children.some((line) => !line.startsWith('##')) && !ONLY_TOLD.has(name)
  return isOffered
    ? [...told, comment(`${name}:`, depth), ...children]
    : [
        ...tell(`${name}: ${descriptionOf(schema)}`, depth),
        ...children.map((line) => line.replace(/^# /, '## ')),
      ]
}

function comment(text: string, depth: number): string {
  return `# ${'  '.repeat(depth)}${text}`
}

const WIDTH = 100

/** Prose, in lines of a readable length. */
function tell(text: string, depth: number): string[] {
  const lines: string[] = []
  for (const word of text.trim().split(/\s+/)) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + word.length < WIDTH) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines.map((line, index) => `## ${'  '.repeat(depth)}${index === 0 ? '' : '  '}${line}`)
}

function silentDefault(name: string): unknown {
  return Object.entries(SILENT_DEFAULTS).find(([own]) => own === name)?.[1]
}

function written(value: unknown): string {
  return Array.isArray(value) ? `[${value.join(', ')}]` : String(value)
}

function typeOf(schema: JsonObject): string {
  const items = isObject(schema['items']) ? schema['items'] : undefined
  const words = (items ?? schema)['enum']
  if (Array.isArray(words)) return `(${items === undefined ? '' : 'a list of '}${words.join(', ')})`
  if (isSelector(schema)) return '(a label selector)'
  if (items !== undefined) return items['type'] === 'object' ? '(a list of objects)' : '(a list)'
  return schema['type'] === 'integer' ? '(a whole number)' : '(a text)'
}

function isSelector(schema: JsonObject): boolean {
  return 'matchLabels' in propertiesOf(schema)
}

function specSchema(): JsonObject {
  const definition = customResourceDefinitions().find(({ spec }) => spec.names.kind === KIND)
  const whole = definition?.spec.versions[0].schema.openAPIV3Schema
  return propertiesOf(whole ?? {})['spec'] ?? {}
}

function propertiesOf(schema: JsonObject): Readonly<Record<string, JsonObject>> {
  const properties = isObject(schema['properties']) ? schema['properties'] : {}
  return Object.fromEntries(
    Object.entries(properties).filter((entry): entry is [string, JsonObject] => isObject(entry[1])),
  )
}

function descriptionOf(schema: JsonObject | undefined): string {
  return typeof schema?.['description'] === 'string' ? schema['description'] : ''
}
