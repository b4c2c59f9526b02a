import { stringify } from 'yaml'
import type { Command } from 'commander'
import type { Action } from '../core/rules.ts'
import { answerExplanation } from '../explain/answer-explanation.ts'
import { explainManifest } from '../explain/explain-manifest.ts'
import { FORMATS } from '../report/formats.ts'
import { answerEach, unansweredNote } from '../review/answer-each.ts'
import { exitCodeOf, makeResult } from '../review/result.ts'
import { isReviewable } from '../review/review-manifest.ts'
import { unknownNotes } from '../review/unknown-notes.ts'
import type { Manifest } from '../state/manifest.ts'
import type { AddCommand } from './add-command.ts'
import { isNamed, readTarget, type NamedObject, type Target } from './explain-target.ts'
import { CommandError, type Io } from './io.ts'
import { addOutputOptions, readReports, writeAnswer, type OutputOptions } from './output.ts'
import { addWorldOptions, collect, settingsOf, type WorldOptions } from './world-options.ts'
import { contextOf, readWorld, type World } from './world.ts'

interface ExplainOptions extends WorldOptions, OutputOptions {
  readonly filename?: string[]
  readonly stateOnly?: true
  readonly allowEmpty?: true
}

const EXAMPLES = `
The decision is that of review, and so is the exit code. A running pod or workload is explained as if it
were created now.

Examples:
  dapr-shared explain deploy.yaml --state cluster/           each object of a file
  dapr-shared explain deployment/web -f k8s/ --state cluster/  one of many
  dapr-shared explain deploy/web --cluster -n shop           one that runs
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
      '<what>',
      'file or folder of manifests (- is standard input), an object such as deployment/web, a rule such as instance.missing, or "rules"',
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

async function explainRules(
  target: Extract<Target, { kind: 'rule' | 'rules' }>,
  { output }: ExplainOptions,
  io: Io,
): Promise<number> {
  const { allPages, findPage, renderPage, renderPages } = await import('../explain/rule-page.ts')
  const pages =
    target.kind === 'rules' ? allPages() : [findPage(target.id)].filter((one) => one !== undefined)
  const [only] = pages
  const document =
    target.kind === 'rule'
      ? only
      : { apiVersion: 'shared.dapr.io/v1alpha1', kind: 'RulePageList', items: pages }
  if (output === 'json') io.out(`${JSON.stringify(document, undefined, 2)}\n`)
  else if (output === 'yaml') io.out(stringify(document, { lineWidth: 0 }))
  else if (output !== 'text') throw new CommandError(`-o ${output}: a rule's page is text, json or yaml.`)
  else io.out(target.kind === 'rules' || only === undefined ? renderPages(pages) : renderPage(only))
  return 0
}

/** What of the input is explained. */
interface Asked {
  readonly files: readonly string[]
  readonly only?: NamedObject
}

async function explainAll(options: ExplainOptions, io: Io, { files, only }: Asked): Promise<number> {
  await using world = await readWorld(options, { files, stateOnly: options.stateOnly }, io)
  const reviewable = world.manifests.filter(isReviewable)
  const manifests = only === undefined ? reviewable : namedOf(reviewable, only, options)
  return await answer(manifests, world, options, io)
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

/** A live object is read like one of a file that holds it alone. */
async function explainLive(named: NamedObject, options: ExplainOptions, io: Io): Promise<number> {
  settingsOf(options)
  const { fetchObject } = await import('./fetch-object.ts')
  const text = stringify(await fetchObject(named, options, io), { aliasDuplicateObjects: false })
  const file = `${named.kind.kind.toLowerCase()}/${named.name}`
  await using world = await readWorld(
    options,
    { files: ['-'], stateOnly: true },
    { ...io, readStdin: async () => text },
  )
  const manifests = world.manifests
    .filter(isReviewable)
    .map((manifest) => ({ ...manifest, source: { ...manifest.source, file } }))
  return await answer(manifests, world, options, io)
}

async function answer(
  manifests: readonly Manifest[],
  world: World,
  options: ExplainOptions,
  io: Io,
): Promise<number> {
  const { namespace = 'default', output, allowEmpty = false } = options
  const reports = readReports(options, FORMATS)
  const context = contextOf(world, settingsOf(options), namespace)
  const { answered: explained, unanswered } = await answerEach(manifests, (manifest) =>
    explainManifest(manifest, context),
  )
  const notes = [
    ...unanswered.map((one) => unansweredNote(one, namespace)),
    ...explained.flatMap(({ reviewed }) => unknownNotes(reviewed)),
  ]
  for (const note of notes) io.err(`${note}\n`)
  await writeAnswer(answerExplanation({ explained, unanswered, notes }), { output, reports }, io)
  const result = makeResult(explained.map(({ reviewed }) => reviewed.item))
  const unknown = [
    ...explained.flatMap(({ reviewed }) => reviewed.unknown.map(({ action }) => action)),
    ...unanswered.map((): Action => 'Deny'),
  ]
  return exitCodeOf(result, { failOn: 'Deny', allowEmpty, unknown })
}
