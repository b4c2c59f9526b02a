import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { CHECK_IDS, GROUPS } from '../../src/check/catalogue.ts'
import { ok } from '../../src/check/line.ts'

/** docs/check.md has a section for each check, in the order of the catalogue, and each line leads to its own. */

const page = readFileSync(join(import.meta.dirname, '../../docs/check.md'), 'utf8')

test('every check has its section, and every section its check', () => {
  expect([...page.matchAll(/^### (.+)$/gm)].map(([, id]) => id)).toEqual(CHECK_IDS)
})

test('the groups are those of the catalogue', () => {
  const headings = [...page.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading)
  expect(headings).toEqual(['Rights', ...Object.values(GROUPS)])
})

test('a line leads to the section about it, as GitHub names it', () => {
  expect(ok('webhooks.failure-policy', '').docs).toBe('docs/check.md#webhooksfailure-policy')
})
