import { selects, type ServiceFacts, type ServicePort, type WorkloadFacts } from './cluster-facts.ts'
import { quote, quoteList } from './quote.ts'

/** The Service through which consumers reach an instance, or why there is none. */
export type Pairing =
  | {
      readonly kind: 'paired'
      readonly service: ServiceFacts
      readonly httpPort: number
      readonly grpcPort: number
      /** other Services that lead to the same daprd */
      readonly others: readonly string[]
    }
  | { readonly kind: 'none' }
  /** `service` is the one that would be used */
  | { readonly kind: 'unreachable'; readonly service: string; readonly reason: string; readonly cure: string }

/** The Services of one namespace, found by the labels they select. */
export interface ServiceIndex {
  selecting(labels: Readonly<Record<string, string>>): ServiceFacts[]
}

/**
 * Indexes Services by one pair of their selectors: a namespace may hold thousands of each, and trying each Service on
 * each workload would take the product of both.
 */
export function indexServices(services: Iterable<ServiceFacts>): ServiceIndex {
  const byPair = new Map<string, ServiceFacts[]>()
  for (const service of services) {
    // Dapr's operator makes a Service of the same name for a sidecar application: never an instance's
    if (service.sidecarAppId !== undefined || service.type === 'ExternalName') continue
    const [first] = Object.entries(service.selector)
    if (first === undefined) continue
    const pair = first.join('\0')
    const same = byPair.get(pair)
    if (same === undefined) byPair.set(pair, [service])
    else same.push(service)
  }
  return {
    selecting: (labels) =>
      Object.entries(labels)
        .flatMap((pair) => byPair.get(pair.join('\0')) ?? [])
        .filter((service) => selects(service.selector, labels)),
  }
}

/**
 * Finds the Service that leads to a workload's daprd by selector and target port, never by name alone; among several,
 * `<appId>-dapr`, else the lowest name.
 */
export function pairService(workload: WorkloadFacts, index: ServiceIndex): Pairing {
  const selecting = index.selecting(workload.podLabels)
  if (selecting.length === 0) return { kind: 'none' }

  const wanted = `${workload.appId}-dapr`
  const byPreference = selecting.toSorted(
    (a, b) => Number(b.name === wanted) - Number(a.name === wanted) || (a.name < b.name ? -1 : 1),
  )
  const reaching = byPreference.flatMap((service) => {
    const httpPort = portTo(service, workload, workload.daprd.httpPort, 'dapr-http')
    const grpcPort = portTo(service, workload, workload.daprd.grpcPort, 'dapr-grpc')
    return httpPort === undefined || grpcPort === undefined ? [] : [{ service, httpPort, grpcPort }]
  })
  const [best, ...rest] = reaching
  if (best === undefined) return unreachable(workload, byPreference)
  if (!listensBeyondLoopback(workload)) return loopbackOnly(workload, best.service)
  return { kind: 'paired', ...best, others: rest.map(({ service }) => service.name) }
}

/** The port that a consumer must dial to arrive at daprd's `target`. */
function portTo(
  service: ServiceFacts,
  workload: WorkloadFacts,
  target: number,
  usualName: string,
): number | undefined {
  const leading = service.ports.filter(
    (port) => port.tcp && isPort(port.port) && resolveTarget(port, workload) === target,
  )
  const best = leading.find(({ name }) => name === usualName) ?? leading[0]
  if (best === undefined) return undefined
  // a headless Service has no address of its own: the name resolves to pods, which know target ports only
  return service.headless ? target : best.port
}

function resolveTarget({ targetPort }: ServicePort, { namedPorts }: WorkloadFacts): number | undefined {
  return typeof targetPort === 'number' ? targetPort : namedPorts.get(targetPort)
}

export function isPort(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 1 && (value as number) <= 65_535
}

function listensBeyondLoopback({ daprd }: WorkloadFacts): boolean {
  return (
    daprd.listenAddresses.length === 0 ||
    daprd.listenAddresses.some((address) => !/^(127\.|\[?::1\]?$|localhost$)/.test(address))
  )
}

function unreachable(workload: WorkloadFacts, services: readonly ServiceFacts[]): Pairing {
  const { httpPort, grpcPort } = workload.daprd
  const names = quoteList(services.map(({ name }) => name))
  return {
    kind: 'unreachable',
    service: services[0]?.name ?? '',
    reason: `no Service that selects its pods (${names}) has ports to daprd's HTTP port ${httpPort} and gRPC port ${grpcPort}`,
    cure: `Set the Service's targetPorts to ${httpPort} and ${grpcPort}, or daprd's --dapr-http-port and --dapr-grpc-port to what the Service has.`,
  }
}

function loopbackOnly({ daprd }: WorkloadFacts, { name }: ServiceFacts): Pairing {
  return {
    kind: 'unreachable',
    service: name,
    reason: `daprd listens on ${quote(daprd.listenAddresses.join(','))} only, where no other pod reaches it`,
    cure: 'Set --dapr-listen-addresses=0.0.0.0 (or [::]) on daprd.',
  }
}
