import { Option, type Command } from 'commander'
import type { Settings } from '../core/settings.ts'
import { isReviewable } from '../review/review-manifest.ts'
import type { Manifest } from '../state/manifest.ts'
import { readFiles, type FileReading } from '../state/read-files.ts'
import { answerWhatIf } from '../what-if/answer-what-if.ts'
import { isAmong, isFinished, standsAlone } from '../what-if/asking-workload.ts'
import { makeCollection, type Collection } from '../what-if/collect.ts'
import { judgeBoth, type Sides } from '../what-if/judge-both.ts'
import {
  NothingToRemove,
  propose,
  readRemoval,
  refuseOtherKinds,
  type Effect,
  type Proposal,
} from '../what-if/proposal.ts'
import { exitCodeFor, GATES, type Gate } from '../what-if/result.ts'
import { unknownNotes } from '../what-if/unknown-notes.ts'
import type { AddCommand } from './add-command.ts'
import { readGround, type Ground } from './world/ground.ts'
import { CommandError, type Io } from './io.ts'
import { addOutputOptions, readReports, writeAnswer, type OutputOptions } from './output/output.ts'
import { readOnce } from './world/read-once.ts'
import { addWorldOptions, collect, settingsOf, type WorldOptions } from './world/world-options.ts'
import { withProgress } from './output/with-progress.ts'
import { contextOf } from './world/world.ts'

interface WhatIfOptions extends WorldOptions, OutputOptions {
  readonly proposed?: string[]
  readonly prune?: true
  readonly remove?: string[]
  readonly filename?: string[]
  readonly failOn: Gate
  readonly allowEmpty?: true
}

const EXAMPLES = `
Every object is decided twice as at the admission of its pods (the point Pod of policies), by the same clock and the same
instances: once as things are, once as they would be after kubectl apply. Only what changes is told.

--fail-on: refused, when something becomes refused; allowed, when something becomes allowed or is said with less weight, for
pull requests that must not weaken anything; changed, when anything is another.

Examples:
  dapr-shared what-if -p policy.yaml --cluster                 all workloads of the cluster that ask for an instance
  dapr-shared what-if -p policies/ --prune --cluster -n shop   a folder as the whole truth, for one namespace
  dapr-shared what-if -p policy.yaml --state cluster/          the same on a folder of manifests
  dapr-shared what-if --remove DaprSharedGrant/shop/till --cluster
  helm template shop ./chart | dapr-shared what-if -p policy.yaml -f - --cluster`

export const addWhatIf: AddCommand = (program, io, finish) => {
  const command: Command = program
    .command('what-if')
    .summary('what policies would change before they are applied')
    .description(
      'Decides the same workloads under the policies that there are and under those that are proposed, and tells what would become refused, allowed, or another. Nothing is written to a cluster.',
    )
    .option(
      '-p, --proposed <PATH>',
      'file or folder of policies, grants, exceptions, DaprSharedInstances and Namespaces as they would be (- is standard input); may repeat',
      collect,
    )
    .option('--prune', 'policies, grants and exceptions that -p does not have are gone')
    .option('--remove <KIND/[NAMESPACE/]NAME>', 'one of them is gone; may repeat', collect)
    .option(
      '-f, --filename <PATH>',
      'file or folder of workloads to look at (- is standard input), instead of all that --state or --cluster has; may repeat',
      collect,
    )
  addWorldOptions(command, 'of --cluster only this namespace; namespace of objects that name none (default)')
  addOutputOptions(command)
    .addOption(new Option('--fail-on <WHAT>', 'what makes the exit code 1').choices(GATES).default('refused'))
    .option('--allow-empty', 'it is fine when nothing asks for a shared instance')
    .addHelpText('after', EXAMPLES)
    .action(async (options: WhatIfOptions) => finish(await whatIf(options, io)))
}

async function whatIf(options: WhatIfOptions, processIo: Io): Promise<number> {
  const { filename = [], namespace = 'default', output, failOn, allowEmpty = false } = options
  const io: Io = { ...processIo, readStdin: readOnce(processIo.readStdin) }
  const reports = readReports(options)
  const settings = settingsOf(options)
  const { proposal, proposed } = await readProposal(options, io)
  await using ground = await readGround(options, { files: filename, workloads: true, proposed }, io)
  const { sides, effects } = twoSides(ground, proposal, settings, namespace)
  const compared = makeCollection()
  await judgeAll(objectsOf(ground, options), sides, compared, io)
  const result = compared.finish({ effects, missing: ground.missing })
  for (const note of unknownNotes(result)) io.err(`${note}\n`)
  const exitCode = exitCodeFor(result, { failOn, allowEmpty })
  await writeAnswer(answerWhatIf(result, { gate: failOn, exitCode }), { output, reports }, io)
  return exitCode
}

/** @throws CommandError where nothing is proposed, ManifestError for what cannot be */
async function readProposal(
  { proposed: paths = [], prune, remove = [], namespace = 'default' }: WhatIfOptions,
  io: Io,
): Promise<{ readonly proposal: Proposal; readonly proposed: readonly FileReading[] }> {
  if (paths.length === 0 && remove.length === 0) {
    throw new CommandError(
      `nothing is proposed: ${prune ? '--prune takes away what -p does not have. Give what stays with -p PATH.' : 'give -p PATH, or --remove KIND/[NAMESPACE/]NAME.'}`,
    )
  }
  const proposed = await readFiles(paths, io)
  const manifests = proposed.flatMap((reading) => reading.manifests)
  if (paths.length > 0 && manifests.length === 0) {
    throw new CommandError(`nothing is proposed: there is no object in ${paths.join(', ')}.`)
  }
  refuseOtherKinds(manifests)
  const removals = remove.map((text) => {
    const removal = readRemoval(text, namespace)
    if (removal !== undefined) return removal
    throw new CommandError(
      `--remove: wanted DaprSharedPolicy/NAME, or DaprSharedGrant, DaprSharedException or DaprSharedInstance with /NAMESPACE/NAME, got ${JSON.stringify(text)}.`,
    )
  })
  return { proposal: { manifests, prune: prune === true, removals }, proposed }
}

/** What there is, taken before the proposal is put on it, and what there would be. */
function twoSides(
  ground: Ground,
  proposal: Proposal,
  settings: Settings,
  namespace: string,
): { readonly sides: Sides; readonly effects: readonly Effect[] } {
  const { store, cluster } = ground
  const before = store.snapshot()
  const effects = orUsage(() =>
    propose(store, proposal, { defaultNamespace: namespace, isThere: knownNamespaces(ground) }),
  )
  const after = store.snapshot()
  const todayFacts = cluster?.factsUnder((name) => before.namespaces.get(name)) ?? before.facts
  const proposedFacts = cluster?.factsUnder((name) => after.namespaces.get(name)) ?? after.facts
  const today = { ...contextOf({ ...before, facts: todayFacts }, settings, namespace), point: 'Pod' as const }
  const { inventory, policies } = after
  const proposed = { ...today, known: { ...today.known, inventory, policies }, facts: proposedFacts }
  return { sides: { today, proposed }, effects }
}

/** Of a cluster whose namespaces nobody listed any may be there; of manifests those that some object is in. */
function knownNamespaces({ store, cluster, manifests }: Ground): (name: string) => boolean {
  if (cluster !== undefined) {
    const { namespaces } = cluster
    return (name) => namespaces.size === 0 || namespaces.has(name)
  }
  const { namespaces, inventory } = store
  const known = new Set([
    ...namespaces.keys(),
    ...inventory.current().keys(),
    ...manifests.map(({ namespace }) => namespace),
  ])
  return (name) => known.has(name)
}

function orUsage<T>(act: () => T): T {
  try {
    return act()
  } catch (error) {
    if (error instanceof NothingToRemove) throw new CommandError(error.message)
    throw error
  }
}

/** What -f names is looked at as it is; of a whole state, what a workload of it makes is judged with that workload. */
function objectsOf(
  { manifests }: Ground,
  { filename, cluster, namespace = 'default' }: WhatIfOptions,
): Manifest[] {
  const reviewable = manifests.filter(isReviewable)
  if (filename !== undefined || cluster) return reviewable
  const isLookedAt = isAmong(manifests, namespace)
  return reviewable.filter(({ object }) => !isFinished(object) && standsAlone(object, isLookedAt))
}

async function judgeAll(
  manifests: readonly Manifest[],
  sides: Sides,
  compared: Collection,
  io: Io,
): Promise<void> {
  const judge = withProgress(
    io,
    { total: manifests.length, done: 'workloads compared' },
    (manifest: Manifest) => judgeBoth(manifest, sides),
  )
  for (const manifest of manifests) compared.take(await judge(manifest))
}
