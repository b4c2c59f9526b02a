import type { Command } from 'commander'
import type { Point } from '../core/policy.ts'
import { answerExplanation } from '../explain/answer-explanation.ts'
import { explainManifest } from '../explain/explain-manifest.ts'
import { FORMATS, type Format } from '../report/formats.ts'
import { answerEach } from '../review/answer-each.ts'
import { exitCodeOfAll, type Gate } from '../review/gate.ts'
import { isReviewable } from '../review/review-manifest.ts'
import { allUnknownNotes } from '../review/unknown-notes.ts'
import { EXIT } from '../review/result.ts'
import type { Answer } from '../report/answer.ts'
import type { Manifest } from '../state/manifest.ts'
import type { AddCommand } from './add-command.ts'
import { isNamed, readTarget, type NamedObject, type Target } from './explain-target.ts'
import { CommandError, type Io } from './io.ts'
import {
  addOutputOptions,
  readReports,
  writeAnswer,
  type OutputOptions,
  type WantedReport,
} from './output/output.ts'
import { withProgress } from './output/with-progress.ts'
import { addWorldOptions, collect, settingsOf, type WorldOptions } from './world/world-options.ts'
import { contextOf, readWorld, type World } from './world/world.ts'

interface ExplainOptions extends WorldOptions, OutputOptions {
  readonly filename?: string[]
  readonly stateOnly?: true
  readonly allowEmpty?: true
}

const EXAMPLES = `
The decision is that of review, and so is the exit code. A running pod or workload is explained as if its
pods were created now, at the point Pod of policies. Of more than five objects only what concerns each is told.

Examples:
  dapr-shared explain deploy.yaml --state cluster/           each object of a file
  dapr-shared explain deployment/web -f k8s/ --state cluster/  one of many
  dapr-shared explain deploy/web --cluster -n shop           one that runs; a bare name is a pod's
  dapr-shared explain instance.missing                       what a rule says, and how to mend it
  dapr-shared explain rules                                  all rules, and the checks of lint`

export const addExplain: AddCommand = (program, io, finish) => {
  const command: Command = program
    .command('explain')
    .summary('why a pod or workload gets its answer; the page of a rule')
    .description(
      'Tells why pods and workloads get the answers that they get: annotations, instances, policies, exceptions, and what is changed. Or prints the page of a rule.',
    )
    .argument(
      '<POD|FILE|RULE>',
      'file or folder of manifests (- is standard input), an object such as deployment/web, the name of a pod, a rule such as instance.missing, or "rules"',
    )
    .option(
      '-f, --filename <PATH>',
      'file or folder of manifests that has the named object, and counts as state too; may repeat',
      collect,
    )
  addWorldOptions(command).option(
    '--state-only',
    'what the file or -f has of instances, policies and namespaces does not count',
  )
  addOutputOptions(command, FORMATS)
    .option('--allow-empty', 'it is fine when nothing asks for a shared instance')
    .addHelpText('after', EXAMPLES)
    .action(async (what: string, options: ExplainOptions) => finish(await explain(what, options, io)))
}

async function explain(what: string, options: ExplainOptions, io: Io): Promise<number> {
  const target = await readTarget(what, io)
  switch (target.kind) {
    case 'rules':
    case 'rule':
      return explainRules(target, options, io)
    case 'file':
      refuseBoth(what, options)
      return explainAll(options, io, { files: [target.path] })
    case 'object':
      return options.filename === undefined && options.cluster
        ? explainLive(target.object, options, io)
        : explainAll(options, io, { files: options.filename ?? [], only: target.object })
  }
}

function refuseBoth(what: string, { filename }: ExplainOptions): void {
  if (filename === undefined) return
  throw new CommandError(
    `${what} is a file, and -f names others: give one of the two. More state goes to --state; one object of -f is named as deployment/web.`,
  )
}

/** How a page can be had: it tells of no object, so there is nothing to report. */
const PAGE_FORMATS: readonly Format[] = ['text', 'json', 'yaml']

async function explainRules(
  target: Extract<Target, { kind: 'rule' | 'rules' }>,
  options: ExplainOptions,
  io: Io,
): Promise<number> {
  const { output } = options
  refuseWorld(options)
  if (!PAGE_FORMATS.includes(output))
    throw new CommandError(`-o ${output}: a rule's page is ${PAGE_FORMATS.join(', ')}.`)
  const reports = readReports(options, PAGE_FORMATS)
  const { allPages, findPage, renderPage, renderPages } = await import('../explain/rule-page.ts')
  const pages =
    target.kind === 'rules' ? allPages() : [findPage(target.id)].filter((one) => one !== undefined)
  const [only] = pages
  const isOne = target.kind === 'rule' && only !== undefined
  const pageAnswer: Answer = {
    text: () => (isOne ? renderPage(only) : renderPages(pages)),
    document: () =>
      isOne ? only : { apiVersion: 'shared.dapr.io/v1alpha1', kind: 'RulePageList', items: pages },
    report: () => ({ command: 'explain', exitCode: EXIT.fine, entries: [], notes: [] }),
  }
  await writeAnswer(pageAnswer, { output, reports }, io)
  return EXIT.fine
}

/** A page is the same everywhere: who gives state has meant something else. */
function refuseWorld({ state, cluster, filename }: ExplainOptions): void {
  const given = [
    ...(state === undefined ? [] : ['--state']),
    ...(cluster === undefined ? [] : ['--cluster']),
    ...(filename === undefined ? [] : ['-f']),
  ]
  if (given.length > 0) {
    throw new CommandError(
      `${given.join(', ')}: a rule's page needs no state. Leave it out, or name an object such as deployment/web.`,
    )
  }
}

/** What of the input is explained. */
interface Asked {
  readonly files: readonly string[]
  readonly only?: NamedObject
}

async function explainAll(options: ExplainOptions, io: Io, { files, only }: Asked): Promise<number> {
  const reports = readReports(options, FORMATS)
  await using world = await readWorld(options, { files, stateOnly: options.stateOnly }, io)
  const reviewable = world.manifests.filter(isReviewable)
  const manifests = only === undefined ? reviewable : namedOf(reviewable, only, options)
  return await answer({ manifests, point: 'CLI', reports }, world, options, io)
}

/** @throws CommandError where no object, or more than one, is the named one */
function namedOf(
  manifests: readonly Manifest[],
  named: NamedObject,
  { namespace, filename }: ExplainOptions,
): Manifest[] {
  const same = manifests.filter((manifest) => isNamed(named, manifest))
  const found =
    namespace === undefined ? same : same.filter((one) => one.namespace === '' || one.namespace === namespace)
  const what = `${named.kind.kind} ${named.name}`
  if (found.length === 1) return found
  if (found.length > 1) {
    const places = found.map(
      ({ source: { file, line }, namespace: own }) => `${file}:${line}${own === '' ? '' : ` in ${own}`}`,
    )
    throw new CommandError(
      `${what}: there are ${found.length} of that name (${places.join(', ')}). Name the namespace with -n.`,
    )
  }
  const where = filename === undefined ? 'the state' : '-f'
  const others = manifests.slice(0, 5).map(({ kind, name }) => `${kind.toLowerCase()}/${name}`)
  const hint =
    others.length === 0
      ? 'It has nothing that can be explained.'
      : `It has ${others.join(', ')}${manifests.length > 5 ? ' and more' : ''}.`
  throw new CommandError(
    `${what}: not in ${where}${namespace === undefined ? '' : ` in namespace ${namespace}`}. ${hint}`,
  )
}

/** A live object is read like one of a file that holds it alone; but it stands in no file, and in no line. */
async function explainLive(named: NamedObject, options: ExplainOptions, io: Io): Promise<number> {
  settingsOf(options)
  const reports = readReports(options, FORMATS)
  const { fetchObject } = await import('./cluster/fetch-object.ts')
  const { object, server } = await fetchObject(named, options, io)
  const text = JSON.stringify(object)
  await using world = await readWorld(
    options,
    { files: ['-'], stateOnly: true },
    { ...io, readStdin: async () => text },
  )
  const manifests = world.manifests
    .filter(isReviewable)
    .map((manifest) => ({ ...manifest, source: { file: server, document: 1, line: 0 }, lineOf: () => 0 }))
  return await answer({ manifests, point: 'Pod', reports }, world, options, io)
}

/** Of so many objects everything is told. */
const HANDFUL = 5

interface Subjects {
  readonly manifests: readonly Manifest[]
  /** where they are decided */
  readonly point: Point
  readonly reports: readonly WantedReport[]
}

async function answer(
  { manifests, point, reports }: Subjects,
  world: World,
  options: ExplainOptions,
  io: Io,
): Promise<number> {
  const { namespace = 'default', output, allowEmpty = false } = options
  const context = { ...contextOf(world, settingsOf(options), namespace), point }
  const breadth = manifests.length > HANDFUL ? 'concerning' : 'everything'
  const { answered: explained, unanswered } = await answerEach(
    manifests,
    namespace,
    withProgress(io, { total: manifests.length, done: 'objects explained' }, (manifest: Manifest) =>
      explainManifest(manifest, context, breadth),
    ),
  )
  const all = { reviewed: explained.map((one) => one.reviewed), unanswered }
  for (const note of allUnknownNotes(all)) io.err(`${note}\n`)
  const gate: Gate = { failOn: 'Deny', allowEmpty }
  await writeAnswer(answerExplanation({ explained, unanswered }, gate), { output, reports }, io)
  return exitCodeOfAll(all, gate)
}
