import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { performance } from 'node:perf_hooks'
import { InvalidArgumentError, type Command } from 'commander'
import { answerBench } from '../bench-decisions/answer-bench.ts'
import { bench, costByPolicy } from '../bench-decisions/bench.ts'
import { prepareObject, type BenchedObject } from '../bench-decisions/benched-object.ts'
import type { BenchResult } from '../bench-decisions/bench-result.ts'
import { compareResults, readBenchResult, type Comparison } from '../bench-decisions/compare-results.ts'
import { EXIT } from '../review/result.ts'
import { isReviewable, type ReviewContext } from '../review/review-manifest.ts'
import type { Manifest } from '../state/manifest.ts'
import type { AddCommand } from './add-command.ts'
import { CommandError, type Io } from './io.ts'
import { addOutputOptions, readReports, writeAnswer, type OutputOptions } from './output.ts'
import { addWorldOptions, collect, settingsOf, type WorldOptions } from './world-options.ts'
import { contextOf, readWorld } from './world.ts'

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
  const { filename, stateOnly, namespace = 'default', output, seconds, maxRatio, allowEmpty } = options
  const reports = readReports(options)
  const settings = settingsOf(options)
  const base = options.compare === undefined ? undefined : await readBase(options.compare, io)
  await using world = await readWorld(options, { files: filename, stateOnly }, io)
  const context = contextOf(world, settings, namespace)
  const objects = await prepareAll(world.manifests.filter(isReviewable), context)
  if (objects.length === 0) {
    io.err('nothing to measure: -f has no pod, and nothing that makes one.\n')
    return allowEmpty ? EXIT.fine : EXIT.nothing
  }
  const timing = { clock: () => performance.now(), budgetMs: seconds * 1000 }
  const result = bench(objects, world.policies, timing)
  const { grown, notes } = comparison(result, base, maxRatio)
  for (const note of notes) io.err(`${note}\n`)
  const costs = grown.length > 0 || options.byPolicy ? costByPolicy(objects, world.policies, timing) : []
  if (options.save !== undefined) await save(result, options.save, io)
  await writeAnswer(
    answerBench({ result, grown, costs, notes, maxRatio, comparedWith: options.compare ?? '' }),
    { output, reports },
    io,
  )
  return grown.length > 0 ? EXIT.denied : EXIT.fine
}

function comparison(result: BenchResult, base: BenchResult | undefined, maxRatio: number): Comparison {
  return base === undefined ? { grown: [], notes: [] } : compareResults(result, base, maxRatio)
}

async function prepareAll(manifests: readonly Manifest[], context: ReviewContext): Promise<BenchedObject[]> {
  const objects: BenchedObject[] = []
  for (const manifest of manifests) {
    const object = await prepareObject(manifest, context)
    if (object !== undefined) objects.push(object)
  }
  return objects
}

/** @throws CommandError for what is no saved result */
async function readBase(path: string, { cwd }: Io): Promise<BenchResult> {
  const text = await readFile(resolve(cwd, path), 'utf8').catch((error: unknown) => {
    throw new CommandError(`--compare ${path}: cannot be read (${(error as Error).message}).`)
  })
  const base = readBenchResult(text)
  if (base === undefined) {
    throw new CommandError(`--compare ${path}: no result of bench. Make one with --save ${path}.`)
  }
  return base
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
