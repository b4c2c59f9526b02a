import * as fc from 'fast-check'
import { Parser } from 'tap-parser'
import { describe, expect, test } from 'vitest'
import { toTap } from '../../src/report/tap.ts'
import { anEntry, aReport, arbitraryReport, nastyReport, refused } from './a-report.ts'
import { casesOf } from '../../src/report/verdict.ts'
import { visible } from '../../src/report/visible.ts'

interface Point {
  readonly ok: boolean
  readonly id: number
  readonly name: string
  readonly skip?: string | boolean
  readonly diag?: null | {
    readonly message: string
    readonly problems?: readonly { readonly rule: string }[]
  }
}

/** Reads TAP as node-tap does; what it cannot read it calls a failure of the stream. */
function parse(text: string): { readonly points: readonly Point[]; readonly failures: readonly unknown[] } {
  const points: Point[] = []
  const failures: unknown[] = []
  const parser = new Parser({ strict: true })
  parser.on('assert', (point: Point) => points.push(point))
  parser.on('extra', (line: string) => failures.push(line))
  parser.on('child', () => failures.push('a subtest'))
  parser.on('bailout', () => failures.push('bail out'))
  parser.on('complete', (results: { readonly failures: readonly { readonly tapError?: unknown }[] }) =>
    failures.push(...results.failures.filter(({ tapError }) => (tapError ?? null) !== null)),
  )
  parser.end(text)
  return { points, failures }
}

describe('TAP 14', () => {
  test('has a version, a plan, a line for each entry, and the reason of what is not ok', () => {
    const report = aReport(
      [anEntry(), refused(), anEntry({ outcome: 'skipped', summary: 'does not ask' })],
      ['one is unknown'],
    )
    expect(toTap(report)).toBe(`TAP version 14
1..3
# note: one is unknown
ok 1 - k8s/pod.yaml: Pod shop/app
not ok 2 - k8s/pod.yaml: Pod shop/app
  ---
  message: refused
  at:
    file: k8s/pod.yaml
    line: 2
  problems:
    - rule: instance.missing
      level: error
      severity: High
      policy: built-in
      message: no instance "oder" in namespace "shop".
      cure: Create it.
      field: metadata.annotations["dapr.io/shared"]
      at:
        file: k8s/pod.yaml
        line: 7
  ...
ok 3 - k8s/pod.yaml: Pod shop/app # SKIP does not ask
`)
  })

  test('what could not be judged is not ok', () => {
    const { points } = parse(toTap(aReport([anEntry({ outcome: 'error', summary: 'unknown: no answer' })])))
    expect(points).toMatchObject([{ ok: false, diag: { message: 'unknown: no answer' } }])
  })

  test('an empty run is a skipped plan', () => {
    expect(toTap({ ...aReport([]), exitCode: 0 })).toBe('TAP version 14\n1..0 # SKIP nothing was judged\n')
  })

  test('a name is no directive, no diagnosis and no line of its own', () => {
    const { points, failures } = parse(toTap(nastyReport))
    expect(failures).toEqual([])
    expect(points.map(({ ok, skip }) => [ok, skip !== undefined && skip !== false])).toEqual([
      [true, false],
      [false, false],
      [true, true],
      [false, false],
      // the run itself
      [false, false],
    ])
    expect(toTap(nastyReport)).toContain('\\# SKIP \\\\ {0}')
  })

  test('is read as it was meant, whatever the text', () => {
    fc.assert(
      fc.property(arbitraryReport, (report) => {
        const { points, failures } = parse(toTap(report))
        expect(failures).toEqual([])
        expect(points.map(({ ok }) => ok)).toEqual(
          casesOf(report).map(({ outcome }) => outcome === 'passed' || outcome === 'skipped'),
        )
        for (const [index, { diag }] of points.entries()) {
          if (diag) expect(diag.message).toBe(visible(casesOf(report)[index]?.summary ?? ''))
        }
      }),
    )
  })
})
