import { Option, type Command } from 'commander'
import { stringify } from 'yaml'
import { toYamlStream } from '../install/render.ts'
import { listInstances, type InstanceRow } from '../review/list-instances.ts'
import { networkPolicies, type Fence } from '../review/network-policies.ts'
import { EXIT } from '../review/result.ts'
import { CommandError, type Io } from './io.ts'
import type { AddCommand } from './add-command.ts'
import { addWorldOptions, settingsOf, type WorldOptions } from './world/world-options.ts'
import { contextOf, readWorld, type World } from './world/world.ts'

interface InstancesOptions extends WorldOptions {
  readonly output: 'text' | 'json' | 'yaml'
  readonly allowEmpty?: true
  readonly networkPolicy?: true
}

const EXAMPLES = `
Examples:
  dapr-shared instances --state deploy/examples/shop
  dapr-shared instances --cluster -n shop -o json
  dapr-shared instances --cluster -n shop --network-policy | kubectl apply -f -`

export const addInstances: AddCommand = (program, io, finish) => {
  const command: Command = program
    .command('instances')
    .summary('the inventory: which instances there are, and who uses them')
    .description(
      'Lists the Dapr Shared instances of a cluster or a folder of manifests, with their endpoints and consumers, and why an instance cannot be used.',
    )
  addWorldOptions(command, 'only this namespace; also that of objects that name none')
    .addOption(
      new Option('-o, --output <FORMAT>', 'how to answer').choices(['text', 'json', 'yaml']).default('text'),
    )
    .option('--allow-empty', 'it is fine when there are no instances')
    .option(
      '--network-policy',
      'write a NetworkPolicy for each instance instead, which lets only its consumers in',
    )
    .addHelpText('after', EXAMPLES)
    .action(async (options: InstancesOptions) => finish(await instances(options, io)))
}

async function instances(options: InstancesOptions, io: Io): Promise<number> {
  const { namespace, output, allowEmpty } = options
  if (options.networkPolicy) return fences(options, io)
  const settings = settingsOf(options)
  await using world = await readWorld(options, { files: [], allNamespaces: true, consumers: true }, io)
  const context = contextOf(world, settings, namespace ?? 'default')
  const rows = (await listInstances(world.manifests, context, world.consumers)).filter(
    (row) => namespace === undefined || row.namespace === namespace,
  )
  const list = { apiVersion: 'shared.dapr.io/v1alpha1', kind: 'InstanceList', items: rows }
  if (output === 'json') io.out(`${JSON.stringify(list, undefined, 2)}\n`)
  else if (output === 'yaml') io.out(stringify(list, { lineWidth: 0 }))
  else io.out(table(rows))
  if (isIncomplete(world, namespace)) return EXIT.incomplete
  return rows.length > 0 || allowEmpty ? EXIT.fine : EXIT.nothing
}

async function fences(options: InstancesOptions, io: Io): Promise<number> {
  const { namespace, output, allowEmpty } = options
  if (output === 'json') {
    throw new CommandError('--network-policy writes YAML for kubectl apply -f -: leave --output json out.')
  }
  settingsOf(options)
  await using world = await readWorld(options, { files: [], allNamespaces: true }, io)
  const found = networkPolicies(world.inventory, world.policies, namespace)
  for (const { remarks } of found) for (const remark of remarks) io.err(`${remark}\n`)
  io.out(writeFences(found))
  if (isIncomplete(world, namespace)) return EXIT.incomplete
  return allowEmpty || found.some(({ policy }) => policy !== undefined) ? EXIT.fine : EXIT.nothing
}

/** Whether the state is a recording that lacks some of what is listed. */
function isIncomplete({ unread }: World, place: string | undefined): boolean {
  return unread.some(
    ({ kind, namespace = place }) => kind !== undefined && (place === undefined || namespace === place),
  )
}

/** The remarks stand in the stream too, as that is what is kept; those without an object at its head. */
function writeFences(found: readonly Fence[]): string {
  const comments = (remarks: readonly string[]): string => remarks.map((one) => `# ${one}\n`).join('')
  const without = found.filter(({ policy }) => policy === undefined)
  const written = found.flatMap(({ policy, remarks }) =>
    policy === undefined ? [] : toYamlStream([policy]).replace('---\n', () => `---\n${comments(remarks)}`),
  )
  return comments(without.flatMap(({ remarks }) => remarks)) + written.join('')
}

const HEADINGS = [
  'NAMESPACE',
  'APP-ID',
  'STRATEGY',
  'READY',
  'CONSUMERS',
  'HTTP ENDPOINT',
  'GRPC ENDPOINT',
  'TOKEN',
  'PROBLEM',
]

function table(rows: readonly InstanceRow[]): string {
  if (rows.length === 0) return 'no instances\n'
  const cells = rows.map((row) => [
    row.namespace,
    row.appId,
    row.strategy,
    row.ready,
    String(row.consumers),
    row.httpEndpoint,
    row.grpcEndpoint,
    row.token,
    row.problem,
  ])
  const widths = HEADINGS.map((heading, column) =>
    Math.max(...[heading, ...cells.map((line) => line[column] ?? '')].map((text) => text.length)),
  )
  const line = (texts: readonly string[]): string =>
    texts
      .map((text, column) => text.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd()
  return `${[HEADINGS, ...cells].map(line).join('\n')}\n`
}
