import { Option, type Command } from 'commander'
import { DEFAULT_CLUSTER_DOMAIN } from '../config/cluster-domain.ts'
import { isDnsLabel } from '../core/dns-names.ts'
import { quote } from '../core/quote.ts'
import type { LintSeverity } from '../lint/checks.ts'
import { describe, type Manifest } from '../state/manifest.ts'
import { readFiles } from '../state/read-files.ts'
import { openCluster } from './cluster/ask-cluster.ts'
import type { AddCommand } from './add-command.ts'
import { CommandError, type Io } from './io.ts'
import { addOutputOptions, readReports, writeAnswer, type OutputOptions } from './output/output.ts'
import { tellSkipped } from './world/tell-skipped.ts'
import { tellUnread } from './world/tell-unread.ts'
import { collect } from './world/world-options.ts'

interface LintOptions extends OutputOptions {
  readonly state?: string[]
  readonly cluster?: true
  readonly kubeconfig?: string
  readonly context?: string
  readonly namespace?: string
  readonly failOn: LintSeverity
  readonly allowEmpty?: true
  readonly strict?: true
}

const EXAMPLES = `
Without PATH what --state or --cluster has is judged; with it, PATH is judged and held against them.

Examples:
  dapr-shared lint policies/                              all that is wrong with files
  dapr-shared lint policies/ --state cluster/             also selectors that match nothing there
  dapr-shared lint policies/ --cluster --fail-on Warning  before kubectl apply
  dapr-shared lint --cluster -o json                      what a cluster has

Every check has its line in docs/lint.md.`

export const addLint: AddCommand = (program, io, finish) => {
  const command: Command = program
    .command('lint')
    .summary('what is wrong with policies, grants, exceptions and instances')
    .description(
      'Judges policies, grants, exceptions and instances: what the API server would refuse, what contradicts itself or each other, what has no effect or loosens what holds without it, and defects of instances.',
    )
    .argument('[PATH...]', 'files or folders of manifests to judge (- is standard input)')
    .option(
      '--state <PATH>',
      'file or folder of manifests to hold them against: namespaces, instances, workloads; may repeat',
      collect,
    )
    .option('--cluster', 'hold them against the cluster of the kubeconfig')
    .option('--kubeconfig <FILE>', 'kubeconfig for --cluster')
    .option('--context <NAME>', 'context of the kubeconfig')
    .option(
      '-n, --namespace <NAME>',
      'namespace of objects that name none (default); of --cluster only this one',
    )
  addOutputOptions(command)
    .addOption(
      new Option('--fail-on <SEVERITY>', 'the least grave finding that makes the exit code 1')
        .choices(['Error', 'Warning', 'Info'])
        .default('Error'),
    )
    .option('--allow-empty', 'it is fine when there is nothing to judge')
    .option('--strict', 'an object of an unknown kind is an error')
    .addHelpText('after', EXAMPLES)
    .action(async (paths: string[], options: LintOptions) => finish(await runLint(paths, options, io)))
}

async function runLint(paths: readonly string[], options: LintOptions, io: Io): Promise<number> {
  const { namespace = 'default', output, failOn, allowEmpty = false } = options
  const reports = readReports(options)
  // the schemas take a library that other commands load late, or never
  const [{ lint }, { answerLint }, { lintExitCode }] = await Promise.all([
    import('../lint/lint.ts'),
    import('../lint/answer-lint.ts'),
    import('../lint/result.ts'),
  ])
  const { given, beside } = await readInput(paths, options, io)
  const isGiven = paths.length > 0
  const answer = lint({
    linted: isGiven ? given : beside,
    beside: isGiven ? beside : [],
    defaultNamespace: namespace,
    clusterDomain: DEFAULT_CLUSTER_DOMAIN,
    now: Date.now(),
  })
  const notes = answer.leftOut.map(
    (manifest) =>
      `left out, as it cannot be read: ${describe(manifest)} (${manifest.source.file}). Lint it too.`,
  )
  for (const note of notes) io.err(`${note}\n`)
  const exitCode = lintExitCode(answer, { failOn, allowEmpty })
  if (answer.objects.length === 0) io.err(`${NOTHING}\n`)
  await writeAnswer(answerLint(answer, notes, { failOn, exitCode }), { output, reports }, io)
  return exitCode
}

const NOTHING = 'nothing to judge: there is no policy, grant, exception or instance.'

async function readInput(
  paths: readonly string[],
  options: LintOptions,
  io: Io,
): Promise<{ given: Manifest[]; beside: Manifest[] }> {
  const { state = [], cluster, namespace } = options
  if (paths.length === 0 && state.length === 0 && !cluster) {
    throw new CommandError('nothing to judge is named: give PATH, --state PATH or --cluster.')
  }
  if (cluster && state.length > 0) {
    throw new CommandError(
      '--state and --cluster together: what is judged is held against manifests or a cluster. Keep one of the two.',
    )
  }
  if (namespace !== undefined && !isDnsLabel(namespace)) {
    throw new CommandError(`--namespace: wanted the name of a namespace, got ${quote(namespace)}.`)
  }
  if (paths.includes('-') && state.includes('-')) {
    throw new CommandError('standard input (-) is named twice: it can be read once.')
  }
  const read = async (from: readonly string[]): Promise<Manifest[]> => {
    const readings = await readFiles(from, io)
    tellSkipped(readings, options, io)
    const manifests = readings.flatMap((reading) => reading.manifests)
    tellUnread(manifests, io)
    return manifests
  }
  const given = await read(paths)
  const beside = await read(state)
  if (!cluster) return { given, beside }
  await using opened = await openCluster(options, io)
  const { listLinted } = await import('./cluster/lint-cluster.ts')
  return { given, beside: [...beside, ...(await listLinted(opened.client, namespace ?? ''))] }
}
