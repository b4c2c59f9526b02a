import * as fc from 'fast-check'
import type { Report, ReportEntry, ReportProblem } from '../../src/report/report.ts'

/** What hides, breaks formats, or commands. */
export const NASTY =
  'a & b < c > d " e \' ]]> &quot; %0A %25 \u0000 \u0008 \u001b[31m \u0085 \u202e \ud800 \udc00 \ufffe 🧵👩‍👩‍👧 | ` ``` # SKIP \\ {0} [x](https://x.test) @team </details> ::error::x ##[add-mask]y\n::stop-commands::t\r\n  ...\nnot ok 9\tend {'

export function aProblem(changes: Partial<ReportProblem> = {}): ReportProblem {
  return {
    rule: 'instance.missing',
    level: 'error',
    severity: 'High',
    policy: 'built-in',
    message: 'no instance "oder" in namespace "shop".',
    cure: 'Create it.',
    field: 'metadata.annotations["dapr.io/shared"]',
    source: { file: 'k8s/pod.yaml', document: 1, line: 7 },
    ...changes,
  }
}

export function anEntry(changes: Partial<ReportEntry> = {}): ReportEntry {
  return {
    group: 'k8s/pod.yaml',
    name: 'Pod shop/app',
    source: { file: 'k8s/pod.yaml', document: 1, line: 2 },
    outcome: 'passed',
    summary: 'injected',
    problems: [],
    object: { apiVersion: 'v1', kind: 'Pod', namespace: 'shop', name: 'app' },
    ...changes,
  }
}

export function refused(changes: Partial<ReportEntry> = {}): ReportEntry {
  return anEntry({ outcome: 'failed', summary: 'refused', problems: [aProblem()], ...changes })
}

/** With the exit code that its entries make. */
export function aReport(entries: readonly ReportEntry[], notes: readonly string[] = []): Report {
  const has = (wanted: ReportEntry['outcome']): boolean => entries.some(({ outcome }) => outcome === wanted)
  const exitCode = has('failed') ? 1 : has('error') ? 3 : has('passed') ? 0 : 4
  return { command: 'review', exitCode, entries, notes }
}

/** Everything that a person can write is that nasty. */
export const nastyReport: Report = {
  ...aReport(
    (['passed', 'failed', 'skipped', 'error'] as const).map((outcome) =>
      anEntry({
        group: NASTY,
        name: NASTY,
        outcome,
        summary: NASTY,
        detail: NASTY,
        source: { file: NASTY, document: 1, line: 3 },
        object: { apiVersion: NASTY, kind: NASTY, namespace: NASTY, name: NASTY },
        problems: (['error', 'warning', 'note'] as const).map((level) =>
          aProblem({
            level,
            rule: NASTY,
            policy: NASTY,
            message: NASTY,
            cure: NASTY,
            lines: [NASTY],
            field: NASTY,
            exception: NASTY,
            source: { file: NASTY, document: 1, line: 9 },
          }),
        ),
      }),
    ),
    [NASTY],
  ),
  troubles: [{ message: NASTY, source: { file: NASTY, document: 1, line: 3 } }],
  sections: [{ title: NASTY, lines: [NASTY] }],
}

/** Any text, with what is dangerous in it more often than by chance. */
const arbitraryText = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary', maxLength: 6 }),
      fc.constantFrom(
        ...NASTY.split(' '),
        '\n',
        '\r',
        '::',
        '---',
        '...',
        '\n::',
        '\n# ',
        ' ',
        '{',
        '\u2028',
      ),
      fc.integer({ min: 0, max: 0xff_ff }).map((code) => String.fromCharCode(code)),
    ),
    { maxLength: 8 },
  )
  .map((parts) => parts.join(''))

const arbitrarySource = fc.record({
  file: fc.oneof(
    arbitraryText,
    fc.constantFrom('<stdin>', 'https://127.0.0.1:6443', '/abs/pod.yaml', './a b.yaml'),
  ),
  document: fc.constant(1),
  line: fc.integer({ min: 0, max: 3 }),
})

const arbitraryProblem: fc.Arbitrary<ReportProblem> = fc.record({
  rule: fc.oneof(
    fc.constantFrom('instance.missing', 'security.mtls', 'test.failed', 'schema'),
    arbitraryText,
  ),
  level: fc.constantFrom('error', 'warning', 'note'),
  severity: fc.constantFrom('Critical', 'High', 'Medium', 'Low', 'Info'),
  policy: arbitraryText,
  message: arbitraryText,
  cure: arbitraryText,
  lines: fc.option(fc.array(arbitraryText, { maxLength: 2 }), { nil: undefined }),
  field: arbitraryText,
  exception: fc.option(arbitraryText, { nil: undefined }),
  source: arbitrarySource,
})

const arbitraryEntry: fc.Arbitrary<ReportEntry> = fc.record({
  group: arbitraryText,
  name: arbitraryText,
  source: arbitrarySource,
  outcome: fc.constantFrom('passed', 'failed', 'skipped', 'error'),
  summary: arbitraryText,
  problems: fc.array(arbitraryProblem, { maxLength: 3 }),
  milliseconds: fc.option(fc.double({ min: 0, max: 1e6, noNaN: true }), { nil: undefined }),
  object: fc.option(
    fc.record({
      apiVersion: arbitraryText,
      kind: arbitraryText,
      namespace: arbitraryText,
      name: arbitraryText,
    }),
    { nil: undefined },
  ),
  detail: fc.option(arbitraryText, { nil: undefined }),
})

export const arbitraryReport: fc.Arbitrary<Report> = fc.record({
  command: fc.constantFrom('review', 'lint', 'test', 'what-if'),
  exitCode: fc.constantFrom(0, 1, 2, 3, 4),
  entries: fc.array(arbitraryEntry, { maxLength: 4 }),
  notes: fc.array(arbitraryText, { maxLength: 2 }),
  troubles: fc.array(
    fc.record({ message: arbitraryText, source: fc.option(arbitrarySource, { nil: undefined }) }),
    { maxLength: 2 },
  ),
  sections: fc.array(fc.record({ title: arbitraryText, lines: fc.array(arbitraryText, { maxLength: 2 }) }), {
    maxLength: 2,
  }),
})
