import { Option, type Command } from 'commander'
import { DEFAULT_CLUSTER_DOMAIN } from '../../config/cluster-domain.ts'
import { makeSettings, type Settings } from '../../core/settings.ts'
import { isDnsLabel } from '../../core/dns-names.ts'
import { quote } from '../../core/quote.ts'
import { SERVICE_NAMESPACE } from '../../core/vocabulary.ts'
import { CommandError } from '../io.ts'

/** The options of every command that looks at a cluster, a real one or one of manifests. */
export interface WorldOptions {
  readonly state?: string[]
  readonly cluster?: true
  readonly kubeconfig?: string
  readonly context?: string
  readonly namespace?: string
  readonly clusterDomain: string
  readonly ownNamespace: string
  readonly skipContainers?: string
  readonly strict?: true
}

/** @param ofNamespace what the command does with a namespace */
export function addWorldOptions(command: Command, ofNamespace?: string): Command {
  command
    .option(
      '--state <PATH>',
      'file or folder of manifests that stands for the cluster: instances, policies, namespaces (- is standard input); may repeat',
      collect,
    )
    .option('--cluster', 'take them from the cluster of the kubeconfig')
  return addClusterOptions(command, 'kubeconfig for --cluster', ofNamespace)
}

/** The options of a command that looks at a real cluster in any case. */
export function addClusterOptions(
  command: Command,
  ofKubeconfig: string,
  ofNamespace = 'namespace of objects that name none (default)',
): Command {
  return command
    .option('--kubeconfig <FILE>', ofKubeconfig)
    .option('--context <NAME>', 'context of the kubeconfig')
    .option('-n, --namespace <NAME>', ofNamespace)
    .option('--cluster-domain <DOMAIN>', 'DNS domain of the cluster', DEFAULT_CLUSTER_DOMAIN)
    .addOption(
      new Option('--own-namespace <NAME>', 'namespace of the webhook, which is not served').default(
        SERVICE_NAMESPACE,
      ),
    )
    .option('--skip-containers <A,B>', 'containers to leave alone besides the built-in list')
    .option('--strict', 'an object of an unknown kind is an error')
}

/** Of an option that may repeat: every value that it was given. */
export function collect(value: string, previous: string[] = []): string[] {
  return [...previous, value]
}

/**
 * What governs the decisions of a command: the same as a server's.
 *
 * @throws CommandError for a name that Kubernetes would refuse
 */
export function settingsOf(options: WorldOptions): Settings {
  const { skipContainers, ownNamespace, namespace, clusterDomain } = options
  const skipped = skipContainers?.split(',') ?? []
  refuseOddNames('--skip-containers', 'container names with commas between them', skipped)
  refuseOddNames('--namespace', 'the name of a namespace', namespace === undefined ? [] : [namespace])
  refuseOddNames('--own-namespace', 'the name of a namespace', [ownNamespace])
  refuseOddNames('--cluster-domain', 'a DNS domain without dots at its ends', clusterDomain.split('.'))
  return makeSettings(skipped, ownNamespace)
}

function refuseOddNames(flag: string, wanted: string, names: readonly string[]): void {
  const odd = names.find((name) => !isDnsLabel(name))
  if (odd !== undefined) throw new CommandError(`${flag}: wanted ${wanted}, got ${quote(odd)}.`)
}
