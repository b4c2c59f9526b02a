import type { Strategy } from '../core/instance.ts'
import type { PolicyRules, Version } from '../core/policy.ts'
import { compileHosts, compileNames } from './compile-matchers.ts'
import { WRITTEN_DEFAULTS } from './schema/default-values.ts'
import type { PolicySpec } from './schema/policy.ts'

type RulesSpec = NonNullable<PolicySpec['rules']>

const STRATEGY: Readonly<Record<'DaemonSet' | 'Deployment' | 'External', Strategy>> = {
  DaemonSet: 'daemonset',
  Deployment: 'deployment',
  External: 'external',
}

/** Compiles what a policy demands. A part that is there without its field has the field's default. */
export function compileRules({
  strategies,
  instance,
  locality,
  crossNamespace,
  identity,
  capacity,
  sidecar,
  security,
  endpoints,
  workloads,
}: RulesSpec = {}): PolicyRules {
  return given({
    strategies: strategies?.allowed && new Set(strategies.allowed.map((name) => STRATEGY[name])),
    minReadyReplicas: instance?.minReadyReplicas,
    inUse: instance && (instance.inUse ?? WRITTEN_DEFAULTS.inUse),
    node: locality && (locality.node ?? WRITTEN_DEFAULTS.node),
    crossNamespace: crossNamespace && (crossNamespace.mode ?? WRITTEN_DEFAULTS.mode),
    identity: identity && compileIdentity(identity),
    capacity: capacity && {
      maxWorkloads: capacity.maxWorkloads,
      maxPods: capacity.maxPods,
      maxPodsPerReplica: capacity.maxPodsPerReplica,
    },
    sidecar: sidecar && (sidecar.conflict ?? WRITTEN_DEFAULTS.conflict),
    apiToken: security?.apiToken,
    mtls: security?.mtls,
    secretStore: security?.secretStore,
    serviceTypes: security?.serviceTypes && new Set<string>(security.serviceTypes),
    minDaprVersion: security?.minDaprVersion === undefined ? undefined : readVersion(security.minDaprVersion),
    endpoints: endpoints && {
      hosts: endpoints.allowedHosts && compileHosts(endpoints.allowedHosts),
      schemes: endpoints.allowedSchemes && new Set<string>(endpoints.allowedSchemes),
    },
    workloadKinds: workloads?.allowedKinds && new Set(workloads.allowedKinds),
  })
}

function compileIdentity({
  bindings = [],
  unlisted = WRITTEN_DEFAULTS.unlisted,
}: NonNullable<RulesSpec['identity']>): NonNullable<PolicyRules['identity']> {
  return {
    unlisted,
    bindings: bindings.map(({ appIds, serviceAccounts }) => ({
      appIds: compileNames(appIds),
      serviceAccounts: new Set(serviceAccounts.map(({ namespace, name }) => `${namespace}/${name}`)),
    })),
  }
}

function readVersion(text: string): Version {
  const [major = 0, minor = 0, patch = 0] = text.split('.').map(Number)
  return [major, minor, patch]
}

/** Leaves out what is undefined, so that an absent part is absent. */
function given<T extends object>(parts: { [Key in keyof T]: T[Key] | undefined }): T {
  return Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined)) as T
}
