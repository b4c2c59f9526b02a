import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import type { ReviewFinding, ReviewItem } from '../../src/review/result.ts'
import type { Case } from './read-case.ts'
import type { Outcome } from './run-case.ts'
import type { Expectation, ExpectedFinding } from './suite.ts'

/** How an outcome differs from what the test expects: one line each, none where all is well. */
export async function differences(one: Case, { reviewed: { item }, again }: Outcome): Promise<string[]> {
  const { expect } = one
  const patch = await expectedPatch(one)
  const second = again?.item.patch ?? []
  return [
    ...unequal('allowed', expect.allowed, item.allowed, toldBy(item)),
    ...unequal('matched', expect.matched, item.matched),
    ...missingFindings(expect, item),
    ...otherFindings(expect, item),
    ...unequal('warnings', expect.warnings, item.warnings.length, `: ${item.warnings.join(' | ')}`),
    ...differentEnv(expect, item),
    ...unequal('patch', patch, item.patch),
    ...unequal('idempotent', expect.idempotent, second.length === 0, `: ${JSON.stringify(second)}`),
  ]
}

async function expectedPatch({ expect: { patch }, written }: Case): Promise<unknown> {
  return typeof patch === 'string'
    ? JSON.parse(await readFile(resolve(dirname(written.file), patch), 'utf8'))
    : patch
}

function unequal(name: string, wanted: unknown, got: unknown, because = ''): string[] {
  if (wanted === undefined || isDeepStrictEqual(wanted, got)) return []
  return [`${name}: wanted ${JSON.stringify(wanted)}, got ${JSON.stringify(got)}${because}`]
}

function missingFindings({ findings = [] }: Expectation, item: ReviewItem): string[] {
  return findings
    .filter((wanted) => !item.findings.some((finding) => fits(finding, wanted)))
    .map((wanted) => `findings: none is ${JSON.stringify(wanted)}${toldBy(item)}`)
}

function otherFindings({ findings = [], only }: Expectation, item: ReviewItem): string[] {
  if (only !== true) return []
  return item.findings
    .filter((finding) => !findings.some((wanted) => fits(finding, wanted)))
    .map((finding) => `only: there is also ${told(finding)}`)
}

function fits(finding: ReviewFinding, { rule, action, policy, message }: ExpectedFinding): boolean {
  return (
    (rule === undefined || finding.rule === rule) &&
    (action === undefined || finding.action === action) &&
    (policy === undefined || finding.policy === policy) &&
    (message === undefined || says(`${finding.message} ${finding.cure}`, message))
  )
}

function says(text: string, wanted: string): boolean {
  const pattern = /^\/(.*)\/$/s.exec(wanted)?.[1]
  return pattern === undefined ? text.includes(wanted) : new RegExp(pattern).test(text)
}

function differentEnv({ env = {} }: Expectation, item: ReviewItem): string[] {
  return Object.entries(env).flatMap(([container, variables]) => {
    const got = item.env[container]
    if (got === undefined) return [`env: no container ${container}${toldBy(item)}`]
    return Object.entries(variables).flatMap(([name, wanted]) =>
      unequal(`env of ${container}: ${name}`, wanted, got[name] ?? null),
    )
  })
}

function toldBy({ findings }: ReviewItem): string {
  return findings.length === 0 ? '' : `: ${findings.map(told).join(' | ')}`
}

function told({ rule, action, message, cure }: ReviewFinding): string {
  return `${action} [${rule}] ${message} ${cure}`
}
