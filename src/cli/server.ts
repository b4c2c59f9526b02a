import type { Command } from 'commander'
import { REPORT_FORMATS } from '../report/formats.ts'
import { answerServer } from '../server-dry-run/answer-server.ts'
import { makeServerResult, serverExitCode } from '../server-dry-run/result.ts'
import type { Manifest } from '../state/manifest.ts'
import type { AddCommand } from './add-command.ts'
import { askInOrder } from './server/ask-in-order.ts'
import { askServer, tellUnasked } from './server/ask-server.ts'
import type { Io } from './io.ts'
import { addOutputOptions, readReports, writeAnswer, type OutputOptions } from './output/output.ts'
import { openServerSource, type SourceOptions } from './server/source.ts'
import { addClusterOptions, collect } from './world/world-options.ts'

interface ServerOptions extends SourceOptions, OutputOptions {
  readonly allowEmpty?: true
}

const EXAMPLES = `
Nothing is created. Every admission webhook, policy and quota of the cluster is asked, as whoever the kubeconfig
stands for. Told are who refuses, all warnings, whether our webhook had a part, what differs from the decision
that is made offline, and what others change in the pod. A finding of either kind makes the exit code 1.

Examples:
  dapr-shared server -f deploy.yaml                      what the cluster says to the pods of a Deployment
  helm template shop ./chart | dapr-shared server -f - -n shop
  dapr-shared server -f k8s/ --report junit=server.xml   for a pipeline
  dapr-shared server -f k8s/ --no-compare                with the right to create pods and no other`

export const addServer: AddCommand = (program, io, finish) => {
  const command: Command = program
    .command('server')
    .summary('what a real API server says to the pods, by a dry run')
    .description(
      'Sends the pods, and those that workloads would make, to the API server with dryRun=All, and tells what all of admission says to them.',
    )
    .requiredOption(
      '-f, --filename <PATH>',
      'file or folder of manifests (- is standard input) whose pods are sent; may repeat',
      collect,
    )
  addClusterOptions(command, 'kubeconfig of the cluster').option(
    '--state-only',
    'what -f has of instances, policies and namespaces does not count for the offline answer',
  )
  addOutputOptions(command, REPORT_FORMATS)
    .option('--no-compare', 'do not decide offline as well: needs no right to read instances and policies')
    .option('--allow-empty', 'it is fine when nothing asks for a shared instance')
    .addHelpText('after', EXAMPLES)
    .action(async (options: ServerOptions) => finish(await server(options, io)))
}

async function server(options: ServerOptions, io: Io): Promise<number> {
  const { output, allowEmpty = false } = options
  const reports = readReports(options, REPORT_FORMATS)
  await using source = await openServerSource(options, io)
  const { pods } = source
  tellRecorded(source.manifests, io)
  const items = await askInOrder(pods, (manifest) => askServer(manifest, source), {
    unasked: (manifest, why) => tellUnasked(manifest, source, why),
    progress: (done) => io.progress?.(`${done} of ${pods.length} pods asked`),
  })
  io.progress?.('')
  const result = makeServerResult(items)
  const exitCode = serverExitCode(result, { allowEmpty })
  await writeAnswer(answerServer(result, { exitCode }), { output, reports }, io)
  return exitCode
}

/** A recorded request is nobody's to send again. */
function tellRecorded(manifests: readonly Manifest[], io: Io): void {
  const recorded = manifests.filter(({ kind }) => kind === 'AdmissionReview').length
  if (recorded > 0)
    io.err(`skipped: AdmissionReview (${recorded}): review answers them, no API server does\n`)
}
