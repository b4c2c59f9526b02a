import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { SERVE_FLAGS } from '../../src/config/serve-flags.ts'
import { specFields } from '../../scripts/field-tables.ts'
import { RULE_IDS, RULES } from '../../src/core/rules.ts'
import { DEFAULT_SKIPPED_CONTAINERS, KNOWN_ANNOTATIONS } from '../../src/core/vocabulary.ts'
import { makeMetrics } from '../../src/telemetry/metrics.ts'
import { run } from '../cli/run.ts'

/** What the code has, the documentation tells; and what it tells, the code has. */

const page = (name: string): string => readFileSync(join(resolve(import.meta.dirname, '../..'), name), 'utf8')
const found = (text: string, pattern: RegExp): string[] =>
  [...text.matchAll(pattern)].map(([, name = '']) => name).toSorted()

describe('docs/rules.md', () => {
  test('has a section for every rule, in the order of the catalogue, and none for others', () => {
    const sections = [...page('docs/rules.md').matchAll(/^## (.+)$/gm)].map(([, rule]) => rule)
    expect(sections).toEqual(Object.keys(RULES))
  })

  test.each(Object.entries(RULES))('%s: says the action that the rule has', (rule, { action }) => {
    expect(page('docs/rules.md')).toContain(`## ${rule}\n\n**${action}.**`)
  })

  const sections = new Map(
    page('docs/rules.md')
      .split(/^## /m)
      .map((section) => [section.split('\n')[0] ?? '', section] as const),
  )

  test.each(Object.keys(RULES))('%s: has an example and a cure', (rule) => {
    expect(sections.get(rule)).toMatch(/_Example:_ [^]+_Cure:_ /)
  })

  const governed = specFields('DaprSharedPolicy')
    .filter(({ path }) => path.startsWith('spec.rules.'))
    .flatMap(({ path, schema }) =>
      RULE_IDS.filter((rule) => String(schema['description']).includes(rule)).map(
        (rule) => [rule, path.replace('spec.', '')] as const,
      ),
    )

  test.each(governed)('%s: names %s, the part of a policy that governs it', (rule, path) => {
    expect(sections.get(rule)).toContain(`_Policy:_ \`${path}`)
  })

  test('says of no other rule that a part of the rules governs it', () => {
    const told = [...sections].flatMap(([rule, text]) => (text.includes('_Policy:_ `rules.') ? [rule] : []))
    expect(told.toSorted()).toEqual([...new Set(governed.map(([rule]) => rule))].toSorted())
  })
})

describe('README.md', () => {
  test('lists every annotation, and no other', () => {
    const listed = found(page('README.md'), /^\| `(dapr\.io\/[a-z-]+)/gm)
    expect(listed).toEqual([...KNOWN_ANNOTATIONS].toSorted())
  })
})

describe('docs/operations.md', () => {
  const text = page('docs/operations.md')

  /** The flags in the table of a section. */
  const flagsOf = (section: string): string[] => {
    const [, rest = ''] = text.split(`\n## ${section}\n`)
    const rows = (rest.split('\n## ')[0] ?? '').split('\n').filter((line) => line.startsWith('| `--'))
    return rows.flatMap((row) => found(row.split('|')[1] ?? '', /`--([a-z-]+)/g)).toSorted()
  }

  test('lists every flag of serve, and no other', () => {
    expect(flagsOf('Flags of `serve`')).toEqual(
      [...SERVE_FLAGS.map(({ name }) => name), 'state', 'cluster'].toSorted(),
    )
  })

  test('lists every flag of manifests, and no other', async () => {
    const { out } = await run(['manifests', '--help'])
    const known = found(out, /^ +(?:-\w, )?--([a-z-]+)/gm).filter((flag) => flag !== 'help')
    expect(flagsOf('Flags of `manifests`')).toEqual(known.toSorted())
  })

  test('lists every metric with its labels, and no other', async () => {
    const observed = {
      instances: () => [],
      policies: () => ({ accepted: 0, invalid: 0 }),
      resources: () => [],
      certificates: () => [],
    }
    const { registry } = makeMetrics(observed, { version: '0' }, () => 0)
    const defined = (await registry.getMetricsAsJSON()).map(({ name }) => name).toSorted()
    expect(found(text, /^\| `(dapr_shared_[a-z_]+)/gm)).toEqual(defined)
  })

  test('names the containers that are left alone', () => {
    for (const container of DEFAULT_SKIPPED_CONTAINERS) expect(text).toContain(`\`${container}\``)
  })
})
