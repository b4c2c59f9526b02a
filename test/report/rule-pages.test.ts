import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { PAGES_FILE, rulePagesFile } from '../../scripts/rule-pages.ts'
import { RULES } from '../../src/core/rules.ts'
import { CHECKS } from '../../src/lint/checks.ts'
import { CHECK_PAGES, RULE_PAGES } from '../../src/report/rule-pages.ts'

test('src/report/rule-pages.ts is what the documentation makes', async () => {
  expect(readFileSync(PAGES_FILE, 'utf8'), 'a page has changed: run npm run rule-pages').toBe(
    await rulePagesFile(),
  )
})

test('there is a page for every rule and every check', () => {
  expect(Object.keys(RULE_PAGES)).toEqual(Object.keys(RULES))
  expect(Object.keys(CHECK_PAGES)).toEqual(Object.keys(CHECKS))
})

describe.each([
  ['rule', RULE_PAGES],
  ['check', CHECK_PAGES],
])('of each %s', (_, pages) => {
  test.each(Object.entries(pages))('%s: the summary is one plain sentence', (_id, { summary }) => {
    expect(summary).toMatch(/^\w[^\n]+[.…]$/)
    expect(summary).not.toMatch(/\*\*|`|\]\(|\. [A-Z]/)
  })
})

test('a page keeps its Markdown, and its links lead somewhere from the root of the checkout', () => {
  expect(RULE_PAGES['namespace.not-granted'].markdown).toMatch(
    /^\*\*Deny\.\*\* [^]+\[grant\]\(docs\/policy-reference\.md#daprsharedgrant\)[^]+_Cure:_ /,
  )
})
