import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { performance } from 'node:perf_hooks'
import { InvalidArgumentError, type Command } from 'commander'
import { answerBench, exitCodeOfBench } from '../bench-decisions/answer-bench.ts'
import { bench, costByPolicy } from '../bench-decisions/bench.ts'
import { prepareObject, type BenchedObject } from '../bench-decisions/benched-object.ts'
import type { BenchResult } from '../bench-decisions/bench-result.ts'
import { compareResults, readBenchResult, type Comparison } from '../bench-decisions/compare-results.ts'
import { countOf } from '../core/count-of.ts'
import { answerEach } from '../review/answer-each.ts'
import { EXIT } from '../review/result.ts'
import { isReviewable, type ReviewContext } from '../review/review-manifest.ts'
import { allUnknownNotes } from '../review/unknown-notes.ts'
import type { Manifest } from '../state/manifest.ts'
import type { AddCommand } from './add-command.ts'
import { CommandError, type Io } from './io.ts'
import { addOutputOptions, readReports, writeAnswer, type OutputOptions } from './output/output.ts'
import { addWorldOptions, collect, settingsOf, type WorldOptions } from './world/world-options.ts'
import { withProgress } from './output/with-progress.ts'
import { contextOf, readWorld } from './world/world.ts'

interface BenchOptions extends WorldOptions, OutputOptions {
  readonly filename: string[]
  readonly stateOnly?: true
  readonly compare?: string
  readonly save?: string
  readonly maxRatio: number
  readonly seconds: number
  readonly byPolicy?: true
  readonly allowEmpty?: true
}

const EXAMPLES = `
Objects are grouped by the answer that they get. The ratio is what a decision costs under the policies by
what it costs without any, timed in turns in the same run: it is much the same on every machine, so that a
result saved on one may be compared on another.

Examples:
  dapr-shared bench -f k8s/ --state cluster/ --save bench.json
  dapr-shared bench -f k8s/ --state cluster/ --compare bench.json --max-ratio 1.5`

export const addBench: AddCommand = (program, io, finish) => {
  const command: Command = program
    .command('bench')
    .summary('what decisions cost under a set of policies, and whether that grew')
    .description(
      'Times decisions about the given objects, under the policies and without any, and tells whether that grew since a saved result.',
    )
    .requiredOption(
      '-f, --filename <PATH>',
      'file or folder of manifests (- is standard input); may repeat',
      collect,
    )
  addWorldOptions(command).option(
    '--state-only',
    'what -f has of instances, policies and namespaces does not count',
  )
  addOutputOptions(command)
    .option('--compare <FILE>', 'a saved result: more cost than then is exit code 1')
    .option('--max-ratio <NUMBER>', 'by how much the ratio may grow since then', positive, 1.5)
    .option('--save <FILE>', 'write the result to a file')
    .option('--seconds <NUMBER>', 'how long to measure', positive, 2)
    .option('--by-policy', 'also measure what leaving each policy out saves, which takes as long again')
    .option('--allow-empty', 'it is fine when there is nothing to measure')
    .addHelpText('after', EXAMPLES)
    .action(async (options: BenchOptions) => finish(await run(options, io)))
}

function positive(text: string): number {
  const number = Number(text)
  if (text.trim() === '' || !Number.isFinite(number) || number <= 0) {
    throw new InvalidArgumentError('Wanted a number above 0.')
  }
  return number
}

async function run(options: BenchOptions, io: Io): Promise<number> {
  const {
    filename,
    stateOnly,
    namespace = 'default',
    output,
    seconds,
    maxRatio,
    allowEmpty = false,
  } = options
  const reports = readReports(options)
  const settings = settingsOf(options)
  const base = options.compare === undefined ? undefined : await readBase(options.compare, io)
  await using world = await readWorld(options, { files: filename, stateOnly }, io)
  const context = contextOf(world, settings, namespace)
  const { objects, isIncomplete, notes: unmeasured } = await prepareAll(world.manifests, context, io)
  const timing = { clock: () => performance.now(), budgetMs: seconds * 1000 }
  io.progress?.(`measuring for ${seconds} s`)
  const result = bench(objects, world.policies, timing)
  const { grown, fresh, notes: uncompared } = comparison(result, base, maxRatio)
  const costs = grown.length > 0 || options.byPolicy ? costByPolicy(objects, world.policies, timing) : []
  io.progress?.('')
  const notes = [...unmeasured, ...uncompared]
  for (const note of notes) io.err(`${note}\n`)
  const exitCode = exitCodeOfBench({ result, grown, fresh, isIncomplete }, { allowEmpty })
  if (options.save !== undefined) await saveUnlessWorse(result, exitCode, options, io)
  await writeAnswer(
    answerBench({
      result,
      grown,
      fresh,
      costs,
      notes,
      maxRatio,
      comparedWith: options.compare ?? '',
      exitCode,
    }),
    { output, reports },
    io,
  )
  return exitCode
}

function comparison(result: BenchResult, base: BenchResult | undefined, maxRatio: number): Comparison {
  return base === undefined ? { grown: [], fresh: [], notes: [] } : compareResults(result, base, maxRatio)
}

interface Prepared {
  readonly objects: readonly BenchedObject[]
  readonly isIncomplete: boolean
  /** sentences about what is not measured, or unknown */
  readonly notes: readonly string[]
}

async function prepareAll(all: readonly Manifest[], context: ReviewContext, io: Io): Promise<Prepared> {
  const manifests = all.filter(isReviewable)
  const { answered, unanswered } = await answerEach(
    manifests,
    context.defaultNamespace,
    withProgress(io, { total: manifests.length, done: 'objects prepared' }, (manifest: Manifest) =>
      prepareObject(manifest, context),
    ),
  )
  const objects = answered.flatMap(({ object }) => object ?? [])
  const reviewed = answered.map((one) => one.reviewed)
  const others = answered.length - objects.length
  return {
    objects,
    isIncomplete:
      unanswered.length > 0 ||
      reviewed.some(({ item, unknown }) => item.allowed && unknown.some(({ action }) => action === 'Deny')),
    notes: [
      ...(objects.length === 0 ? ['nothing to measure: -f has no pod, and nothing that makes one.'] : []),
      ...(others === 0
        ? []
        : [`not measured: ${countOf(others, 'recorded review')} of something else than a new pod.`]),
      ...allUnknownNotes({ reviewed, unanswered }),
    ],
  }
}

/** @throws CommandError for what is no saved result */
async function readBase(path: string, { cwd }: Io): Promise<BenchResult> {
  const text = await readFile(resolve(cwd, path), 'utf8').catch((error: unknown) => {
    throw new CommandError(`--compare ${path}: cannot be read (${(error as Error).message}).`)
  })
  const base = readBenchResult(text)
  if (base === undefined) {
    throw new CommandError(
      `--compare ${path}: no result of bench. Make one with --save bench.json, and compare with that.`,
    )
  }
  return base
}

/** What fails must not become what the next run is compared with: that one would pass. */
async function saveUnlessWorse(
  result: BenchResult,
  exitCode: number,
  { save: path = '', compare }: BenchOptions,
  io: Io,
): Promise<void> {
  if (compare === undefined || exitCode === EXIT.fine) await save(result, path, io)
  else
    io.err(`--save ${path}: not written, as the comparison failed. Save without --compare to begin anew.\n`)
}

/** @throws CommandError where it cannot be written */
async function save(result: BenchResult, path: string, { cwd }: Io): Promise<void> {
  const absolute = resolve(cwd, path)
  try {
    await mkdir(dirname(absolute), { recursive: true })
    await writeFile(absolute, `${JSON.stringify(result, undefined, 2)}\n`)
  } catch (error) {
    throw new CommandError(`--save ${path}: cannot be written (${(error as Error).message}).`)
  }
}
