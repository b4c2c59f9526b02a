import { countOf } from './count-of.ts'
import { leaveAlone, admitUnasked, type Answer } from './decision.ts'
import { readFacts, type Consumers, type FactReader, type Facts } from './facts.ts'
import { besideParts, policyFinding, underOverrides, type Governance } from './governance.ts'
import { instanceKey, type Instance } from './instance.ts'
import type { NamespaceInventory } from './inventory.ts'
import type { Policy, PolicySet } from './policy.ts'
import { quote } from './quote.ts'
import { finding, type Complaint, type Finding } from './rules.ts'
import type { Settings } from './settings.ts'
import { ALLOW_DELETE, LABEL } from './vocabulary.ts'

/** A change of an object that an instance may be made of: its workload, its Service or its DaprSharedInstance. */
export interface RemovalQuestion {
  readonly namespace: string
  /** `DaemonSet orders`, for messages */
  readonly object: string
  readonly before: NamespaceInventory
  /** the namespace with the change made */
  readonly after: NamespaceInventory
  /** the object says that it may go although it is used */
  readonly isAllowed: boolean
  readonly policies: PolicySet
  readonly facts: Facts
  readonly settings: Settings
}

/** Decides a DELETE or a change of key: consumers keep the endpoints that they were given for as long as they live. */
export function decideRemoval(question: RemovalQuestion): Answer {
  const { namespace, settings } = question
  if (settings.excludedNamespaces.has(namespace)) return leaveAlone()
  const facts = readFacts(question.facts)
  const findings = lostInstances(question.before, question.after).flatMap((lost) =>
    inUse(question, lost, facts),
  )
  return facts.missing.length > 0 ? { needs: facts.missing } : admitUnasked(findings)
}

/** The instances whose consumers would call an endpoint that is no more: gone, or at another Service or port. */
export function lostInstances(before: NamespaceInventory, after: NamespaceInventory): Instance[] {
  return [...before.entries].flatMap(([appId, entry]) => {
    if (entry.kind !== 'instance') return []
    const left = after.entries.get(appId)
    return left?.kind === 'instance' && sameEndpoints(entry.instance, left.instance) ? [] : entry.instance
  })
}

function sameEndpoints(a: Instance, b: Instance): boolean {
  return a.httpEndpoint === b.httpEndpoint && a.grpcEndpoint === b.grpcEndpoint
}

/** `instance.in-use`: without a policy a warning, or what the policies' `inUse` say; the strictest counts. */
function inUse(question: RemovalQuestion, lost: Instance, facts: FactReader): Finding[] {
  const consumers = facts.consumers(lost.namespace, lost.appId)
  if (consumers === undefined || (consumers.known && consumers.value.pods === 0)) return []
  const policies = question.policies.policies.filter((policy) => concerns(policy, lost, facts))
  const governance = governanceOf(question, policies, lost)
  const complaint = complain(question, lost, consumers.known ? consumers.value : undefined)
  const findings = [
    ...besideParts(finding('instance.in-use', complaint), governance, hasSay).map((one) =>
      underOverrides(one, governance),
    ),
    ...policies.filter(hasSay).flatMap((policy) => byPolicy(policy, governance, complaint)),
  ]
  return findings.map((one) =>
    question.isAllowed && one.action === 'Deny' ? { ...one, action: 'Warn' } : one,
  )
}

/** Of a policy's match only what an instance has is asked: its namespace and its app-id. */
function concerns({ match }: Policy, { namespace, appId }: Instance, facts: FactReader): boolean {
  if (match.excludedNamespaces.has(namespace) || match.appIds?.(appId) === false) return false
  if (match.namespace === undefined) return true
  const labels = facts.namespaceLabels()
  return labels === undefined || match.namespace(labels)
}

/** A policy for certain pods only cannot say that nobody needs the instance; it may forbid to take it from them. */
function hasSay({ match, rules }: Policy): boolean {
  const forSome =
    match.workloadKinds !== undefined || match.serviceAccounts !== undefined || match.object !== undefined
  return rules.inUse !== undefined && (!forSome || rules.inUse === 'Deny')
}

function byPolicy(policy: Policy, governance: Governance, complaint: Complaint): Finding[] {
  const { inUse: wanted } = policy.rules
  if (wanted === undefined || wanted === 'Off') return []
  const told = policyFinding(governance, policy, 'instance.in-use', complaint)
  return [{ ...told, action: policy.overrides.get('instance.in-use')?.action ?? wanted }]
}

function complain({ object }: RemovalQuestion, lost: Instance, consumers: Consumers | undefined): Complaint {
  const { namespace, appId } = lost
  const who = consumers === undefined ? 'an unknown number of pods' : countOf(consumers.pods, 'pod')
  return {
    message: `${object} is what the instance ${quote(instanceKey(lost))} runs on, which ${who} ${consumers?.pods === 1 ? 'uses' : 'use'}.`,
    cure: `Move them first (kubectl get pods -A -l ${LABEL.appId}=${appId},${LABEL.appNamespace}=${namespace}), or annotate it with ${ALLOW_DELETE}: "true".`,
  }
}

function governanceOf(
  { namespace }: RemovalQuestion,
  policies: readonly Policy[],
  lost: Instance,
): Governance {
  const { appId } = lost
  return { policies, point: 'Pod', names: { appId, namespace, pod: '', instance: instanceKey(lost) } }
}
