import type { InstanceAsk } from '../ask.ts'
import type { FactReader } from '../facts.ts'
import { policyFinding, unknownFact, unknownFinding, type Governance } from '../governance.ts'
import { serviceAccountOf, type Pod } from '../pod.ts'
import type { Policy } from '../policy.ts'
import { quote } from '../quote.ts'
import type { Finding } from '../rules.ts'

const FIELD = 'spec.serviceAccountName'

/**
 * `identity.not-bound`: the pod's own ServiceAccount may not use the app-id. Never that of the caller, which for most
 * pods is a controller of Kubernetes.
 */
export function notBound(
  pod: Pod,
  namespace: string,
  ask: InstanceAsk,
  governance: Governance,
  facts: FactReader,
): Finding[] {
  return governance.policies.flatMap((policy) => judge(policy, pod, namespace, ask, governance, facts) ?? [])
}

function judge(
  policy: Policy,
  pod: Pod,
  namespace: string,
  { appId, namespace: instanceNamespace }: InstanceAsk,
  governance: Governance,
  facts: FactReader,
): Finding | undefined {
  const { identity } = policy.rules
  if (identity === undefined) return undefined
  const account = `${namespace}/${serviceAccountOf(pod)}`
  const naming = identity.bindings.filter(({ appIds }) => appIds(appId))
  if (naming.length > 0) {
    if (naming.some(({ serviceAccounts }) => serviceAccounts.has(account))) return undefined
    return policyFinding(governance, policy, 'identity.not-bound', {
      message: `ServiceAccount ${quote(account)} is not bound to app-id ${quote(appId)}.`,
      cure: `Run the pod as a ServiceAccount that policy ${policy.name} binds to it, or have this one added to its rules.identity.bindings.`,
      field: FIELD,
    })
  }
  switch (identity.unlisted) {
    case 'Allow':
      return undefined
    case 'Deny':
      return policyFinding(governance, policy, 'identity.not-bound', {
        message: `policy ${policy.name} binds no ServiceAccount to app-id ${quote(appId)}.`,
        cure: `Have a binding of ${quote(account)} added to its rules.identity.bindings.`,
        field: FIELD,
      })
    case 'RBAC':
      return judgeByRbac(policy, account, instanceNamespace, appId, governance, facts)
  }
}

function judgeByRbac(
  policy: Policy,
  account: string,
  namespace: string,
  appId: string,
  governance: Governance,
  facts: FactReader,
): Finding | undefined {
  const fact = facts.mayUse(namespace, appId)
  if (fact === undefined || (fact.known && fact.value)) return undefined
  if (fact.known) {
    return policyFinding(governance, policy, 'identity.not-bound', {
      message: `ServiceAccount ${quote(account)} may not "use" daprsharedinstances.shared.dapr.io ${quote(appId)} in namespace ${quote(namespace)}.`,
      cure: `Bind it to a Role in ${namespace} with apiGroups: [shared.dapr.io], resources: [daprsharedinstances], resourceNames: [${appId}], verbs: [use].`,
      field: FIELD,
    })
  }
  if (policy.failurePolicy === 'Ignore') {
    facts.unknown.push(unknownFact(governance, policy, 'identity.not-bound', fact.why))
    return undefined
  }
  return unknownFinding(governance, policy, 'identity.not-bound', {
    message: `whether ServiceAccount ${quote(account)} may use app-id ${quote(appId)} is unknown: ${fact.why}.`,
    cure: 'Ask with --cluster, where somebody knows.',
    field: FIELD,
  })
}
