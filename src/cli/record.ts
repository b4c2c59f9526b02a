import { realpath } from 'node:fs/promises'
import { resolve } from 'node:path'
import { Option, type Command } from 'commander'
import { DEFAULT_CLUSTER_DOMAIN } from '../config/cluster-domain.ts'
import { VERSION } from '../config/version.ts'
import { isDnsLabel, isDnsSubdomain } from '../core/dns-names.ts'
import { quote } from '../core/quote.ts'
import { countOf } from '../core/count-of.ts'
import { contentsOf, writeRecording, type Recording } from '../record/recording.ts'
import { readWorkloadName, type NamedWorkload } from '../record/workload-kinds.ts'
import { EXIT } from '../review/result.ts'
import type { AddCommand } from './add-command.ts'
import { openCluster } from './cluster/ask-cluster.ts'
import { CommandError, type Io } from './io.ts'
import type { RecordedCluster } from './record/read-cluster.ts'
import { collect } from './world/world-options.ts'
import { writePrivateFile } from './record/write-private-file.ts'

interface RecordOptions {
  readonly cluster?: true
  readonly kubeconfig?: string
  readonly context?: string
  readonly namespace?: string[]
  readonly allNamespaces?: true
  readonly workloads?: string[]
  readonly optedIn?: true
  readonly consumers?: true
  readonly partial?: true
  readonly clusterDomain?: string
  /** true without a path: standard input */
  readonly fromLog?: string | true
  readonly state?: string[]
  readonly outputFile?: string
  readonly allowEmpty?: true
}

const EXAMPLES = `
No Secret is read, and of everything else only what decisions read is kept: no other value of a variable,
no argument, no annotation but ours. The file is readable by you alone.

Examples:
  dapr-shared record --cluster -n shop --opted-in -o recorded.yaml
  dapr-shared review -f pod.yaml --state recorded.yaml       the answer of that cluster, without it
  dapr-shared record --cluster -n shop --workloads deployment/web cronjob/report -o recorded.yaml
  kubectl logs -n dapr-shared-system -l app.kubernetes.io/name=dapr-shared-admission --tail=-1 |
    dapr-shared record --from-log --state recorded.yaml -o refused.dapr-shared-test.yaml
  dapr-shared test refused.dapr-shared-test.yaml`

export const addRecord: AddCommand = (program, io, finish) => {
  const command: Command = program
    .command('record')
    .summary('what a cluster has of Dapr Shared, as a file for --state; or its log, as tests')
    .description(
      'Writes what a cluster has of Dapr Shared to one file without Secret data, which --state takes in place of the cluster. With --from-log, makes a suite of tests of the decisions in the log of the webhook.',
    )
    .option('--cluster', 'record the cluster of the kubeconfig')
    .option('--kubeconfig <FILE>', 'kubeconfig for --cluster')
    .option('--context <NAME>', 'context of the kubeconfig')
    .option('-n, --namespace <NAME>', 'namespace to record (default); may repeat', collect)
    .option('-A, --all-namespaces', 'record all namespaces')
    .option('--workloads <KIND/NAME...>', 'also these workloads or pods, with their owners')
    .option('--opted-in', 'also every workload whose pods ask for an instance')
    .option('--consumers', 'also the pods that use an instance, though no policy counts them')
    .option('--partial', 'record the rest where something may not be read; the file says what is missing')
    .option('--cluster-domain <DOMAIN>', `DNS domain of the cluster (${DEFAULT_CLUSTER_DOMAIN})`)
    .option('--from-log [FILE]', 'make tests of the decisions in a log of the webhook (standard input)')
    .option('--state <PATH>', 'with --from-log: the recorded cluster that the tests see; may repeat', collect)
    .addOption(new Option('-o, --output-file <FILE>', 'where to write (standard output)'))
    .option('--allow-empty', 'it is fine when there is nothing to record')
    .addHelpText('after', EXAMPLES)
  command.action(async (options: RecordOptions) => finish(await record(options, io)))
}

function record(options: RecordOptions, io: Io): Promise<number> {
  const { cluster, fromLog } = options
  if (cluster && fromLog !== undefined) {
    throw new CommandError('--cluster and --from-log together: record one after the other.')
  }
  if (fromLog !== undefined) return recordLog(options, fromLog === true ? '-' : fromLog, io)
  if (cluster) return recordLive(options, io)
  throw new CommandError('nothing says what to record: give --cluster, or --from-log FILE.')
}

async function recordLive(options: RecordOptions, io: Io): Promise<number> {
  const namespaces = namespacesOf(options)
  const workloads = workloadsOf(options, namespaces)
  if (options.state !== undefined) throw new CommandError('--state belongs to --from-log: leave it out.')
  const { recordCluster } = await import('./record/read-cluster.ts')
  await using asked = await openCluster(options, io)
  const {
    optedIn = false,
    consumers = false,
    partial = false,
    clusterDomain = DEFAULT_CLUSTER_DOMAIN,
  } = options
  const request = { namespaces, workloads, optedIn, consumers, partial, clusterDomain }
  const recorded = await recordCluster(asked.client, request, io.progress)
  for (const { why } of recorded.unread) io.err(`not read: ${why}.\n`)
  if (isEmpty(recorded) && !options.allowEmpty) {
    const place = namespaces.length === 0 ? 'the cluster' : `namespace ${namespaces.join(', ')}`
    io.err(`nothing to record: ${place} has no instance, no policy and no chosen workload (-n NAME, -A).\n`)
    return recorded.unread.length > 0 ? EXIT.incomplete : EXIT.nothing
  }
  if (optedIn && recorded.chosen === 0) io.err('no workload asks for an instance.\n')
  const { recording, server, unread, consumersAsked } = recorded
  const file = fileOf(options)
  const text = writeRecording(recording, {
    at: new Date().toISOString(),
    program: VERSION,
    server,
    namespaces,
    unread,
    consumersAsked,
    file: file ?? 'recorded.yaml',
  })
  await write(text, file, contentsOf(recording), io)
  return unread.length > 0 ? EXIT.incomplete : EXIT.fine
}

async function recordLog(options: RecordOptions, log: string, io: Io): Promise<number> {
  const { state = [], allowEmpty } = options
  const stray = FOR_CLUSTER.find(([key]) => options[key] !== undefined)
  if (stray !== undefined)
    throw new CommandError(`${stray[1]} belongs to --cluster: leave it out, or --from-log.`)
  const namespaces = options.namespace === undefined ? [] : namespacesOf(options)
  const file = fileOf(options)
  if (file !== undefined) await refuseOverwriting(file, [log, ...state], io)
  const { suiteOfLog } = await import('./record/read-log.ts')
  const { text, tests, notes } = await suiteOfLog({ log, namespaces, state, output: file }, io)
  for (const note of notes) io.err(`${note}\n`)
  if (tests === 0) {
    io.err(
      'no decision about a pod in the log: refusals and warnings are there by default, the rest with --log-level debug.\n',
    )
    return allowEmpty ? EXIT.fine : EXIT.nothing
  }
  await write(text, file, countOf(tests, 'test'), io)
  if (state.length === 0) {
    io.err(
      'these tests see an empty cluster: record it, and name it as "state", as the head of the suite says.\n',
    )
  }
  return EXIT.fine
}

/** A suite written over the log or the cluster that it was made of could not be made again. */
async function refuseOverwriting(file: string, inputs: readonly string[], { cwd }: Io): Promise<void> {
  const real = (path: string): Promise<string> => realpath(resolve(cwd, path)).catch(() => resolve(cwd, path))
  const output = await real(file)
  for (const input of inputs) {
    const path = await real(input)
    if (input !== '-' && path === output) {
      throw new CommandError(
        `-o ${file}: would overwrite what the suite is made of. Write it to another file.`,
      )
    }
  }
}

const FOR_CLUSTER = [
  ['allNamespaces', '--all-namespaces'],
  ['workloads', '--workloads'],
  ['optedIn', '--opted-in'],
  ['consumers', '--consumers'],
  ['partial', '--partial'],
  ['kubeconfig', '--kubeconfig'],
  ['context', '--context'],
  ['clusterDomain', '--cluster-domain'],
] as const

async function write(text: string, file: string | undefined, what: string, io: Io): Promise<void> {
  if (file === undefined) io.out(text)
  else await writePrivateFile(file, text, io)
  io.err(`${file ?? 'recorded'}: ${what}\n`)
}

function fileOf({ outputFile }: RecordOptions): string | undefined {
  return outputFile === '-' ? undefined : outputFile
}

/** Empty for all of them. */
function namespacesOf({ namespace, allNamespaces }: RecordOptions): readonly string[] {
  if (allNamespaces && namespace !== undefined) {
    throw new CommandError('--namespace and --all-namespaces together: keep one of the two.')
  }
  const odd = namespace?.find((name) => !isDnsLabel(name))
  if (odd !== undefined)
    throw new CommandError(`--namespace: wanted the name of a namespace, got ${quote(odd)}.`)
  return allNamespaces ? [] : [...new Set(namespace ?? ['default'])].toSorted()
}

function workloadsOf({ workloads = [] }: RecordOptions, namespaces: readonly string[]): NamedWorkload[] {
  if (workloads.length > 0 && namespaces.length === 0) {
    throw new CommandError('--workloads: say in which namespace, with -n NAME instead of --all-namespaces.')
  }
  return workloads.map((text) => {
    const read = readWorkloadName(text)
    if (typeof read === 'string') throw new CommandError(`--workloads ${quote(text)}: ${read}.`)
    if (!isDnsSubdomain(read.name)) {
      throw new CommandError(`--workloads ${quote(text)}: no object can be called ${quote(read.name)}.`)
    }
    return read
  })
}

/** Namespaces and Services alone say nothing of Dapr Shared. */
function isEmpty({ recording, chosen }: RecordedCluster): boolean {
  return chosen === 0 && !TELLING.some((kind) => hasKind(recording, kind))
}

const TELLING = [
  'DaemonSet',
  'Deployment',
  'DaprSharedPolicy',
  'DaprSharedGrant',
  'DaprSharedException',
  'DaprSharedInstance',
]

function hasKind({ counts }: Recording, kind: string): boolean {
  return (counts.get(kind) ?? 0) > 0
}
