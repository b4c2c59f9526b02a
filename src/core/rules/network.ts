import { selects } from '../cluster-facts.ts'
import type { Instance } from '../instance.ts'
import type { Inventory } from '../inventory.ts'
import type { Pod } from '../pod.ts'
import { quote } from '../quote.ts'
import { finding, type Finding } from '../rules.ts'

/** `dns.unresolvable`: with such a DNS policy the names of Services do not resolve (Kubernetes docs, "Pod's DNS Policy"). */
export function unresolvableDns({ spec }: Pod, { strategy }: Instance): Finding[] {
  if (strategy === 'external') return []
  const policy = spec.dnsPolicy ?? 'ClusterFirst'
  if (spec.hostNetwork === true && policy === 'ClusterFirst') {
    return [
      finding('dns.unresolvable', {
        message: 'hostNetwork without dnsPolicy ClusterFirstWithHostNet: the endpoint will not resolve.',
        cure: 'Set dnsPolicy: ClusterFirstWithHostNet.',
        field: 'spec.dnsPolicy',
      }),
    ]
  }
  if (policy !== 'Default' && policy !== 'None') return []
  return [
    finding('dns.unresolvable', {
      message: `dnsPolicy ${policy}: the endpoint may not resolve.`,
      cure: 'Set dnsPolicy: ClusterFirst (or ClusterFirstWithHostNet).',
      field: 'spec.dnsPolicy',
    }),
  ]
}

/** `app-channel.mismatch`: what comes in for the application goes to a Service that does not lead to this pod. */
export function appChannelMismatch(
  { metadata }: Pod,
  namespace: string,
  { appId, appChannel }: Instance,
  inventory: Inventory,
): Finding[] {
  if (appChannel === undefined) return []
  const service = inventory.get(appChannel.namespace)?.services.get(appChannel.service)
  // unknown, or led by something else than a selector: nothing can be said
  if (service === undefined || service.type === 'ExternalName' || Object.keys(service.selector).length === 0)
    return []

  const { port } = appChannel
  const name = quote(`${service.namespace}/${service.name}`)
  if (service.namespace !== namespace || !selects(service.selector, metadata.labels ?? {})) {
    return [
      finding('app-channel.mismatch', {
        message: `instance ${quote(appId)} delivers to Service ${name}, which does not select this pod.`,
        cure: 'The pod can publish and invoke, but receives nothing. If it should, give it the labels that the Service selects.',
        field: 'metadata.labels',
      }),
    ]
  }
  if (service.ports.some((candidate) => candidate.port === port)) return []
  return [
    finding('app-channel.mismatch', {
      message: `instance ${quote(appId)} delivers to port ${port} of Service ${name}, which has none.`,
      cure: `Add port ${port} to the Service, or set --app-port on daprd.`,
    }),
  ]
}
