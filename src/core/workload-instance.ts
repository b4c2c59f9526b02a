import { workloadName, type ServiceFacts, type WorkloadFacts } from './cluster-facts.ts'
import { endpointVariables, type AppChannel, type Instance, type Strategy, type Traits } from './instance.ts'
import type { Pairing } from './pair-service.ts'
import type { Finding } from './rules.ts'
import { observeInstance } from './rules/instance-health.ts'

type Paired = Extract<Pairing, { kind: 'paired' }>

/** What consumers get of an instance, and policies read of it. */
type Asked = Pick<Instance, 'httpEndpoint' | 'grpcEndpoint' | 'endpointVariables' | 'appChannel'> & {
  readonly traits: Traits
}

/**
 * An instance that a workload runs behind a Service. It keeps those two and makes everything else when somebody asks
 * for it: of ten thousand few are asked for between two changes, and all made at once were most of the heap.
 */
export class WorkloadInstance implements Instance {
  readonly facts: WorkloadFacts
  readonly pairing: Paired
  readonly clusterDomain: string
  #asked: Asked | undefined
  #observations: readonly Finding[] | undefined

  constructor(facts: WorkloadFacts, pairing: Paired, clusterDomain: string) {
    this.facts = facts
    this.pairing = pairing
    this.clusterDomain = clusterDomain
  }

  get namespace(): string {
    return this.facts.namespace
  }

  get appId(): string {
    return this.facts.appId
  }

  get strategy(): Strategy {
    return this.facts.kind === 'DaemonSet' ? 'daemonset' : 'deployment'
  }

  get workload(): string {
    return workloadName(this.facts)
  }

  get service(): string {
    return this.pairing.service.name
  }

  get token(): Instance['token'] {
    const { token } = this.facts.daprd
    return token.kind === 'secret' ? token.secret : undefined
  }

  get readiness(): Instance['readiness'] {
    return this.facts.readiness
  }

  get httpEndpoint(): string {
    return this.#made().httpEndpoint
  }

  get grpcEndpoint(): string {
    return this.#made().grpcEndpoint
  }

  get endpointVariables(): Instance['endpointVariables'] {
    return this.#made().endpointVariables
  }

  get appChannel(): AppChannel | undefined {
    return this.#made().appChannel
  }

  get traits(): Traits {
    return this.#made().traits
  }

  get observations(): readonly Finding[] {
    const { service, others } = this.pairing
    return (this.#observations ??= observeInstance(this.facts, service, others))
  }

  #made(): Asked {
    return (this.#asked ??= makeAsked(this.facts, this.pairing, this.clusterDomain))
  }
}

function makeAsked(
  facts: WorkloadFacts,
  { service, httpPort, grpcPort }: Paired,
  clusterDomain: string,
): Asked {
  const host = `${service.name}.${service.namespace}.svc.${clusterDomain}`
  const httpEndpoint = `http://${host}:${httpPort}`
  const grpcEndpoint = `http://${host}:${grpcPort}`
  return {
    httpEndpoint,
    grpcEndpoint,
    endpointVariables: endpointVariables(httpEndpoint, grpcEndpoint),
    appChannel: readAppChannel(facts, clusterDomain),
    traits: traitsOf(facts, service),
  }
}

function traitsOf({ daprd, placement }: WorkloadFacts, service: ServiceFacts): Traits {
  const { type, externalIps, locality } = service
  return { serviceType: type, externalIps, locality, daprVersion: daprd.version, placement }
}

/**
 * The Service behind `--app-channel-address`: `svc`, `svc.ns`, `svc.ns.svc` or with the cluster's domain. Short names
 * resolve in the instance's namespace, as daprd does the dialling. Anything else is outside the cluster.
 */
function readAppChannel({ daprd, namespace }: WorkloadFacts, clusterDomain: string): AppChannel | undefined {
  if (daprd.appChannel === undefined) return undefined
  const [service, inNamespace, ...rest] = daprd.appChannel.address.split('.')
  const suffix = rest.join('.')
  const inCluster = suffix === '' || suffix === 'svc' || suffix === `svc.${clusterDomain}`
  if (service === undefined || service === '' || !inCluster || inNamespace === '') return undefined
  return { service, namespace: inNamespace ?? namespace, port: daprd.appChannel.port }
}
