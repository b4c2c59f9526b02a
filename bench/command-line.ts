import { spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { writeCommandInput, type CommandInput } from './command-input.ts'
import { formatTable, median, round } from './table.ts'

/** One command line: its time from start to end, and the most memory that it had. */
interface CommandRow {
  readonly name: string
  readonly args: readonly string[]
  /** what the same machine takes for the least that such a program must do */
  readonly reference: readonly string[]
  readonly mostSeconds?: number
  readonly mostMb?: number
}

interface MeasuredCommand extends CommandRow {
  readonly seconds: number
  readonly referenceSeconds: number
  readonly peakMb: number
}

const NOTHING = ['--eval', '0']

/** As the image and the npm script start it. */
const SMALL_YOUNG_GENERATION = '--max-semi-space-size=8'

function rowsOf({ state, one, thousand, tenThousand, large, suite }: CommandInput): CommandRow[] {
  const review = (file: string, ...more: string[]): string[] => [
    'review',
    '-f',
    file,
    '--state',
    state,
    ...more,
  ]
  const parse = (path: string): string[] => [fileOf('only-parse.ts'), path]
  return [
    { name: 'review, one workload', args: review(one), reference: NOTHING, mostSeconds: 0.4 },
    { name: 'review, 1,000 files', args: review(thousand), reference: parse(thousand), mostSeconds: 3 },
    { name: 'test, 1,000 cases', args: ['test', suite], reference: parse(suite), mostSeconds: 3 },
    {
      name: 'review, 10,000 documents',
      args: review(tenThousand),
      reference: parse(tenThousand),
      mostMb: 300,
    },
    {
      name: 'review -o json, 10,000 documents',
      args: review(tenThousand, '-o', 'json'),
      reference: parse(tenThousand),
      mostMb: 300,
    },
    { name: 'review, 50 MB', args: review(large), reference: parse(large) },
  ]
}

/** Runs each command line, and its reference in turn with it; the medians of the rounds. */
export function measureCommands(program: readonly string[], dir: string, rounds: number): MeasuredCommand[] {
  const inputs = join(dir, 'command-line')
  mkdirSync(inputs)
  return rowsOf(writeCommandInput(inputs)).map((row) => {
    const ours: Run[] = []
    const references: Run[] = []
    for (let turn = 0; turn < rounds; turn++) {
      ours.push(run([SMALL_YOUNG_GENERATION, ...program, ...row.args]))
      references.push(run(row.reference))
    }
    return {
      ...row,
      seconds: median(ours.map(({ seconds }) => seconds)),
      referenceSeconds: median(references.map(({ seconds }) => seconds)),
      peakMb: median(ours.map(({ peakMb }) => peakMb)),
    }
  })
}

export function commandsTable(measured: readonly MeasuredCommand[]): string {
  return formatTable(
    ['command line', 's', 'reference s', 'ratio', 'peak MB', 'wanted', ''],
    measured.map(({ name, seconds, referenceSeconds, peakMb, mostSeconds, mostMb }) => {
      const isMet = seconds < (mostSeconds ?? Infinity) && peakMb < (mostMb ?? Infinity)
      const wanted = mostSeconds === undefined ? mostMb && `${mostMb} MB` : `${mostSeconds} s`
      return [
        name,
        round(seconds, 2),
        round(referenceSeconds, 2),
        round(seconds / referenceSeconds, 2),
        round(peakMb),
        wanted === undefined ? '' : String(wanted),
        wanted === undefined ? '' : isMet ? 'met' : 'NOT MET',
      ]
    }),
  )
}

interface Run {
  readonly seconds: number
  readonly peakMb: number
}

const MOST_OUTPUT = 256 * 1024 * 1024

function run(args: readonly string[]): Run {
  const started = performance.now()
  const { status, output, stderr } = spawnSync(
    process.execPath,
    ['--import', fileOf('peak-memory.ts'), ...args],
    {
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
      maxBuffer: MOST_OUTPUT,
    },
  )
  const seconds = (performance.now() - started) / 1000
  if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}: ${stderr.toString()}`)
  return { seconds, peakMb: Number(output[3]?.toString()) / 1024 }
}

function fileOf(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url))
}
