import { Option, type Command } from 'commander'
import { GROUPS, type Group } from '../check/catalogue.ts'
import { checkExitCode, FAIL_ON, makeCheckResult, type CheckVerdict } from '../check/result.ts'
import { VERSION } from '../config/version.ts'
import { isDnsLabel } from '../core/dns-names.ts'
import { quote } from '../core/quote.ts'
import { SERVICE_NAMESPACE } from '../core/vocabulary.ts'
import type { AddCommand } from './add-command.ts'
import { CommandError, type Io } from './io.ts'
import { addOutputOptions, readReports, writeAnswer, type OutputOptions } from './output/output.ts'

interface CheckCommandOptions extends OutputOptions {
  readonly kubeconfig?: string
  readonly context?: string
  readonly ownNamespace: string
  readonly clusterDomain?: string
  readonly dryRun: boolean
  readonly dryRunNamespace?: string
  readonly expiryDays: string
  readonly only?: Group[]
  readonly failOn: CheckVerdict['failOn']
  readonly allowUnknown?: true
}

const EXAMPLES = `
Nothing is changed or created; of Secrets only the public certificate is used. Each line that is not fine says how to mend it.

Examples:
  dapr-shared check --cluster                           everything
  dapr-shared check --cluster --only certificates webhooks
  dapr-shared check --cluster --dry-run-namespace shop  ask for the dry-run pod there
  dapr-shared check --cluster --no-dry-run              with read rights alone
  dapr-shared check --cluster --fail-on Warn --report junit=check.xml

Every check has its section in docs/check.md.`

export const addCheck: AddCommand = (program, io, finish) => {
  const command: Command = program
    .command('check')
    .summary('what is wrong with an installation, and how to mend it')
    .description(
      'Looks at an installation in a cluster: versions, webhook configurations, certificates, rights, kinds, instances, Dapr itself, and a pod through the real path by a dry run.',
    )
    .option('--cluster', 'the cluster of the kubeconfig: what is checked in any case')
    .option('--kubeconfig <FILE>', 'kubeconfig of the cluster')
    .option('--context <NAME>', 'context of the kubeconfig')
    .addOption(
      new Option('-n, --own-namespace <NAME>', 'namespace of the webhook').default(SERVICE_NAMESPACE),
    )
    .option(
      '--cluster-domain <DOMAIN>',
      'DNS domain of the cluster (as the Deployment says, else cluster.local)',
    )
  addOutputOptions(command)
    .option('--no-dry-run', 'ask for no pod')
    .option(
      '--dry-run-namespace <NAME>',
      'ask for the dry-run pods there (one with an instance, else default)',
    )
    .option('--expiry-days <N>', 'tell of certificates that end within so many days', '30')
    .addOption(new Option('--only <GROUP...>', 'these groups of checks alone').choices(Object.keys(GROUPS)))
    .addOption(
      new Option('--fail-on <LEVEL>', 'the least grave line that makes the exit code 1')
        .choices(FAIL_ON)
        .default('Fail'),
    )
    .option('--allow-unknown', 'it is fine when something may not be seen')
    .addHelpText('after', EXAMPLES)
    .action(async (options: CheckCommandOptions) => finish(await runCheck(options, io)))
}

async function runCheck(options: CheckCommandOptions, io: Io): Promise<number> {
  const { output, ownNamespace, failOn, allowUnknown = false } = options
  const { expiryDays, only, dryRun } = readOptions(options)
  const reports = readReports(options)
  // the Kubernetes client and the schemas cost memory that other commands need not pay
  const [{ lookAtCluster }, { check }, { answerCheck }, { customResourceDefinitions }] = await Promise.all([
    import('./check/look-at-cluster.ts'),
    import('../check/check.ts'),
    import('../check/answer-check.ts'),
    import('../policy/crd.ts'),
  ])
  const { facts, clusterDomain, now } = await lookAtCluster({ ...options, dryRun, now: Date.now() }, io)
  const definitions = customResourceDefinitions()
  const lines = check(facts, { version: VERSION, now, expiryDays, clusterDomain, definitions }, only)
  const result = makeCheckResult(lines, { server: facts.server, namespace: ownNamespace })
  const exitCode = checkExitCode(result, { failOn, allowUnknown })
  await writeAnswer(answerCheck(result, { failOn, allowUnknown, exitCode }), { output, reports }, io)
  return exitCode
}

/** @throws CommandError for what cannot be meant */
function readOptions(options: CheckCommandOptions): {
  readonly expiryDays: number
  readonly only: ReadonlySet<Group> | undefined
  readonly dryRun: { readonly namespace: string | undefined } | false
} {
  const { ownNamespace, dryRunNamespace, clusterDomain } = options
  const expiryDays = Number(options.expiryDays)
  if (!/^\d{1,5}$/.test(options.expiryDays))
    throw new CommandError(`--expiry-days: wanted a number of days, got ${quote(options.expiryDays)}.`)
  refuseOddNames('--own-namespace', 'the name of a namespace', [ownNamespace])
  refuseOddNames('--dry-run-namespace', 'the name of a namespace', given(dryRunNamespace))
  refuseOddNames('--cluster-domain', 'a DNS domain without dots at its ends', clusterDomain?.split('.') ?? [])
  if (!options.dryRun && dryRunNamespace !== undefined)
    throw new CommandError('--no-dry-run and --dry-run-namespace contradict each other. Keep one of the two.')
  const only = options.only === undefined ? undefined : new Set(options.only)
  // the dry run shows whether the certificate is trusted, too
  const isWanted = only === undefined || only.has('dry-run') || only.has('certificates')
  return { expiryDays, only, dryRun: options.dryRun && isWanted && { namespace: dryRunNamespace } }
}

function given(value: string | undefined): readonly string[] {
  return value === undefined ? [] : [value]
}

function refuseOddNames(flag: string, wanted: string, names: readonly string[]): void {
  const odd = names.find((name) => !isDnsLabel(name))
  if (odd !== undefined) throw new CommandError(`${flag}: wanted ${wanted}, got ${quote(odd)}.`)
}
