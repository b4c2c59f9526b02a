import { objectOr, type DaprdFacts, type TokenSource } from '../core/cluster-facts.ts'
import { isDataKey, isDnsSubdomain } from '../core/dns-names.ts'
import { isPort } from '../core/pair-service.ts'
import type { JsonObject } from '../core/pod.ts'
import type { Version } from '../core/policy.ts'
import { ENV } from '../core/vocabulary.ts'
import { listOf, objectsOf, textOf } from './loose.ts'

// dapr/dapr pkg/runtime: the defaults of daprd's flags
const DEFAULT_HTTP_PORT = 3500
const DEFAULT_GRPC_PORT = 50_001
const DEFAULT_APP_CHANNEL_ADDRESS = '127.0.0.1'

/** Reads daprd's command line, variables and probes. `appIds` holds every `--app-id`: an instance has exactly one. */
export function readDaprd(container: JsonObject): { appIds: string[]; facts: DaprdFacts } {
  const flags = readFlags([...listOf(container['command']), ...listOf(container['args'])])
  const env = objectsOf(container['env'])
  const flag = (name: string): string | undefined => flags.get(name)?.at(-1)
  return {
    appIds: flags.get('app-id') ?? [],
    facts: {
      httpPort: portOf(flag('dapr-http-port')) ?? DEFAULT_HTTP_PORT,
      grpcPort: portOf(flag('dapr-grpc-port')) ?? DEFAULT_GRPC_PORT,
      listenAddresses: (flag('dapr-listen-addresses') ?? '').split(',').filter((address) => address !== ''),
      token: readToken(env),
      appChannel: readAppChannel(flag('app-port'), flag('app-channel-address')),
      mtls: isOn(flag('enable-mtls')),
      secretStoreDisabled: isOn(flag('disable-builtin-k8s-secret-store')),
      sentryAddress: flag('sentry-address'),
      controlPlaneNamespace: literal(env, 'DAPR_CONTROLPLANE_NAMESPACE'),
      schedulerByEnvOnly:
        literal(env, 'DAPR_SCHEDULER_HOST_ADDRESS') !== undefined &&
        flag('scheduler-host-address') === undefined,
      livenessIsHealth: objectOr(objectOr(container['livenessProbe'])['httpGet'])['path'] === '/v1.0/healthz',
      version: readVersion(textOf(container['image'])),
    },
  }
}

/** The flags that {@link readDaprd} reads. Whoever keeps an instance needs no other. */
export const DAPRD_FLAGS = [
  'app-id',
  'dapr-http-port',
  'dapr-grpc-port',
  'dapr-listen-addresses',
  'app-port',
  'app-channel-address',
  'enable-mtls',
  'disable-builtin-k8s-secret-store',
  'sentry-address',
  'scheduler-host-address',
] as const

/** Variables of daprd of which {@link readDaprd} reads the value. */
export const DAPRD_VARIABLES = ['DAPR_CONTROLPLANE_NAMESPACE', 'DAPR_SCHEDULER_HOST_ADDRESS'] as const

/** `--name=value`, `--name value` and the bare `--name` (an empty value), with one dash or two, as Go's flag packages take them. */
export function readFlags(args: readonly unknown[]): Map<string, string[]> {
  const flags = new Map<string, string[]>()
  for (let index = 0; index < args.length; index++) {
    const match = /^--?([a-z][-a-z0-9]*)(?:=(.*))?$/s.exec(textOf(args[index]) ?? '')
    if (match?.[1] === undefined) continue
    const [, name, inline] = match
    const next = textOf(args[index + 1])
    const value = inline ?? (next?.startsWith('-') === false ? next : '')
    flags.set(name, [...(flags.get(name) ?? []), value])
  }
  return flags
}

function portOf(value: string | undefined): number | undefined {
  const port = Number(value)
  return isPort(port) ? port : undefined
}

function isOn(value: string | undefined): boolean {
  return value !== undefined && ['', '1', 't', 'true'].includes(value.toLowerCase())
}

function readAppChannel(port: string | undefined, address: string | undefined): DaprdFacts['appChannel'] {
  const number = portOf(port)
  return number === undefined ? undefined : { port: number, address: address || DEFAULT_APP_CHANNEL_ADDRESS }
}

function readToken(env: readonly JsonObject[]): TokenSource {
  const entry = env.findLast(({ name }) => name === ENV.apiToken)
  if (entry === undefined) return { kind: 'none' }
  const source = objectOr(entry['valueFrom'])
  const reference = objectOr(source['secretKeyRef'])
  const name = textOf(reference['name'])
  const key = textOf(reference['key'])
  if (name !== undefined && key !== undefined && isDnsSubdomain(name) && isDataKey(key)) {
    const { optional } = reference
    return { kind: 'secret', secret: { name, key, ...(typeof optional === 'boolean' ? { optional } : {}) } }
  }
  const empty = Object.keys(source).length === 0 && !textOf(entry['value'])
  return { kind: empty ? 'none' : 'elsewhere' }
}

function literal(env: readonly JsonObject[], name: string): string | undefined {
  return textOf(env.findLast((entry) => entry['name'] === name)?.['value']) || undefined
}

function readVersion(image: string | undefined): Version | undefined {
  const match = /:v?(\d+)\.(\d+)(?:\.(\d+)[^:/]*|-[^:/]*)?$/.exec(image?.split('@')[0] ?? '')
  return match === null ? undefined : [Number(match[1]), Number(match[2]), Number(match[3] ?? 0)]
}
