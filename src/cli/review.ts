import { Option, type Command } from 'commander'
import type { Action } from '../core/rules.ts'
import { FORMATS } from '../report/formats.ts'
import { exitCodeOfAll } from '../review/gate.ts'
import { isReviewable, reviewManifest } from '../review/review-manifest.ts'
import { answerEach } from '../review/answer-each.ts'
import { answerReview } from '../review/answer-review.ts'
import { allUnknownNotes } from '../review/unknown-notes.ts'
import type { Manifest } from '../state/manifest.ts'
import type { Io } from './io.ts'
import type { AddCommand } from './add-command.ts'
import { addOutputOptions, readReports, writeAnswer, type OutputOptions } from './output/output.ts'
import { addWorldOptions, collect, settingsOf, type WorldOptions } from './world/world-options.ts'
import { withProgress } from './output/with-progress.ts'
import { contextOf, readWorld } from './world/world.ts'

interface ReviewOptions extends WorldOptions, OutputOptions {
  readonly filename: string[]
  readonly stateOnly?: true
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
  addWorldOptions(command).option(
    '--state-only',
    'what -f has of instances, policies and namespaces does not count',
  )
  addOutputOptions(command, FORMATS)
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
  const reports = readReports(options, FORMATS)
  const settings = settingsOf(options)
  await using world = await readWorld(options, { files: filename, stateOnly }, io)
  const context = contextOf(world, settings, namespace)
  const manifests = world.manifests.filter(isReviewable)
  const { answered: reviewed, unanswered } = await answerEach(
    manifests,
    namespace,
    withProgress(io, { total: manifests.length, done: 'objects reviewed' }, (manifest: Manifest) =>
      reviewManifest(manifest, context),
    ),
  )
  const all = { reviewed, unanswered }
  for (const note of allUnknownNotes(all)) io.err(`${note}\n`)
  const gate = { failOn, allowEmpty }
  await writeAnswer(answerReview(all, { verbose, ...gate }), { output, reports }, io)
  return exitCodeOfAll(all, gate)
}
