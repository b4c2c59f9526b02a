import { annotationField, type InstanceAsk } from '../ask.ts'
import { policyFinding, type Governance } from '../governance.ts'
import type { InjectionPlan } from '../plan-injection.ts'
import { serviceAccountOf, type Pod } from '../pod.ts'
import type { Grant } from '../policy.ts'
import { quote, quoteList } from '../quote.ts'
import { finding, type Finding } from '../rules.ts'
import { ANNOTATION } from '../vocabulary.ts'

/**
 * `namespace.not-granted`. The words do not depend on whether the instance or even the namespace exists, as the answer
 * would tell a stranger what runs there.
 *
 * @param grants of the instance's namespace
 */
export function crossNamespaceFindings(
  pod: Pod,
  namespace: string,
  ask: InstanceAsk,
  governance: Governance,
  grants: readonly Grant[],
): Finding[] {
  if (ask.namespace === namespace) return []
  const modes = governance.policies.map(({ rules }) => rules.crossNamespace)
  const isAllowed = modes.includes('Allow') && !modes.includes('RequireGrant') && !modes.includes('Deny')
  return [
    ...(isAllowed || isGranted(pod, namespace, ask, grants) ? [] : [notGranted(ask)]),
    ...governance.policies
      .filter(({ rules }) => rules.crossNamespace === 'Deny')
      .map((policy) =>
        policyFinding(governance, policy, 'namespace.not-granted', {
          message: `policy ${policy.name} lets pods use instances of their own namespace only, not of ${quote(ask.namespace)}.`,
          cure: `Use an instance in the pod's own namespace (remove ${ANNOTATION.namespace}).`,
          field: annotationField(ANNOTATION.namespace),
        }),
      ),
  ]
}

function isGranted(pod: Pod, namespace: string, ask: InstanceAsk, grants: readonly Grant[]): boolean {
  return grants.some((grant) => strangeGrantPart(grant, pod, namespace, ask) === undefined)
}

/** The part of a grant that leaves this pod out; none where it grants the use. */
export function strangeGrantPart(
  { appIds, from }: Grant,
  pod: Pod,
  namespace: string,
  { appId }: InstanceAsk,
): 'appIds' | 'namespace' | 'serviceAccounts' | undefined {
  if (!appIds(appId)) return 'appIds'
  const own = from.filter((one) => one.namespace === namespace)
  if (own.length === 0) return 'namespace'
  const account = serviceAccountOf(pod)
  return own.some(({ serviceAccounts }) => serviceAccounts?.has(account) !== false)
    ? undefined
    : 'serviceAccounts'
}

function notGranted({ appId, namespace }: InstanceAsk): Finding {
  return finding('namespace.not-granted', {
    message: `namespace ${quote(namespace)} grants this pod no use of an instance ${quote(appId)}.`,
    cure: `Use an instance in the pod's own namespace (remove ${ANNOTATION.namespace}). Or have a DaprSharedGrant made there for this pod.`,
    field: annotationField(ANNOTATION.namespace),
  })
}

/** `token.unreachable`: a Secret cannot be referred to across namespaces, and nobody else gives the token. */
export function unreachableToken(ask: InstanceAsk, { withoutToken }: InjectionPlan): Finding[] {
  if (withoutToken.length === 0) return []
  const names = quoteList(withoutToken.map(({ container }) => container.name))
  return [
    finding('token.unreachable', {
      message: `the instance ${quote(ask.appId)} in namespace ${quote(ask.namespace)} wants a token, which its Secret cannot give to container ${names} in another namespace.`,
      cure: `Put the token into a Secret of the pod's namespace and write ${ANNOTATION.tokenSecret}: "<secret>/<key>", or set DAPR_API_TOKEN.`,
      field: annotationField(ANNOTATION.tokenSecret),
    }),
  ]
}

/** A note on a token Secret that nobody asks for: in its own namespace a pod gets daprd's own reference. */
export function strayTokenSecret(ask: InstanceAsk, podNamespace: string): string[] {
  if (ask.tokenSecret === undefined || ask.namespace !== podNamespace) return []
  return [`${ANNOTATION.tokenSecret} has no effect: the instance is in the pod's own namespace.`]
}
