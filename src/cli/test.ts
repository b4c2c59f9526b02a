import { Option, type Command } from 'commander'
import { DEFAULT_CLUSTER_DOMAIN } from '../config/cluster-domain.ts'
import { SERVICE_NAMESPACE } from '../core/vocabulary.ts'
import type { AddCommand } from './add-command.ts'
import { addOutputOptions, type OutputOptions } from './output/output.ts'
import { collect, type WorldOptions } from './world/world-options.ts'

export interface TestOptions
  extends OutputOptions, Pick<WorldOptions, 'clusterDomain' | 'ownNamespace' | 'skipContainers'> {
  readonly run?: string
  readonly update?: true
  readonly failFast?: true
  readonly watch?: true
  readonly parallel?: string
  readonly coverage?: true
  readonly coverageThreshold?: string[]
  readonly allowEmpty?: true
  readonly verbose?: true
}

const EXAMPLES = `
A suite is a file *.dapr-shared-test.yaml: a cluster in short, requests, and what admission must answer. Each
request is decided as review decides it. A test that names no object that asks, and does not say so, fails.

Exit codes: 0 all passed, 1 a test failed, or coverage is too low, 2 a suite cannot be used as it is written,
3 an answer needs a fact that no manifest tells, 4 nothing was tested. Of several, the first of 2, 1, 3, 4 counts.

Examples:
  dapr-shared test                                  every suite below this folder
  dapr-shared test tests/ --run 'orders > .*gone'   the tests with such a name
  dapr-shared test --watch                          again whenever a suite, or what it reads, changes
  dapr-shared test -u                               write the snapshots of patches, to be looked at and committed
  dapr-shared test --coverage --coverage-threshold policies=100
  dapr-shared test --report junit=admission.xml     beside the text, for a pipeline`

export const addTest: AddCommand = (program, io, finish) => {
  const command: Command = program
    .command('test')
    .argument('[PATH...]', 'suites, folders (searched deeply) or globs (default: this folder)')
    .summary('runs suites of admission tests')
    .description('Runs suites of admission tests: what is sent to admission, and what it must answer.')
  addOutputOptions(command)
    .option('--run <REGEX>', 'only the tests whose "<suite> > <test>" fits, or has this text')
    .option('-u, --update', 'write the snapshots of patches of tests that hold otherwise')
    .option('--fail-fast', 'skip the others after the first test that does not pass')
    .option('-w, --watch', 'run again whenever a suite, or what it reads, changes; Ctrl-C ends')
    .option(
      '--parallel <N>',
      'in how many threads suites are run, each a whole suite at a time (default: as many as help)',
    )
    .option('--coverage', 'also tell which rules and policies the tests look at')
    .option(
      '--coverage-threshold <PERCENT>',
      'fail below it: 80, or rules=50, or policies=100; may repeat',
      collect,
    )
    .option('--allow-empty', 'it is fine when nothing is tested')
    .option('-v, --verbose', 'tell every test')
    .option('--cluster-domain <DOMAIN>', 'DNS domain of the cluster', DEFAULT_CLUSTER_DOMAIN)
    .addOption(
      new Option('--own-namespace <NAME>', 'namespace of the webhook, which is not served').default(
        SERVICE_NAMESPACE,
      ),
    )
    .option('--skip-containers <A,B>', 'containers to leave alone besides the built-in list')
    .addHelpText('after', EXAMPLES)
    .action(async (paths: string[], options: TestOptions) => {
      const { testCommand } = await import('./suites/run-tests.ts')
      finish(await testCommand(paths, options, io))
    })
}
