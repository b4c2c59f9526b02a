import type { FactReader } from '../facts.ts'
import { policyFinding, unknownFact, unknownFinding, type Governance } from '../governance.ts'
import type { Finding } from '../rules.ts'

/** `workload.kind-not-allowed`: the topmost owner of the pod, or the bare pod, is of a kind that a policy does not list. */
export function kindNotAllowed(governance: Governance, facts: FactReader): Finding[] {
  return governance.policies.flatMap((policy) => {
    const { workloadKinds } = policy.rules
    if (workloadKinds === undefined) return []
    const owners = facts.owners()
    if (owners === undefined) return []
    const top = owners.known ? owners.value.at(-1) : undefined
    if (owners.known && workloadKinds.has(top?.kind ?? 'Pod')) return []
    const cure = `Use one of: ${[...workloadKinds].join(', ')}.`
    if (!owners.known) {
      if (policy.failurePolicy === 'Fail') {
        const message = `the kind of workload that made this pod is unknown: ${owners.why}.`
        return unknownFinding(governance, policy, 'workload.kind-not-allowed', { message, cure })
      }
      facts.unknown.push(unknownFact(governance, policy, 'workload.kind-not-allowed', owners.why))
      return []
    }
    const message =
      top === undefined
        ? `policy ${policy.name} does not allow pods that no workload owns.`
        : `policy ${policy.name} does not allow a ${top.kind} to use shared instances.`
    return policyFinding(governance, policy, 'workload.kind-not-allowed', { message, cure })
  })
}
