import { endpointHost, endpointPort, type Instance } from './instance.ts'
import type { EnvVar } from './pod.ts'
import type { Defaults, VariableSource } from './policy.ts'

/**
 * The variables of clients that know no endpoint variable: Python's DAPR_RUNTIME_HOST, Java's DAPR_SIDECAR_IP,
 * OpenFunction's DAPR_HOST take a bare host, and the ports beside it.
 */
export const LEGACY_VARIABLES: Defaults['env'] = [
  { name: 'DAPR_RUNTIME_HOST', from: 'Host' },
  { name: 'DAPR_SIDECAR_IP', from: 'Host' },
  { name: 'DAPR_HOST', from: 'Host' },
  { name: 'DAPR_HTTP_PORT', from: 'HTTPPort' },
  { name: 'DAPR_GRPC_PORT', from: 'GRPCPort' },
]

/** The further variables that a policy's defaults give to the consumers of an instance. */
export function defaultVariables({ env }: Pick<Defaults, 'env'>, instance: Instance): EnvVar[] {
  return env.map(({ name, from }) => ({ name, value: valueOf(from, instance) }))
}

/** Host and HTTP port of an external instance are those of its HTTP endpoint. */
function valueOf(source: VariableSource, instance: Instance): string {
  const { httpEndpoint, grpcEndpoint, appId, namespace } = instance
  switch (source) {
    case 'HTTPEndpoint':
      return httpEndpoint
    case 'GRPCEndpoint':
      return grpcEndpoint
    case 'Host':
      return endpointHost(httpEndpoint)
    case 'HTTPPort':
      return endpointPort(httpEndpoint)
    case 'GRPCPort':
      return endpointPort(grpcEndpoint)
    case 'AppID':
      return appId
    case 'Namespace':
      return namespace
  }
}
