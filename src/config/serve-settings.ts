import { isDnsLabel, isDnsSubdomain } from '../core/dns-names.ts'
import { quote } from '../core/quote.ts'
import { SERVICE_NAMESPACE } from '../core/vocabulary.ts'
import { LOG_LEVELS, type LogLevel } from './log-level.ts'
import { oneOf, parseCount, parseNames, parsePort, parseSeconds } from './parse-values.ts'
import { envName } from './env-name.ts'
import { readClients, readTls, type ClientSettings, type TlsSettings } from './tls-settings.ts'

/** Where the inventory comes from. */
export type SourceSettings =
  | { readonly kind: 'state'; readonly paths: readonly string[] }
  | {
      readonly kind: 'cluster'
      readonly kubeconfig: string | undefined
      readonly context: string | undefined
    }

export interface ServeSettings {
  readonly source: SourceSettings
  readonly host: string
  readonly port: number
  readonly opsPort: number
  readonly tls: TlsSettings
  /** none: found in the cluster, else `cluster.local` */
  readonly clusterDomain: string | undefined
  readonly ownNamespace: string
  readonly skippedContainers: readonly string[]
  readonly logLevel: LogLevel
  /** seconds to go on serving after SIGTERM, while the cluster learns that this replica goes */
  readonly drainSeconds: number
  readonly reviewApi: ReviewApiMode
  /** whether refusals become Events on what owns the pod */
  readonly events: boolean
  /** who may call, where not everybody may; none: whoever reaches the port */
  readonly clients: ClientSettings | undefined
  /** reviews that are decided at one time */
  readonly maxInFlight: number
  readonly maxConnections: number
}

const ON_OFF = ['on', 'off'] as const

const REVIEW_API_MODES = ['off', 'token', 'loopback'] as const

/** Who may call the review API: nobody, holders of a token of the cluster, or everybody on this machine. */
export type ReviewApiMode = (typeof REVIEW_API_MODES)[number]

export interface RawSettings {
  /** as given on the command line, by flag name */
  readonly flags: Readonly<Record<string, string | undefined>>
  readonly state: readonly string[]
  readonly cluster: boolean
}

export interface SettingsReading {
  readonly settings: ServeSettings | undefined
  /** every problem at once, each naming flag and variable */
  readonly problems: readonly string[]
  readonly warnings: readonly string[]
}

/** Reads what `serve` was told: a flag goes before its environment variable, and that before the default. */
export function readServeSettings(raw: RawSettings, env: NodeJS.ProcessEnv): SettingsReading {
  const problems: string[] = []
  const warnings: string[] = []
  const given = (name: string): string | undefined => raw.flags[name] ?? fromEnv(name, env, warnings)
  const read = <T>(name: string, parse: (text: string) => T | undefined, wanted: string): T | undefined => {
    const text = given(name)
    if (text === undefined) return undefined
    const value = parse(text)
    if (value === undefined)
      problems.push(`--${name} (${envName(name)}): wanted ${wanted}, got ${quote(text)}.`)
    return value
  }

  const clusterVariable = readClusterVariable(given, problems)
  const source =
    clusterVariable === undefined ? undefined : readSource(raw, env, { given, clusterVariable }, problems)
  const inCluster = source?.kind === 'cluster'
  const host = read('host', (text) => text || undefined, 'an address') ?? (inCluster ? '::' : '127.0.0.1')
  const settings = {
    source,
    host,
    port: read('port', parsePort, 'a port from 0 to 65535') ?? 8443,
    opsPort: read('ops-port', parsePort, 'a port from 0 to 65535') ?? 8080,
    tls: readTls(given, read, problems, source?.kind !== 'state'),
    clusterDomain: read(
      'cluster-domain',
      (text) => (isDnsSubdomain(text) ? text : undefined),
      'a DNS domain without dots at its ends',
    ),
    ownNamespace:
      read('own-namespace', (text) => (isDnsLabel(text) ? text : undefined), 'the name of a namespace') ??
      SERVICE_NAMESPACE,
    skippedContainers: read('skip-containers', parseNames, 'container names with commas between them') ?? [],
    logLevel: read('log-level', oneOf(LOG_LEVELS), LOG_LEVELS.join(', ')) ?? 'info',
    drainSeconds: read('drain-seconds', parseSeconds, 'seconds from 0 to 600') ?? (inCluster ? 15 : 0),
    reviewApi: read('review-api', oneOf(REVIEW_API_MODES), REVIEW_API_MODES.join(', ')) ?? 'off',
    events: (read('events', oneOf(ON_OFF), ON_OFF.join(' or ')) ?? (inCluster ? 'on' : 'off')) === 'on',
    clients: readClients(given, read, problems),
    maxInFlight: read('max-in-flight', parseCount, 'a number from 1 to 100000') ?? 500,
    maxConnections: read('max-connections', parseCount, 'a number from 1 to 100000') ?? 2000,
  }
  if (source !== undefined) {
    problems.push(
      ...reviewApiProblems({ ...settings, source }),
      ...clusterOnlyProblems({ ...settings, source }),
    )
  }
  const ready = source !== undefined && problems.length === 0
  return {
    settings: ready ? { ...settings, source } : undefined,
    problems,
    warnings,
  }
}

/** A `tcp://` value is not ours: Kubernetes puts such variables there for a Service named `dapr-shared`. */
function fromEnv(name: string, env: NodeJS.ProcessEnv, warnings: string[]): string | undefined {
  const variable = envName(name)
  const value = env[variable]
  if (value === undefined || value === '') return undefined
  if (!value.startsWith('tcp://')) return value
  warnings.push(
    `${variable} is ignored: Kubernetes' service links put "tcp://..." there. Set enableServiceLinks: false on the pod.`,
  )
  return undefined
}

/** Looked at even where a flag decides: a typo in it would be found on the day when the flag goes. */
function readClusterVariable(
  given: (name: string) => string | undefined,
  problems: string[],
): boolean | undefined {
  const text = given('cluster') ?? 'false'
  if (text === 'true' || text === 'false') return text === 'true'
  problems.push(`${envName('cluster')}: wanted true or false, got ${quote(text)}.`)
  return undefined
}

function readSource(
  { state, cluster }: RawSettings,
  env: NodeJS.ProcessEnv,
  { given, clusterVariable }: { given: (name: string) => string | undefined; clusterVariable: boolean },
  problems: string[],
): SourceSettings | undefined {
  const paths =
    state.length > 0 || cluster ? state : (env[envName('state')]?.split(':').filter(Boolean) ?? [])
  const fromCluster = cluster || (paths.length === 0 && clusterVariable)
  if (paths.length > 0 && fromCluster) {
    problems.push(
      '--state and --cluster together: instances come from a folder or from a cluster. Keep one of the two.',
    )
  } else if (paths.length > 0) return { kind: 'state', paths }
  else if (fromCluster) return { kind: 'cluster', kubeconfig: given('kubeconfig'), context: given('context') }
  else
    problems.push(
      'neither --state nor --cluster: say where instances come from. Try: --state deploy/examples/shop',
    )
  return undefined
}

/** Without a token only this machine may ask, and a token is checked by a cluster. */
function reviewApiProblems({ reviewApi, source, host }: ServeSettings): string[] {
  const flag = `--review-api ${reviewApi} (${envName('review-api')})`
  if (reviewApi === 'token' && source.kind === 'state')
    return [
      `${flag}: with --state there is no cluster that could check a token. Use --review-api loopback, or --cluster.`,
    ]
  if (reviewApi === 'loopback' && source.kind === 'cluster')
    return [`${flag}: what a cluster has is not for everybody. Use --review-api token, or --state.`]
  if (reviewApi === 'loopback' && !isLoopback(host))
    return [
      `${flag}: nobody is asked for a token, and --host ${quote(host)} can be reached from elsewhere. Use --host 127.0.0.1.`,
    ]
  return []
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host)
}

/** What needs a cluster to be of use. */
function clusterOnlyProblems({
  source,
  tls,
  events,
}: {
  source: SourceSettings
  tls: TlsSettings
  events: boolean
}): string[] {
  if (source.kind === 'cluster') return []
  const problems: string[] = []
  if (tls.mode === 'secret' || tls.mode === 'built-in')
    problems.push(
      `--tls-mode ${tls.mode} (${envName('tls-mode')}): with --state there is no cluster that has a Secret. Use --tls-cert and --tls-key, or --cluster.`,
    )
  if (events)
    problems.push(
      `--events on (${envName('events')}): with --state there is no cluster that takes Events. Leave it out, or use --cluster.`,
    )
  return problems
}
