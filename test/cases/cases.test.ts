import { globSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { denialMessage } from '../../src/core/message.ts'
import type { ReviewItem } from '../../src/review/result.ts'
import { aBench, judged, testsIn } from '../suite/a-bench.ts'

const here = import.meta.dirname
const files = globSync('!(state)/**/*.dapr-shared-test.yaml', { cwd: here })
const suites = await Promise.all(
  files.toSorted().map(async (file) => ({ file, tests: await testsIn(join(here, file)) })),
)

for (const { file, tests } of suites) {
  describe(file, () => {
    const bench = aBench()
    for (const one of tests) {
      test(one.name, async () => {
        const { outcome, differences, problems } = await judged(one, bench)
        expect([...problems, ...differences]).toEqual([])
        expect(outcome).toBeDefined()
        if (outcome !== undefined) expectSound(outcome.reviewed.item)
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
