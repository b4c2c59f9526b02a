import { serviceAccountOf } from '../core/pod.ts'
import type { Grant } from '../core/policy.ts'
import { quote } from '../core/quote.ts'
import { strangeGrantPart } from '../core/rules/cross-namespace.ts'
import type { ExplainedGrant } from './explanation.ts'
import { tell, type Breadth, type Told } from './told.ts'
import type { Trace } from './trace.ts'

/** Where the pod asks for an instance of another namespace: the grants there, and whether each is for this pod. */
export function explainGrants(trace: Trace, breadth: Breadth): Told<ExplainedGrant> {
  const { ask, asked, known } = trace
  if (ask.kind !== 'instance' || ask.namespace === asked.namespace) return { told: [], left: 0 }
  const explained = (known.policies.grants.get(ask.namespace) ?? []).map((grant) => {
    const because = leavesOut(grant, trace)
    return {
      namespace: ask.namespace,
      name: grant.name,
      grants: because === undefined,
      because: because ?? `it lets this pod use ${quote(ask.appId)}.`,
    }
  })
  return tell(explained, breadth, ({ grants }) => Number(grants))
}

function leavesOut(grant: Grant, { ask, asked }: Trace): string | undefined {
  if (ask.kind !== 'instance') return undefined
  const { pod, namespace } = asked
  switch (strangeGrantPart(grant, pod, namespace, ask)) {
    case undefined:
      return undefined
    case 'appIds':
      return `its appIds do not name ${quote(ask.appId)}.`
    case 'namespace':
      return `its from does not name namespace ${quote(namespace)}.`
    case 'serviceAccounts':
      return `its serviceAccounts for namespace ${quote(namespace)} do not name ${quote(serviceAccountOf(pod))}.`
  }
}
