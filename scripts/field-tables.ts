import { isObject, type JsonObject } from '../src/core/pod.ts'
import { RULE_IDS } from '../src/core/rules.ts'
import { customResourceDefinitions } from '../src/policy/crd.ts'
import { isResourceKind, type ResourceKind } from '../src/policy/kinds.ts'
import { SILENT_DEFAULTS } from '../src/policy/schema/default-values.ts'

/** The tables of docs/policy-reference.md, made of the CRDs, so that they cannot say anything else. */

export const REFERENCE_PAGE = 'docs/policy-reference.md'

/** One field: `spec.rules.capacity.maxPods`, `spec.overrides[].rule`. */
export interface Field {
  readonly path: string
  readonly schema: JsonObject
  readonly required: boolean
}

/** What an author writes in a kind; the fields of label selectors are told once, for all of them. */
export function specFields(kind: ResourceKind): Field[] {
  return childrenOf('spec.', objectAt(objectAt(rootOf(kind), 'properties'), 'spec'))
}

/** What the service writes; the other kinds have no more of it than instances. */
export function statusFields(kind: ResourceKind = 'DaprSharedInstance'): Field[] {
  return childrenOf('status.', objectAt(objectAt(rootOf(kind), 'properties'), 'status'))
}

export function selectorFields(): Field[] {
  const selector = specFields('DaprSharedPolicy').find(({ schema }) => isSelector(schema))
  if (selector === undefined) throw new Error('no field of a policy is a label selector')
  return childrenOf('', selector.schema)
}

const BETWEEN_MARKERS =
  /(<!-- fields of (\w+): written by npm run policy-reference -->\n<!-- prettier-ignore-start -->\n)[\s\S]*?(<!-- prettier-ignore-end -->)/g

/** The page with each table as the schemas would have it. */
export function withFieldTables(page: string): string {
  return page.replaceAll(
    BETWEEN_MARKERS,
    (_, start: string, name: string, end: string) => `${start}\n${tableOf(tableFields(name))}\n${end}`,
  )
}

function tableFields(name: string): Field[] {
  if (name === 'LabelSelector') return selectorFields()
  if (name === 'Status') return statusFields()
  if (isResourceKind(name)) return specFields(name)
  throw new Error(`${REFERENCE_PAGE}: no fields of ${name}: wanted a kind of ours, LabelSelector or Status`)
}

function rootOf(kind: ResourceKind): JsonObject {
  const definition = customResourceDefinitions().find(({ spec }) => spec.names.kind === kind)
  if (definition === undefined) throw new Error(`no CRD for ${kind}`)
  return definition.spec.versions[0].schema.openAPIV3Schema
}

function childrenOf(prefix: string, parent: JsonObject): Field[] {
  const required = listAt(parent, 'required')
  return Object.entries(objectAt(parent, 'properties')).flatMap(([name, schema]) => {
    if (!isObject(schema)) return []
    const path = `${prefix}${name}`
    const field = { path, schema, required: required.includes(name) }
    if (isSelector(schema)) return [field]
    const inner = 'items' in schema ? childrenOf(`${path}[].`, objectAt(schema, 'items')) : []
    return [field, ...inner, ...childrenOf(`${path}.`, schema)]
  })
}

function isSelector(schema: JsonObject): boolean {
  return 'matchLabels' in objectAt(schema, 'properties')
}

function tableOf(fields: readonly Field[]): string {
  const rows = fields.map(({ path, schema, required }) => [
    `\`${path}\``,
    typeOf(schema),
    required ? 'required' : defaultOf(path, schema),
    withLinks(meaningOf(schema)),
  ])
  return [['field', 'type', 'default', 'meaning'], ['---', '---', '---', '---'], ...rows]
    .map((cells) => `| ${cells.map((cell) => cell.replaceAll(/[|*]/g, '\\$&')).join(' | ')} |\n`)
    .join('')
}

function typeOf(schema: JsonObject): string {
  const words = listAt(schema, 'enum')
  if (words.length > 0) return words.map(wordOf).join(', ')
  if (isSelector(schema)) return '[label selector](#label-selectors)'
  const at = (key: string): string => Number(schema[key]).toLocaleString('en')
  switch (schema['type']) {
    case 'string':
      return schema['format'] === 'date-time'
        ? 'date and time'
        : `text, at most ${at('maxLength')} characters`
    case 'integer':
      return schema['maximum'] === Number.MAX_SAFE_INTEGER
        ? `whole number, ${at('minimum')} or more`
        : `whole number, ${at('minimum')} to ${at('maximum')}`
    case 'array':
      return `list, ${'minItems' in schema ? `${at('minItems')} to` : 'at most'} ${at('maxItems')}${itemsOf(schema)}`
    default:
      if ('maxProperties' in schema) return `texts by name, at most ${at('maxProperties')}`
      return 'minProperties' in schema ? 'object, not empty' : 'object'
  }
}

function itemsOf(list: JsonObject): string {
  const items = objectAt(list, 'items')
  if (items['type'] !== 'object') return `: ${typeOf(items)}`
  const keys = listAt(list, 'x-kubernetes-list-map-keys').map((key) => `\`${String(key)}\``)
  return keys.length === 0 ? ' objects' : ` objects, one for each ${keys.join(' and ')}`
}

/** `"Off"` in its quotes, as kubectl reads a bare one as a boolean. */
function wordOf(word: unknown): string {
  return word === 'Off' ? '`"Off"`' : `\`${String(word)}\``
}

function defaultOf(path: string, schema: JsonObject): string {
  const silent = new Map<string, unknown>(
    Object.entries(SILENT_DEFAULTS).map(([name, value]) => [`spec.defaults.${name}`, value]),
  )
  const value = schema['default'] ?? silent.get(path)
  if (value === undefined) return ''
  return `\`${JSON.stringify(value).replaceAll('"', '')}\``
}

/** Its own sentence, that of its entries, and what is refused of several fields together. */
function meaningOf(schema: JsonObject): string {
  const items = objectAt(schema, 'items')
  const own = descriptionOf(schema)
  const each = items['type'] === 'object' ? '' : descriptionOf(items)
  const refusals = [
    ...listAt(schema, 'x-kubernetes-validations'),
    ...listAt(items, 'x-kubernetes-validations'),
  ]
  return [
    own,
    ...(each === '' || own.includes(each) ? [] : [`Each: ${each}`]),
    ...refusals.flatMap((one) => (isObject(one) ? `Checked: ${String(one['message'])}.` : [])),
  ].join(' ')
}

function withLinks(text: string): string {
  return RULE_IDS.reduce(
    (linked, id) => linked.replaceAll(id, `[${id}](rules.md#${id.replaceAll('.', '')})`),
    text,
  )
}

function descriptionOf({ description }: JsonObject): string {
  return typeof description === 'string' ? description : ''
}

function objectAt(schema: JsonObject, key: string): JsonObject {
  const value = schema[key]
  return isObject(value) ? value : {}
}

function listAt(schema: JsonObject, key: string): readonly unknown[] {
  const value = schema[key]
  return Array.isArray(value) ? value : []
}
