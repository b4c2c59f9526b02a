import { besideParts, policyFinding, type Cap, type Governance } from '../governance.ts'
import type { Instance, Traits } from '../instance.ts'
import { readPodPlacement, uncovered } from '../placement.ts'
import type { Pod } from '../pod.ts'
import type { Policy } from '../policy.ts'
import { quote } from '../quote.ts'
import { finding, type Complaint, type Finding } from '../rules.ts'

export const governsLocality = ({ rules }: Policy): boolean => rules.node !== undefined

/**
 * `locality.*`: whether calls stay on the pod's node. Without a policy both are only recorded; a policy's `node: Prefer`
 * warns, its `node: Require` does what the policy's findings do. Does not apply to external instances.
 */
export function localityFindings(pod: Pod, instance: Instance, governance: Governance): Finding[] {
  const { traits } = instance
  if (traits === undefined) return []
  const away = notCovered(pod, instance, traits)
  const findings: Finding[] = []
  if (away !== undefined) {
    findings.push(...besideParts(finding('locality.uncovered', away), governance, governsLocality))
  }
  for (const policy of governance.policies) {
    const { node } = policy.rules
    if (node === undefined || node === 'Any') continue
    const cap: Cap | undefined = node === 'Prefer' ? 'Warn' : undefined
    const far = node === 'Prefer' ? notNear(instance, traits) : notLocal(instance, traits)
    if (far !== undefined) findings.push(policyFinding(governance, policy, 'locality.not-local', far, cap))
    if (away !== undefined) findings.push(policyFinding(governance, policy, 'locality.uncovered', away, cap))
  }
  return findings
}

function notLocal({ strategy, workload, service }: Instance, { locality }: Traits): Complaint | undefined {
  if (strategy !== 'daemonset') {
    return {
      message: `the instance is ${workload}, which does not run on every node.`,
      cure: 'Run the instance with strategy daemonset.',
    }
  }
  if (locality === 'Local') return undefined
  return {
    message: `Service ${quote(service ?? '')} of ${workload} lets calls leave the node.`,
    cure: 'Set internalTrafficPolicy: Local on the Service.',
  }
}

function notNear({ workload, service }: Instance, { locality }: Traits): Complaint | undefined {
  if (locality !== 'Spread') return undefined
  return {
    message: `Service ${quote(service ?? '')} of ${workload} spreads calls over all nodes.`,
    cure: 'Set trafficDistribution: PreferSameNode on the Service (Kubernetes 1.34 and newer), or internalTrafficPolicy: Local where each node has a ready instance.',
  }
}

/** A Deployment runs somewhere, and calls to it leave the node anyway: only a DaemonSet covers nodes. */
function notCovered(pod: Pod, { strategy }: Instance, { placement }: Traits): Complaint | undefined {
  if (strategy !== 'daemonset') return undefined
  const why = uncovered(readPodPlacement(pod.spec), placement)
  if (why === undefined) return undefined
  return {
    message: `this pod may land on a node without the instance: ${why}.`,
    cure: "Give the pod the instance's node selector, or the instance the pod's tolerations.",
    field: 'spec',
  }
}
