import type { Readiness, SecretKey } from './instance.ts'
import type { Placement } from './placement.ts'
import type { JsonObject } from './pod.ts'
import type { Version } from './policy.ts'

/** What we keep of the cluster: a dozen fields of each object, never the object. */

export type WorkloadKind = 'DaemonSet' | 'Deployment'

/** How daprd gets its API token, as far as its pod template shows. A `secretKeyRef` counts as a token unread. */
export type TokenSource =
  | { readonly kind: 'none' }
  | { readonly kind: 'secret'; readonly secret: SecretKey }
  /** a literal or another source, which consumers cannot be given by reference */
  | { readonly kind: 'elsewhere' }

/** What the arguments, variables and probes of the `daprd` container say. */
export interface DaprdFacts {
  readonly httpPort: number
  readonly grpcPort: number
  /** `--dapr-listen-addresses`, empty where not given: all addresses */
  readonly listenAddresses: readonly string[]
  readonly token: TokenSource
  /** where it delivers to the application: `--app-channel-address`, `--app-port`; none without a port */
  readonly appChannel: { readonly address: string; readonly port: number } | undefined
  readonly mtls: boolean
  readonly secretStoreDisabled: boolean
  readonly sentryAddress: string | undefined
  readonly controlPlaneNamespace: string | undefined
  readonly schedulerByEnvOnly: boolean
  /** its liveness probe asks /v1.0/healthz, which waits for the application */
  readonly livenessIsHealth: boolean
  /** from the image's tag, `[1, 15, 7]`; none where the tag has none */
  readonly version: Version | undefined
}

/** A DaemonSet or Deployment that runs a shared daprd. */
export interface WorkloadFacts {
  readonly kind: WorkloadKind
  readonly namespace: string
  readonly name: string
  /** RFC 3339, empty in files */
  readonly createdAt: string
  readonly deleting: boolean
  readonly appId: string
  readonly podLabels: Readonly<Record<string, string>>
  /** container ports of the template by name, for a Service's named target ports */
  readonly namedPorts: ReadonlyMap<string, number>
  readonly daprd: DaprdFacts
  /** an init container copies Sentry's issuer key to this ConfigMap */
  readonly issuerKeyConfigMap: string | undefined
  readonly readiness: Readiness
  /** where its pods may run */
  readonly placement: Placement
}

/** An instance that no workload runs: a DaprSharedInstance with endpoints outside of the cluster. */
export interface ExternalFacts {
  readonly namespace: string
  readonly appId: string
  readonly httpEndpoint: string
  readonly grpcEndpoint: string
  readonly token: SecretKey | undefined
}

/** A workload that is marked as an instance but cannot be one. */
export interface UnusableWorkload {
  readonly kind: WorkloadKind | 'DaprSharedInstance'
  readonly namespace: string
  readonly name: string
  readonly reason: string
}

export interface ServicePort {
  readonly name: string
  readonly port: number
  readonly targetPort: number | string
  readonly tcp: boolean
}

export interface ServiceFacts {
  readonly namespace: string
  readonly name: string
  /** empty where the Service has none: it selects nothing */
  readonly selector: Readonly<Record<string, string>>
  readonly type: string
  readonly headless: boolean
  readonly ports: readonly ServicePort[]
  /** `Local`: traffic never leaves the node; `Preferred`: it does where the node has no endpoint */
  readonly locality: 'Local' | 'Preferred' | 'Spread'
  readonly ipv6First: boolean
  readonly externalIps: boolean
  /** the app-id of a sidecar application, where Dapr's operator made this Service */
  readonly sidecarAppId: string | undefined
}

export interface NamespaceFacts {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
}

/** `DaemonSet/order`: a workload, for people. */
export function workloadName({ kind, name }: { readonly kind: string; readonly name: string }): string {
  return `${kind}/${name}`
}

/** Whether a Service with this selector takes pods with these labels. An empty selector takes none. */
export function selects(
  selector: Readonly<Record<string, string>>,
  labels: Readonly<Record<string, string>>,
): boolean {
  const keys = Object.keys(selector)
  return keys.length > 0 && keys.every((key) => Object.hasOwn(labels, key) && labels[key] === selector[key])
}

/** Narrows a loose value to an object, an absent or odd one to an empty object. */
export function objectOr(value: unknown): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {}
}
