import { annotationField, type InstanceAsk } from '../ask.ts'
import type { InjectionPlan } from '../plan-injection.ts'
import { quote, quoteList } from '../quote.ts'
import { finding, type Finding } from '../rules.ts'
import { ANNOTATION } from '../vocabulary.ts'

/**
 * `namespace.not-granted`. The words do not depend on whether the instance or even the namespace exists, as the answer
 * would tell a stranger what runs there.
 */
export function notGranted({ appId, namespace }: InstanceAsk): Finding {
  return finding('namespace.not-granted', {
    message: `namespace ${quote(namespace)} grants this pod no use of an instance ${quote(appId)}.`,
    cure: `Use an instance in the pod's own namespace (remove ${ANNOTATION.namespace}).`,
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
