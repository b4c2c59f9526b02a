import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  REFERENCE_PAGE,
  selectorFields,
  specFields,
  statusFields,
  withFieldTables,
} from '../../scripts/field-tables.ts'
import { RULE_IDS } from '../../src/core/rules.ts'
import { RESOURCE_KINDS } from '../../src/policy/kinds.ts'
import { isProblems, readResource } from '../../src/policy/read-resource.ts'
import { parseManifests } from '../../src/state/parse-manifests.ts'

/** The pages about policies name what there is, and nothing else. */

const read = (name: string): string => readFileSync(join(resolve(import.meta.dirname, '../..'), name), 'utf8')
const reference = read(REFERENCE_PAGE)
const PAGES = [REFERENCE_PAGE, 'docs/policies.md', 'docs/rules.md']

const paths = new Set(
  [...RESOURCE_KINDS.flatMap(specFields), ...statusFields(), ...selectorFields()].map(({ path }) => path),
)
/** A page may leave out `spec.`, and of rules, match and defaults the way to them. */
const isField = (name: string): boolean =>
  [...paths].some((path) => path === name || path === `spec.${name}` || path.endsWith(`.rules.${name}`))

describe('docs/policy-reference.md', () => {
  test('has the tables of fields that the schemas make', () => {
    expect(reference, 'the schemas have changed: run npm run policy-reference').toBe(
      withFieldTables(reference),
    )
  })

  test.each(RESOURCE_KINDS)('has every field of %s', (kind) => {
    const section = reference.split(new RegExp(`^## ${kind}$`, 'm'))[1]?.split(/^## /m)[0]
    const told = [...(section ?? '').matchAll(/^\| `(spec\.[^`]+)`/gm)].map(([, path]) => path)
    expect(told).toEqual(specFields(kind).map(({ path }) => path))
  })

  test.each(RESOURCE_KINDS)('has every field of the status of %s', (kind) => {
    for (const { path } of statusFields(kind)) expect(reference).toContain(`| \`${path}\` |`)
  })
})

describe.each(PAGES)('%s', (name) => {
  const page = read(name)
  const code = [...page.replaceAll(/```[^]*?```/g, '').matchAll(/`([^`\n]+)`/g)].map(([, text = '']) => text)

  test('names only fields that exist', () => {
    const fields = code
      .map((text) => text.split(':')[0] ?? '')
      .filter((text) => /^(spec|status|match|rules|defaults|subjects|external)\.[\w.[\]]+$/.test(text))
    expect(fields.filter((field) => !isField(field))).toEqual([])
  })

  test('names only rules that exist', () => {
    const families = [...new Set(RULE_IDS.map((id) => id.split('.')[0]))].join('|')
    const named = code.filter((text) => new RegExp(`^(${families})\\.[a-z-]+$`).test(text))
    // two fields are called like a family of rules
    expect(named.filter((id) => !RULE_IDS.some((rule) => rule === id) && !isField(id))).toEqual([])
  })

  test('shows only resources that the API server takes', () => {
    const blocks = [...page.matchAll(/```yaml\n([^]*?)```/g)].map(([, text = '']) => text)
    const resources = blocks.flatMap((text) => parseManifests(text, name).manifests)
    expect(resources.map(({ object }) => readResource(object)).filter(isProblems)).toEqual([])
  })
})
