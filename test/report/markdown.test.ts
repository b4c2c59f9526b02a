import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { escapeMarkdown } from '../../src/report/escape-markdown.ts'
import { toMarkdown } from '../../src/report/markdown.ts'
import { aProblem, anEntry, aReport, arbitraryReport, NASTY, nastyReport, refused } from './a-report.ts'

describe('Markdown', () => {
  test('counts, and tells what failed with place, rule, sentence and cure', () => {
    const problems = [aProblem(), aProblem({ rule: 'env.conflict', level: 'warning', field: '' })]
    const report = aReport([anEntry(), refused({ problems, detail: '-a\n+b' })], ['one is unknown'])
    expect(toMarkdown(report)).toBe(`### ❌ dapr-shared review: failed

2 judged: 1 passed, 1 failed, 0 skipped

#### Not judged

- one is unknown

#### What failed

| Where | What | Rule | Wrong | Cure |
| --- | --- | --- | --- | --- |
| k8s/pod.yaml:7 | Pod shop/app | instance.missing | no instance "oder" in namespace "shop". | Create it. |

<details><summary>Warnings (1)</summary>

| Where | What | Rule | Wrong | Cure |
| --- | --- | --- | --- | --- |
| k8s/pod.yaml:7 | Pod shop/app | env.conflict | no instance "oder" in namespace "shop". | Create it. |

</details>

<details><summary>Details (1)</summary>

k8s/pod.yaml:2 Pod shop/app

\`\`\`diff
-a
+b
\`\`\`

</details>
`)
  })

  test('shows the lines of what differs among the details', () => {
    const problems = [aProblem({ message: 'allowed: another.', lines: ['- true', '+ false'] })]
    expect(toMarkdown(aReport([refused({ problems })]))).toContain(
      '\n```diff\nallowed: another.\n- true\n+ false\n```\n',
    )
  })

  test.each([
    ['✅ dapr-shared review: passed', aReport([anEntry()])],
    ['❌ dapr-shared review: failed', aReport([refused(), anEntry({ outcome: 'error' })])],
    ['❌ dapr-shared review: not everything could be judged', aReport([anEntry({ outcome: 'error' })])],
    ['❌ dapr-shared review: nothing was judged', aReport([anEntry({ outcome: 'skipped' })])],
    ['✅ dapr-shared review: passed', { ...aReport([]), exitCode: 0 } as const],
    ['❌ dapr-shared review: could not be run', { ...aReport([]), exitCode: 2 } as const],
  ])('%s', (heading, report) => {
    expect(toMarkdown(report).split('\n')[0]).toBe(`### ${heading}`)
  })

  test('text of a tenant makes no markup, no HTML, no link, no mention and no row', () => {
    expect(escapeMarkdown('a|b `c` <img src=x> [d](https://e.test) @team **f** &lt; \\ x\n| y |')).toBe(
      'a\\|b \\`c\\` &lt;img src=x&gt; \\[d\\]\\(https\\://e.test\\) @\u200bteam \\*\\*f\\*\\* &amp;lt; \\\\ x \\| y \\|',
    )
    const lines = toMarkdown(nastyReport).split('\n')
    const fences = lines.filter((line) => line.startsWith('````'))
    expect(fences).toHaveLength(8)
    const rows = lines.filter(
      (line) => line.startsWith('| ') && !line.startsWith('| Where') && !line.includes('---'),
    )
    for (const row of rows) expect(row.match(/(?<!\\)(?:\\\\)*\|/g)).toHaveLength(6)
    // 3 failing with words, 1 not judged, 4 warnings, 4 notes, besides the heads of tables
    expect(rows).toHaveLength(13)
  })

  test('a block of code ends where it should, whatever the text', () => {
    fc.assert(
      fc.property(arbitraryReport, fc.nat(5000), (report, most) => {
        const text = toMarkdown(report, most + 2048)
        expect(text).toBe(text.toWellFormed())
        expect(Buffer.byteLength(text)).toBeLessThanOrEqual(most + 2048)
        const outside = text.replaceAll(/^(`{3,})diff\n[^]*?^\1\n/gm, '')
        expect(outside.match(/^<details>/gm)?.length).toBe(outside.match(/<\/details>/g)?.length)
      }),
    )
  })

  test('the sentence about what was cut shows nothing that cannot be seen, either', () => {
    const sections = [{ title: '\ud800', lines: ['x'.repeat(4000)] }]
    const text = toMarkdown({ ...aReport([]), sections }, 2048)
    expect(text).toContain('left out are')
    expect(text).toBe(text.toWellFormed())
  })

  test('fits the summary of a step, failures first, and says what was cut', () => {
    const wordy = aProblem({ message: `${NASTY} `.repeat(20) })
    const report = aReport(
      Array.from({ length: 2000 }, () =>
        refused({ problems: [wordy, aProblem({ level: 'note' })], detail: NASTY }),
      ),
    )
    const text = toMarkdown(report)
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(1024 * 1024)
    expect(Buffer.byteLength(text)).toBeGreaterThan(900 * 1024)
    expect(text).toMatch(
      /\n_There is no room for all of it: left out are \d+ of what failed, [^]+\. `-o json` has everything\._\n$/,
    )
  })
})
