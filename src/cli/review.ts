import { Option, type Command } from 'commander'
import type { Action } from '../core/rules.ts'
import { REVIEW_FORMATS, renderReview, type ReviewFormat } from '../review/output/render.ts'
import { exitCodeOf, makeResult } from '../review/result.ts'
import { isReviewable, reviewManifest, type ReviewContext, type Reviewed } from '../review/review-manifest.ts'
import { FactUnavailable } from '../facts/fact-source.ts'
import { describe, type Manifest } from '../state/manifest.ts'
import type { Io } from './io.ts'
import type { AddCommand } from './add-command.ts'
import { addWorldOptions, collect, settingsOf, type WorldOptions } from './world-options.ts'
import { contextOf, readWorld } from './world.ts'

interface ReviewOptions extends WorldOptions {
  readonly filename: string[]
  readonly stateOnly?: true
  readonly output: ReviewFormat
  readonly failOn: Action
  readonly allowEmpty?: true
  readonly verbose?: true
}

const EXAMPLES = `
Pods and workloads are decided at the point CLI of policies; a recorded AdmissionReview as the webhook
would answer it, at Pod or Workload. What is unknown is told on standard error, and makes the exit code 3
where nothing is refused.

Examples:
  dapr-shared review -f pod.yaml --state cluster/            against a folder of manifests
  helm template shop ./chart | dapr-shared review -f -       a chart that brings instance and consumer
  kubectl get deploy,cronjob -o yaml | dapr-shared review -f - --cluster
  dapr-shared review -f pod.yaml -f policies/ --cluster      under policies before they are applied
  dapr-shared review -f review.json --state cluster/ -o json a recorded AdmissionReview`

export const addReview: AddCommand = (program, io, finish) => {
  const command: Command = program
    .command('review')
    .summary('the decision for pods, workloads or recorded AdmissionReviews')
    .description(
      'Tells what admission would say, under the policies that there are, to pods, to the pods of workloads, or to recorded AdmissionReviews, and what it would change.',
    )
    .requiredOption(
      '-f, --filename <PATH>',
      'file or folder of manifests (- is standard input): what is decided, and what of it is state; may repeat',
      collect,
    )
  addWorldOptions(command)
    .option('--state-only', 'what -f has of instances, policies and namespaces does not count')
    .addOption(new Option('-o, --output <FORMAT>', 'how to answer').choices(REVIEW_FORMATS).default('text'))
    .addOption(
      new Option('--fail-on <ACTION>', 'the weakest finding that makes the exit code 1')
        .choices(['Deny', 'Warn', 'Audit'])
        .default('Deny'),
    )
    .option('--allow-empty', 'it is fine when nothing asks for a shared instance')
    .option('-v, --verbose', 'also tell what is only recorded')
    .addHelpText('after', EXAMPLES)
    .action(async (options: ReviewOptions) => finish(await review(options, io)))
}

async function review(options: ReviewOptions, io: Io): Promise<number> {
  const {
    filename,
    stateOnly,
    namespace = 'default',
    output,
    failOn,
    allowEmpty = false,
    verbose = false,
  } = options
  const settings = settingsOf(options)
  await using world = await readWorld(options, { files: filename, stateOnly }, io)
  const context = contextOf(world, settings, namespace)
  const { reviewed, unanswered } = await reviewAll(world.manifests.filter(isReviewable), context)
  tellUnanswered(unanswered, namespace, io)
  tellUnknown(reviewed, io)
  const result = makeResult(reviewed.map(({ item }) => item))
  io.out(renderReview(output, reviewed, result, { colour: io.colour, verbose }))
  const unknown = [
    ...reviewed.flatMap((one) => one.unknown.map(({ action }) => action)),
    ...unanswered.map((): Action => 'Deny'),
  ]
  return exitCodeOf(result, { failOn, allowEmpty, unknown })
}

/** An object of which no decision can be made, as a cluster does not tell what one needs. */
interface Unanswered {
  readonly manifest: Manifest
  readonly why: string
}

/** What is unknown about one object must not hide what is wrong with another. */
async function reviewAll(
  manifests: readonly Manifest[],
  context: ReviewContext,
): Promise<{ readonly reviewed: readonly Reviewed[]; readonly unanswered: readonly Unanswered[] }> {
  const reviewed: Reviewed[] = []
  const unanswered: Unanswered[] = []
  for (const manifest of manifests) {
    try {
      reviewed.push(await reviewManifest(manifest, context))
    } catch (error) {
      if (!(error instanceof FactUnavailable)) throw error
      unanswered.push({ manifest, why: error.message })
    }
  }
  return { reviewed, unanswered }
}

function tellUnanswered(unanswered: readonly Unanswered[], defaultNamespace: string, io: Io): void {
  for (const { manifest, why } of unanswered) {
    const { source, kind, name, namespace } = manifest
    const object = name === '' ? kind : describe({ kind, name, namespace: namespace || defaultNamespace })
    io.err(`unknown: whether ${object} (${source.file}:${source.line}) is admitted: ${why}.\n`)
  }
}

/** A rule that was not judged is told, so that nobody takes its silence for a yes. */
function tellUnknown(reviewed: readonly Reviewed[], io: Io): void {
  for (const { item, unknown } of reviewed) {
    for (const { policy, rule, why } of unknown) {
      const what = rule === undefined ? `whether policy ${policy} governs` : `${rule} of policy ${policy} for`
      io.err(`unknown: ${what} ${item.object.kind} ${item.object.namespace}/${item.object.name}: ${why}.\n`)
    }
  }
}
