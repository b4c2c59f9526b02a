import type { Outcome } from './load.ts'
import type { Measured } from './measure.ts'
import type { PolicyTimes } from './policy-decisions.ts'
import { formatTable, median, round } from './table.ts'

/** What the architecture asks for (docs/architecture.md). */
const AIMS = { ratio: 0.6, peakMb: 150, noise: 0.1, governed: 0.8, decisionMs: 1 }

/** A server that had less of its core than this was kept from it by other processes: its row says little. */
const UNDISTURBED = 0.85

const HEADINGS = [
  'ratio',
  'by CPU',
  'busy',
  'p50 ms',
  'p99 ms',
  'alone p50',
  'p99',
  'ready MB',
  'peak MB',
  'answers',
]

/** @param reference what the rows are compared with */
export function resultTable(measured: readonly Measured[], reference: string): string {
  const rows = measured.map((one) => [
    one.row.name,
    round(typical(one.ours, ({ perSecond }) => perSecond)),
    round(typical(one.reference, ({ perSecond }) => perSecond)),
    round(ratioOf(one), 2),
    round(cpuRatioOf(one), 2),
    `${round(busyOf(one), 2)}${busyOf(one) < UNDISTURBED ? ' !' : ''}`,
    round(
      typical(one.ours, ({ p50 }) => p50),
      2,
    ),
    round(
      typical(one.ours, ({ p99 }) => p99),
      2,
    ),
    round(one.alone.p50, 2),
    round(one.alone.p99, 2),
    round(one.readyMb),
    round(one.peakMb),
    statusesOf(one.ours),
  ])
  return formatTable(['over HTTPS', 'req/s', reference, ...HEADINGS], rows)
}

/** Whether each aim is met. It is told, never enforced: a machine that is shared decides too much. */
export function aimsTable(measured: readonly Measured[], policies: readonly PolicyTimes[]): string {
  const ofOurs = measured.filter(({ row }) => row.from !== 'floor')
  const injected = ofOurs.filter(({ row }) => row.kind === 'injected')
  const alone = injected.filter(({ row }) => row.fleet.governed === undefined)
  const [one, ...many] = alone.filter(({ row }) => row.from === 'cluster')
  return formatTable(
    ['aims', 'wanted', 'got', ''],
    [
      ...alone.map((each) =>
        tellRatio([each], AIMS.ratio, `${AIMS.ratio} of the bare server`, ratioOf(each)),
      ),
      ...(one === undefined
        ? []
        : many.map((each) =>
            tellRatio(
              [each, one],
              1 - AIMS.noise,
              `${1 - AIMS.noise} of 1 instance`,
              ratioOf(each) / ratioOf(one),
            ),
          )),
      ...injected.flatMap((each) => {
        const without = injected.find(({ row }) => row.name === each.row.beside)
        if (without === undefined) return []
        const kept = ratioOf(each) / ratioOf(without)
        return [tellRatio([each, without], AIMS.governed, `${AIMS.governed} of no policy`, kept)]
      }),
      ...ofOurs.map((each) => {
        const most = each.row.mostMb ?? AIMS.peakMb
        return tell(each, each.peakMb < most, `below ${most} MB`, round(each.peakMb))
      }),
      ...policies.flatMap(({ name, matching, times: { calmP99 } }) => {
        if (matching === undefined) return []
        const milliseconds = calmP99 / 1000
        const row = { row: { name: `inside the process, ${name}` } }
        return [
          tell(
            row,
            milliseconds < AIMS.decisionMs,
            `p99 below ${AIMS.decisionMs} ms`,
            round(milliseconds, 2),
          ),
        ]
      }),
    ],
  )
}

/** Of rows that others disturbed, a ratio is neither met nor missed. */
function tellRatio(
  compared: readonly [Measured, ...Measured[]],
  least: number,
  wanted: string,
  ratio: number,
): string[] {
  const told = tell(compared[0], ratio >= least, wanted, round(ratio, 2))
  return compared.some((each) => busyOf(each) < UNDISTURBED) ? [...told.slice(0, -1), 'disturbed'] : told
}

function tell(
  { row }: { readonly row: Pick<Measured['row'], 'name'> },
  isMet: boolean,
  wanted: string,
  got: string,
): string[] {
  return [row.name, wanted, got, isMet ? 'met' : 'NOT MET']
}

function typical(outcomes: readonly Outcome[], read: (outcome: Outcome) => number): number {
  return median(outcomes.map(read))
}

/** The median of the pairs' ratios: what disturbs the machine for a while disturbs both halves of a pair. */
function ratioOf({ ours, reference }: Measured): number {
  return median(ours.map(({ perSecond }, pair) => perSecond / (reference[pair]?.perSecond ?? Number.NaN)))
}

/** The same by the server's CPU time in the best round of each, which a busy machine disturbs least. */
function cpuRatioOf({ ours, reference }: Measured): number {
  const best = (outcomes: readonly Outcome[]): number =>
    Math.min(...outcomes.map(({ cpuPerRequest }) => cpuPerRequest))
  return best(reference) / best(ours)
}

function busyOf({ ours }: Measured): number {
  return typical(ours, ({ serverBusy }) => serverBusy)
}

function statusesOf(outcomes: readonly Outcome[]): string {
  const statuses = new Set(outcomes.flatMap((outcome) => Object.keys(outcome.statuses)))
  return [...statuses].toSorted().join(' ')
}
