import { isDnsLabel, isDnsSubdomain } from '../core/dns-names.ts'
import { quote } from '../core/quote.ts'
import { SERVICE_NAMESPACE } from '../core/vocabulary.ts'
import { LOG_LEVELS, type LogLevel } from './log-level.ts'

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
  /** PEM files; without them a certificate is made */
  readonly tls: { readonly certFile: string; readonly keyFile: string } | undefined
  /** none: found in the cluster, else `cluster.local` */
  readonly clusterDomain: string | undefined
  readonly ownNamespace: string
  readonly skippedContainers: readonly string[]
  readonly logLevel: LogLevel
  /** seconds to go on serving after SIGTERM, while the cluster learns that this replica goes */
  readonly drainSeconds: number
  readonly reviewApi: ReviewApiMode
}

const REVIEW_API_MODES = ['off', 'token', 'loopback'] as const

/** Who may call the review API: nobody, holders of a token of the cluster, or everybody on this machine. */
export type ReviewApiMode = (typeof REVIEW_API_MODES)[number]

/** A flag of `serve`, its environment variable, and what `--help` says. */
export interface Flag {
  readonly name: string
  readonly value: string
  readonly help: string
}

export const SERVE_FLAGS: readonly Flag[] = [
  {
    name: 'host',
    value: 'ADDRESS',
    help: 'address to listen on (127.0.0.1 with --state, all with --cluster)',
  },
  { name: 'port', value: 'PORT', help: 'port of the webhook (8443)' },
  { name: 'ops-port', value: 'PORT', help: 'port of probes and metrics (8080)' },
  { name: 'tls-cert', value: 'FILE', help: 'certificate chain, PEM; without it a certificate is made' },
  { name: 'tls-key', value: 'FILE', help: 'its private key, PEM' },
  {
    name: 'cluster-domain',
    value: 'DOMAIN',
    help: 'DNS domain of the cluster (found in the cluster, else cluster.local)',
  },
  { name: 'kubeconfig', value: 'FILE', help: 'kubeconfig for --cluster' },
  { name: 'context', value: 'NAME', help: 'context of the kubeconfig' },
  {
    name: 'own-namespace',
    value: 'NAME',
    help: `namespace of the service itself, which is not served (${SERVICE_NAMESPACE})`,
  },
  { name: 'skip-containers', value: 'A,B', help: 'containers to leave alone besides the built-in list' },
  { name: 'log-level', value: 'LEVEL', help: `${LOG_LEVELS.join(', ')} (info)` },
  {
    name: 'drain-seconds',
    value: 'N',
    help: 'seconds to go on serving after SIGTERM (15 with --cluster, 0 with --state)',
  },
  {
    name: 'review-api',
    value: 'WHO',
    help: 'who may POST manifests to /v1/review: token (with --cluster), loopback (with --state), off (off)',
  },
]

/** `--ops-port` is also `DAPR_SHARED_OPS_PORT`. */
export function envName(flag: string): string {
  return `DAPR_SHARED_${flag.toUpperCase().replaceAll('-', '_')}`
}

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

  const source = readSource(raw, env, given, problems)
  const inCluster = source?.kind === 'cluster'
  const host = read('host', (text) => text || undefined, 'an address') ?? (inCluster ? '::' : '127.0.0.1')
  const settings = {
    source,
    host,
    port: read('port', parsePort, 'a port from 0 to 65535') ?? 8443,
    opsPort: read('ops-port', parsePort, 'a port from 0 to 65535') ?? 8080,
    tls: readTls(given, problems),
    clusterDomain: read(
      'cluster-domain',
      (text) => (isDnsSubdomain(text) ? text : undefined),
      'a DNS domain without dots at its ends',
    ),
    ownNamespace:
      read('own-namespace', (text) => (isDnsLabel(text) ? text : undefined), 'the name of a namespace') ??
      SERVICE_NAMESPACE,
    skippedContainers: read('skip-containers', parseNames, 'container names with commas between them') ?? [],
    logLevel:
      read('log-level', (text) => LOG_LEVELS.find((level) => level === text), LOG_LEVELS.join(', ')) ??
      'info',
    drainSeconds: read('drain-seconds', parseSeconds, 'seconds from 0 to 600') ?? (inCluster ? 15 : 0),
    reviewApi:
      read(
        'review-api',
        (text) => REVIEW_API_MODES.find((mode) => mode === text),
        REVIEW_API_MODES.join(', '),
      ) ?? 'off',
  }
  if (source !== undefined) problems.push(...reviewApiProblems({ ...settings, source }))
  const ready = source !== undefined && problems.length === 0
  return { settings: ready ? { ...settings, source } : undefined, problems, warnings }
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

function readSource(
  { state, cluster }: RawSettings,
  env: NodeJS.ProcessEnv,
  given: (name: string) => string | undefined,
  problems: string[],
): SourceSettings | undefined {
  const paths =
    state.length > 0 || cluster ? state : (env[envName('state')]?.split(':').filter(Boolean) ?? [])
  const fromCluster = cluster || (paths.length === 0 && env[envName('cluster')] === 'true')
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

function readTls(given: (name: string) => string | undefined, problems: string[]): ServeSettings['tls'] {
  const certFile = given('tls-cert')
  const keyFile = given('tls-key')
  if (certFile !== undefined && keyFile !== undefined) return { certFile, keyFile }
  if (certFile !== undefined)
    problems.push(`--tls-cert without --tls-key (${envName('tls-key')}). Give both, or neither.`)
  if (keyFile !== undefined)
    problems.push(`--tls-key without --tls-cert (${envName('tls-cert')}). Give both, or neither.`)
  return undefined
}

function parsePort(text: string): number | undefined {
  const port = Number(text)
  return /^\d{1,5}$/.test(text) && port <= 65_535 ? port : undefined
}

function parseSeconds(text: string): number | undefined {
  const seconds = Number(text)
  return /^\d{1,3}(\.\d+)?$/.test(text) && seconds <= 600 ? seconds : undefined
}

function parseNames(text: string): string[] | undefined {
  const names = text.split(',')
  return names.every(isDnsLabel) ? names : undefined
}
