import type { CoverageResult, PolicyCoverage } from './coverage-result.ts'
import type { Paint } from '../report/paint.ts'

/** Coverage for a person: what was looked at how often, and what never was. */
export function coverageText({ percent, rules, policies }: CoverageResult, paint: Paint): string[] {
  return [
    paint('bold', `Coverage: ${percent} % (rules ${rules.percent} %, policies ${policies.percent} %)`),
    '',
    ...table(
      ['rule', 'expected', 'found'],
      rules.items.map(({ rule, expected, found }) => ({
        cells: [rule, String(expected), String(found)],
        covered: expected > 0,
      })),
      paint,
    ),
    ...(policies.items.length === 0 ? [] : ['', ...policyTable(policies.items, paint)]),
  ]
}

function policyTable(policies: readonly PolicyCoverage[], paint: Paint): string[] {
  const rows = policies.flatMap(({ policy, source, tests, governed, quiet, parts }) => [
    {
      cells: [policy, ...[governed, governed - quiet, quiet, tests].map(String)],
      place: `${source.file}:${source.line}`,
      covered: governed > 0,
    },
    ...parts.map(({ part, found }) => ({
      cells: [`  ${part}`, '', String(found), '', ''],
      covered: found > 0,
    })),
  ])
  return table(['policy', 'governed', 'found', 'quiet', 'tests'], rows, paint)
}

/** The first column to the left, counts to the right, and a mark where nothing was looked at. */
function table(
  head: readonly string[],
  rows: readonly { readonly cells: readonly string[]; readonly covered: boolean; readonly place?: string }[],
  paint: Paint,
): string[] {
  const widths = head.map((title, column) =>
    rows.reduce((width, { cells }) => Math.max(width, (cells[column] ?? '').length), title.length),
  )
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ')
  return [
    paint('dim', line(head)),
    ...rows.map(({ cells, covered, place = '' }) => {
      const told = covered ? line(cells) : paint('red', `${line(cells)}  never`)
      return place === '' ? told.trimEnd() : `${told}  ${paint('dim', `(${place})`)}`
    }),
  ]
}
