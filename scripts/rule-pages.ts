import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { format, resolveConfig } from 'prettier'
import { RULE_IDS } from '../src/core/rules.ts'
import { CHECKS } from '../src/lint/checks.ts'

/** What the documentation says of each rule and each check, for those who print it: `explain`, SARIF. */

const ROOT = resolve(import.meta.dirname, '..')
export const PAGES_FILE = join(ROOT, 'src/report/rule-pages.ts')

interface Page {
  readonly summary: string
  readonly markdown: string
}

/**
 * The text of src/report/rule-pages.ts, made of docs/rules.md and the table of docs/lint.md.
 *
 * @throws Error for a rule or a check of which the documentation says nothing
 */
export async function rulePagesFile(): Promise<string> {
  const sections = sectionsOf(page('docs/rules.md'))
  const rows = rowsOf(page('docs/lint.md'))
  const rules = RULE_IDS.map((id) => [id, rulePage(id, sections.get(id))] as const)
  const checks = Object.entries(CHECKS).map(([id, severity]) => [id, checkPage(id, severity, rows.get(id))])
  const source = `// Written by npm run rule-pages from docs/rules.md and docs/lint.md.
import type { RuleId } from '../core/rules.ts'
import type { CheckId } from '../lint/checks.ts'

/** What the documentation says of a rule or a check. */
export interface Page {
  /** one sentence, plain text */
  readonly summary: string
  /** all of it, without its heading; links into the documentation are relative to the root of the checkout */
  readonly markdown: string
}

export const RULE_PAGES: Readonly<Record<RuleId, Page>> = ${JSON.stringify(Object.fromEntries(rules))}

export const CHECK_PAGES: Readonly<Record<CheckId, Page>> = ${JSON.stringify(Object.fromEntries(checks))}
`
  return format(source, { ...(await resolveConfig(PAGES_FILE)), parser: 'typescript' })
}

const page = (name: string): string => readFileSync(join(ROOT, name), 'utf8')

function sectionsOf(text: string): ReadonlyMap<string, string> {
  return new Map(
    text
      .split(/^## /m)
      .slice(1)
      .map((section) => {
        const end = section.indexOf('\n')
        return [section.slice(0, end), section.slice(end).trim()] as const
      }),
  )
}

function rowsOf(text: string): ReadonlyMap<string, string> {
  return new Map(
    [...text.matchAll(/^\| `([^`]+)` +\| \w+ +\| (.*?) +\|$/gm)].map(([, id = '', told = '']) => [id, told]),
  )
}

function rulePage(id: string, section: string | undefined): Page {
  if (section === undefined) throw new Error(`docs/rules.md: wanted a section ## ${id}, found none.`)
  return { summary: firstSentence(plain(section).replace(/^\w+\. /, '')), markdown: fromRoot(section) }
}

function checkPage(id: string, severity: string, told: string | undefined): Page {
  if (told === undefined) throw new Error(`docs/lint.md: wanted a row of the table for ${id}, found none.`)
  const sentence = `${told.charAt(0).toUpperCase()}${told.slice(1)}${/[.…]$/.test(told) ? '' : '.'}`
  return { summary: plain(sentence), markdown: fromRoot(`**${severity}.** ${sentence}`) }
}

/** Lines of a page are folded where they happen to end. */
function plain(markdown: string): string {
  return markdown
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replaceAll(/\*\*|`/g, '')
    .replaceAll(/\s+/g, ' ')
}

function firstSentence(text: string): string {
  return /^.*?\.(?= |$)/.exec(text)?.[0] ?? text
}

function fromRoot(markdown: string): string {
  return markdown.replaceAll(/\]\((?!https?:|#)/g, '](docs/').replaceAll('](#', '](docs/rules.md#')
}
