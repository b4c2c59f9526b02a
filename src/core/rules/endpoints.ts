import { policyFinding, type Governance } from '../governance.ts'
import type { Choice } from '../choose-instance.ts'
import { endpointHost, type Instance } from '../instance.ts'
import { strayEndpoint, type Inventory } from '../inventory.ts'
import type { PolicyRules } from '../policy.ts'
import { quote } from '../quote.ts'
import type { Complaint, Finding } from '../rules.ts'

/** `endpoint.not-allowed`: an external instance at a host or by a scheme that a policy does not list. */
export function endpointNotAllowed(instance: Instance, governance: Governance): Finding[] {
  if (instance.strategy !== 'external') return []
  return governance.policies.flatMap((policy) => {
    const { endpoints } = policy.rules
    const complaint = endpoints && firstWrong(instance, endpoints, policy.name)
    return complaint === undefined ? [] : policyFinding(governance, policy, 'endpoint.not-allowed', complaint)
  })
}

function firstWrong(
  { appId, httpEndpoint, grpcEndpoint }: Instance,
  { hosts, schemes }: NonNullable<PolicyRules['endpoints']>,
  policy: string,
): Complaint | undefined {
  for (const endpoint of [httpEndpoint, grpcEndpoint]) {
    const [scheme = ''] = endpoint.split('://')
    const host = endpointHost(endpoint)
    if (schemes?.has(scheme) === false) {
      return {
        message: `the external instance ${quote(appId)} is reached by ${quote(scheme)}, which policy ${policy} does not allow.`,
        cure: `Use ${[...schemes].join(' or ')} in its DaprSharedInstance.`,
      }
    }
    if (hosts?.(host) === false) {
      return {
        message: `the external instance ${quote(appId)} is at host ${quote(host)}, which policy ${policy} does not allow.`,
        cure: `Use an allowed host, or have this one added to the policy's rules.endpoints.allowedHosts.`,
      }
    }
  }
  return undefined
}

/** `<service>.<namespace>`: a Service, or a domain of the world. */
const SHORT_NAME = /^[^.]+\.([^.]+)$/

/**
 * An external instance whose endpoint may be the short name of a Service of another namespace would let its owner use
 * what needs a grant there: it counts as misconfigured, as one that spells the name out does from the start. Whether
 * there is such a Service is not told.
 */
export function withinItsNamespace(choice: Extract<Choice, { kind: 'found' }>, inventory: Inventory): Choice {
  const { instance } = choice
  if (instance.strategy !== 'external') return choice
  const stray = [instance.httpEndpoint, instance.grpcEndpoint].find((endpoint) => {
    const [, namespace] = SHORT_NAME.exec(endpointHost(endpoint)) ?? []
    return namespace !== undefined && namespace !== instance.namespace && inventory.has(namespace)
  })
  return stray === undefined ? choice : { kind: 'misconfigured', ...strayEndpoint(instance.workload, stray) }
}
