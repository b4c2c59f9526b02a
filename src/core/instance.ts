import type { Placement } from './placement.ts'
import type { EnvVar } from './pod.ts'
import type { Version } from './policy.ts'
import type { Finding } from './rules.ts'
import { ENV } from './vocabulary.ts'

/** How an instance runs; the spelling is that of the annotation `dapr.io/shared-strategy`. */
export type Strategy = 'daemonset' | 'deployment' | 'external'

/** A key of a Secret. `optional` as Kubernetes has it: the container starts even without the Secret. */
export interface SecretKey {
  readonly name: string
  readonly key: string
  readonly optional?: boolean
}

/** What the workload's status says; unknown where there is no status, as in rendered manifests. */
export type Readiness =
  { readonly known: false } | { readonly known: true; readonly ready: number; readonly wanted: number }

/** The Service to which an instance delivers what comes in for the application. */
export interface AppChannel {
  readonly namespace: string
  readonly service: string
  readonly port: number
}

/** What policies ask of an instance that runs in the cluster. */
export interface Traits {
  readonly serviceType: string
  readonly externalIps: boolean
  readonly locality: 'Local' | 'Preferred' | 'Spread'
  readonly daprVersion: Version | undefined
  readonly placement: Placement
}

/** A Dapr Shared instance: one daprd for one app-id in one namespace, reachable by its consumers. */
export interface Instance {
  readonly namespace: string
  readonly appId: string
  readonly strategy: Strategy
  /** `DaemonSet/order-dapr-shared-chart`: for people */
  readonly workload: string
  /** name of its Service, in the same namespace; none for an external instance */
  readonly service: string | undefined
  readonly httpEndpoint: string
  readonly grpcEndpoint: string
  /** where daprd itself takes its token from; none where it has no token, or has it otherwise */
  readonly token: SecretKey | undefined
  readonly readiness: Readiness
  readonly appChannel: AppChannel | undefined
  /** the endpoint variables, made once because every consumer gets the same */
  readonly endpointVariables: readonly [http: EnvVar, grpc: EnvVar]
  /** what can be said of the instance whoever asks: its own safety, defects and locality */
  readonly observations: readonly Finding[]
  /** none for an external instance */
  readonly traits: Traits | undefined
}

/** The variables with which a consumer finds an instance at these endpoints. */
export function endpointVariables(http: string, grpc: string): Instance['endpointVariables'] {
  return [
    { name: ENV.httpEndpoint, value: http },
    { name: ENV.grpcEndpoint, value: grpc },
  ]
}

/** `<namespace>/<appId>`, as `dapr.io/shared-status` and audit annotations write it. */
export function instanceKey({
  namespace,
  appId,
}: {
  readonly namespace: string
  readonly appId: string
}): string {
  return `${namespace}/${appId}`
}

/** The host of an endpoint `scheme://host:port`, as all our endpoints are. */
export function endpointHost(endpoint: string): string {
  return endpoint.slice(endpoint.indexOf('://') + 3, endpoint.lastIndexOf(':'))
}

export function endpointPort(endpoint: string): string {
  return endpoint.slice(endpoint.lastIndexOf(':') + 1)
}
