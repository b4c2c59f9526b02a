import { globSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { denialMessage } from '../../src/core/message.ts'
import type { ReviewItem } from '../../src/review/result.ts'
import { differences } from './compare.ts'
import { readCases } from './read-case.ts'
import { runCase } from './run-case.ts'

const here = import.meta.dirname
const files = globSync('!(state)/**/*.yaml', { cwd: here })
const suites = await Promise.all(
  files.toSorted().map(async (file) => ({ file, cases: await readCases(join(here, file)) })),
)

for (const { file, cases } of suites) {
  describe(file, () => {
    for (const one of cases) {
      test(one.name, async () => {
        const outcome = await runCase(one)
        expect(await differences(one, outcome)).toEqual([])
        expectSound(outcome.reviewed.item)
      })
    }
  })
}

/** What holds for every answer, whatever the case is about. */
function expectSound({ allowed, findings, warnings, patch, env }: ReviewItem): void {
  const told = findings.filter(({ action }) => action === 'Deny').length
  expect(allowed).toBe(told === 0)
  if (!allowed) {
    expect(patch).toEqual([])
    expect(env).toEqual({})
    expect(denialMessage(findings)).toMatch(/^\[[a-z.-]+\] [ -~]{1,1000}$/)
  }
  for (const warning of warnings) expect(warning).toMatch(/^[ -~]{1,120}$/)
}
