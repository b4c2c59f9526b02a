import { workloadName, type ExternalFacts, type ServiceFacts, type WorkloadFacts } from '../cluster-facts.ts'
import type { Version } from '../policy.ts'
import { quote, quoteList } from '../quote.ts'
import { finding, type Complaint, type Finding } from '../rules.ts'

/**
 * What a workload and its Service show of an instance's own safety, whoever asks for it. Made once when the instance
 * changes. The defects are those of the dapr-shared chart, each with its cure.
 */
export function observeInstance(
  workload: WorkloadFacts,
  service: ServiceFacts,
  otherServices: readonly string[],
): Finding[] {
  const seen: Finding[] = []
  const add = (rule: Finding['rule'], complaint: Complaint | undefined): void => {
    if (complaint !== undefined) seen.push(finding(rule, complaint))
  }
  for (const defect of DEFECTS) add('instance.defect', defect(workload, service))
  add('instance.defect', severalServices(workload, service, otherServices))
  add('locality.not-local', notLocal(workload, service))
  add('security.api-token', noToken(workload))
  add('security.mtls', noMtls(workload))
  add('security.secret-store', openSecretStore(workload))
  add('security.exposed-service', exposed(workload, service))
  return seen
}

/** What can be said of an instance outside of the cluster. */
export function observeExternal({ appId, token }: ExternalFacts): Finding[] {
  if (token !== undefined) return []
  return [
    finding('security.api-token', {
      message: `the external instance ${quote(appId)} has no API token: whoever reaches its endpoint acts as it.`,
      cure: 'Set spec.external.apiTokenSecret in its DaprSharedInstance.',
    }),
  ]
}

type Defect = (workload: WorkloadFacts, service: ServiceFacts) => Complaint | undefined

const DEFECTS: readonly Defect[] = [
  closedSentryPort,
  foreignControlPlane,
  unreadScheduler,
  coldStartDeadlock,
  urlAsHost,
  issuerKeyInConfigMap,
  ipv4ListenerBehindIpv6,
  tokenWithoutReference,
]

// dapr/dapr 80cdd5b50d: dapr-sentry has no port 80 since 1.14
function closedSentryPort({ daprd, ...workload }: WorkloadFacts): Complaint | undefined {
  if (!daprd.sentryAddress?.endsWith(':80') || !isAtLeast(daprd.version, 1, 14)) return undefined
  return {
    message: `daprd of ${named(workload)} asks Sentry at port 80, which Dapr 1.14 and newer has closed: it hangs at "Fetching initial identity certificate".`,
    cure: 'Upgrade the release with --set shared.controlPlane.sentry.port=443.',
  }
}

// dapr/dapr-shared issues 59 and 60
function foreignControlPlane({ daprd, ...workload }: WorkloadFacts): Complaint | undefined {
  const ownNamespace = daprd.controlPlaneNamespace
  const dialled = daprd.sentryAddress?.split(':')[0]?.split('.')[1]
  if (ownNamespace === undefined || dialled === undefined || ownNamespace === dialled) return undefined
  return {
    message: `daprd of ${named(workload)} has the control plane namespace ${quote(ownNamespace)} but asks Sentry in ${quote(dialled)}.`,
    cure: 'Set all control plane addresses of the chart to one namespace.',
  }
}

// dapr/dapr cmd/daprd/options: the variable is read up to 1.16 only
function unreadScheduler({ daprd, ...workload }: WorkloadFacts): Complaint | undefined {
  if (!daprd.schedulerByEnvOnly || !isAtLeast(daprd.version, 1, 17)) return undefined
  return {
    message: `daprd of ${named(workload)} names the scheduler in DAPR_SCHEDULER_HOST_ADDRESS, which Dapr 1.17 and newer does not read: no jobs, reminders or workflows.`,
    cure: 'Add the argument --scheduler-host-address.',
  }
}

// daprd answers /v1.0/healthz with 500 until it can dial the application (dapr/dapr pkg/runtime blockUntilAppIsReady)
function coldStartDeadlock({ daprd, ...workload }: WorkloadFacts): Complaint | undefined {
  if (daprd.appChannel === undefined || !daprd.livenessIsHealth) return undefined
  return {
    message: `the liveness probe of ${named(workload)} waits for the application at ${quote(`${daprd.appChannel.address}:${daprd.appChannel.port}`)}: without it daprd is restarted again and again.`,
    cure: 'Let the liveness probe ask a TCP port, or use a streaming subscription without --app-port.',
  }
}

function urlAsHost({ daprd, ...workload }: WorkloadFacts): Complaint | undefined {
  if (!daprd.appChannel?.address.includes('://')) return undefined
  return {
    message: `--app-channel-address of ${named(workload)} is the URL ${quote(daprd.appChannel.address)}, but daprd takes a host: it cannot dial the application.`,
    cure: 'Set shared.remoteURL to the bare host.',
  }
}

function issuerKeyInConfigMap({ issuerKeyConfigMap, ...workload }: WorkloadFacts): Complaint | undefined {
  if (issuerKeyConfigMap === undefined) return undefined
  return {
    message: `the init container of ${named(workload)} copies Sentry's issuer key to the ConfigMap ${quote(issuerKeyConfigMap)}, where whoever reads ConfigMaps can sign identities.`,
    cure: 'Restrict reading ConfigMaps in this namespace, and rotate the issuer certificate.',
  }
}

function ipv4ListenerBehindIpv6(
  { daprd, ...workload }: WorkloadFacts,
  service: ServiceFacts,
): Complaint | undefined {
  const onlyIpv4 =
    daprd.listenAddresses.length > 0 && daprd.listenAddresses.every((address) => !address.includes(':'))
  if (!service.ipv6First || !onlyIpv4) return undefined
  return {
    message: `Service ${quote(service.name)} is IPv6 first, but daprd of ${named(workload)} listens on ${quote(daprd.listenAddresses.join(','))}.`,
    cure: 'Set --dapr-listen-addresses=[::].',
  }
}

function tokenWithoutReference({ daprd, ...workload }: WorkloadFacts): Complaint | undefined {
  if (daprd.token.kind !== 'elsewhere') return undefined
  return {
    message: `daprd of ${named(workload)} has DAPR_API_TOKEN from something else than a Secret, so consumers cannot be given it.`,
    cure: 'Put the token into a Secret and refer to it with valueFrom.secretKeyRef.',
  }
}

function severalServices(
  workload: WorkloadFacts,
  service: ServiceFacts,
  others: readonly string[],
): Complaint | undefined {
  if (others.length === 0) return undefined
  return {
    message: `${named(workload)} stands behind several Services; ${quote(service.name)} is used, not ${quoteList(others)}.`,
    cure: 'Remove the others, or let their selectors differ.',
  }
}

function notLocal(workload: WorkloadFacts, service: ServiceFacts): Complaint | undefined {
  if (service.locality !== 'Spread') return undefined
  return {
    message: `Service ${quote(service.name)} of ${named(workload)} spreads calls over all nodes.`,
    cure: 'Set trafficDistribution: PreferSameNode on the Service (Kubernetes 1.34 and newer), or internalTrafficPolicy: Local where each node has a ready instance.',
  }
}

function noToken({ daprd, ...workload }: WorkloadFacts): Complaint | undefined {
  if (daprd.token.kind !== 'none') return undefined
  return {
    message: `daprd of ${named(workload)} has no API token: any pod that reaches it acts as app-id ${quote(workload.appId)}.`,
    cure: 'Give daprd DAPR_API_TOKEN by secretKeyRef, and limit who reaches it with a NetworkPolicy.',
  }
}

function noMtls({ daprd, ...workload }: WorkloadFacts): Complaint | undefined {
  if (daprd.mtls) return undefined
  return {
    message: `daprd of ${named(workload)} runs without mTLS: calls to and from applications with mTLS fail, and others are in the clear.`,
    cure: 'Set --enable-mtls=true on daprd.',
  }
}

function openSecretStore({ daprd, ...workload }: WorkloadFacts): Complaint | undefined {
  if (daprd.secretStoreDisabled) return undefined
  return {
    message: `daprd of ${named(workload)} offers Kubernetes Secrets to every consumer through its built-in secret store.`,
    cure: 'Add --disable-builtin-k8s-secret-store to daprd, and take "secrets" out of its ClusterRole.',
  }
}

function exposed(workload: WorkloadFacts, service: ServiceFacts): Complaint | undefined {
  const open = service.type === 'NodePort' || service.type === 'LoadBalancer'
  if (!open && !service.externalIps) return undefined
  return {
    message: `Service ${quote(service.name)} of ${named(workload)} is open to the outside (${open ? `type ${service.type}` : 'externalIPs'}).`,
    cure: 'Make it a ClusterIP Service without externalIPs.',
  }
}

function isAtLeast(version: Version | undefined, major: number, minor: number): boolean {
  if (version === undefined) return false
  return version[0] > major || (version[0] === major && version[1] >= minor)
}

function named(workload: Pick<WorkloadFacts, 'kind' | 'name'>): string {
  return workloadName(workload)
}
