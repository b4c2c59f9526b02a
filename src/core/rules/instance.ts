import { annotationField, type InstanceAsk } from '../ask.ts'
import type { Choice } from '../choose-instance.ts'
import { isDnsLabel } from '../dns-names.ts'
import type { FactReader } from '../facts.ts'
import type { Instance, Strategy } from '../instance.ts'
import { besideParts, policyFinding, unknownFact, type Governance } from '../governance.ts'
import type { Policy } from '../policy.ts'
import { quote, quoteList } from '../quote.ts'
import { finding, type Complaint, type Finding } from '../rules.ts'
import { ANNOTATION, isTruthy } from '../vocabulary.ts'

type NoChoice = Exclude<Choice, { kind: 'found' }>

/** The `instance.*` rule that says why there is no instance to inject. */
export function noInstance(ask: InstanceAsk, choice: NoChoice, podNamespace: string): Finding {
  // what runs in a namespace is that namespace's own business
  const local = ask.namespace === podNamespace
  switch (choice.kind) {
    case 'missing':
      return missing(ask, choice, podNamespace)
    case 'ambiguous':
      return finding('instance.ambiguous', {
        message: `${choice.workloads.length} workloads claim app-id ${quote(ask.appId)} in namespace ${quote(ask.namespace)}${local ? `: ${quoteList(choice.workloads)}` : ''}.`,
        cure: 'Delete all but one, or give them app-ids of their own.',
        field: annotationField(ANNOTATION.shared),
      })
    case 'misconfigured':
      return finding('instance.misconfigured', {
        message: local
          ? `the instance ${quote(ask.appId)} in namespace ${quote(ask.namespace)} (${choice.workload}) cannot be reached: ${choice.reason}.`
          : `the instance ${quote(ask.appId)} in namespace ${quote(ask.namespace)} cannot be reached.`,
        cure: local ? choice.cure : 'Ask its owner: dapr-shared instances tells why.',
        field: annotationField(ANNOTATION.shared),
      })
  }
}

function missing(
  ask: InstanceAsk,
  choice: Extract<Choice, { kind: 'missing' }>,
  podNamespace: string,
): Finding {
  const parts = [`no Dapr Shared instance ${quote(ask.appId)} in namespace ${quote(ask.namespace)}.`]
  if (isTruthy(ask.appId) || ['false', 'no', 'off', '0'].includes(ask.appId)) {
    parts.push(`${ANNOTATION.shared} takes an app-id, not a switch.`)
  }
  // what runs in a namespace is that namespace's own business
  if (ask.namespace === podNamespace) parts.push(...whatIsThere(ask, choice))
  // a caller may send any text for the request's namespace
  const namespace = isDnsLabel(ask.namespace) ? ask.namespace : quote(ask.namespace)
  return finding('instance.missing', {
    message: parts.join(' '),
    cure: `Create it: ${helmInstall(ask.appId, namespace)} (or mend the app-id). Controllers retry by themselves, with growing pauses.`,
    field: annotationField(ANNOTATION.shared),
  })
}

/** The command that makes an instance; the chart's own port of Sentry is closed since Dapr 1.14. */
export function helmInstall(appId: string, namespace: string): string {
  return `helm install ${releaseName(appId)} oci://docker.io/daprio/dapr-shared-chart --namespace ${namespace} --set-string shared.appId=${appId} --set shared.controlPlane.sentry.port=443`
}

/** Helm takes names of up to 53 characters. */
function releaseName(appId: string): string {
  return `${appId.slice(0, 46)}-shared`
}

function* whatIsThere(
  { appId }: InstanceAsk,
  choice: Extract<Choice, { kind: 'missing' }>,
): Iterable<string> {
  if (choice.near.length > 0) yield `Did you mean ${choice.near.map(quote).join(' or ')}?`
  if (choice.existingCount > 0) {
    const more = choice.existingCount - choice.existing.length
    yield `Instances there: ${choice.existing.map(quote).join(', ')}${more > 0 ? ` and ${more} more` : ''}.`
  } else yield 'There are no instances there.'
  if (choice.isSidecarApp) yield `App-id ${quote(appId)} runs with sidecars here, which are not shared.`
  if (choice.unusable !== undefined) yield `${choice.unusable}.`
}

const demandsReplicas = ({ rules }: Policy): boolean => rules.minReadyReplicas !== undefined

/**
 * `instance.not-ready`: no ready replica, or fewer than a policy wants. It never denies by itself: an instance may become
 * ready only after its application listens. Of a workload without status (a rendered manifest) nothing can be said.
 */
export function notReady(instance: Instance, governance: Governance, facts: FactReader): Finding[] {
  const { readiness } = instance
  if (instance.strategy === 'external') return []
  if (!readiness.known) return tellUnknownReadiness(instance, governance, facts)
  const findings: Finding[] = []
  if (readiness.ready === 0) {
    const builtIn = finding('instance.not-ready', tooFewReady(instance, 'no ready replica'))
    findings.push(...besideParts(builtIn, governance, demandsReplicas))
  }
  for (const policy of governance.policies) {
    const { minReadyReplicas } = policy.rules
    if (minReadyReplicas === undefined || readiness.ready >= minReadyReplicas) continue
    const what =
      readiness.ready === 0
        ? `no ready replica, and ${minReadyReplicas} wanted`
        : `${readiness.ready} of ${minReadyReplicas} wanted ready replicas`
    findings.push(policyFinding(governance, policy, 'instance.not-ready', tooFewReady(instance, what)))
  }
  return findings
}

/** No finding, as rendered manifests never have a status; but a minimum that nobody could check is told. */
function tellUnknownReadiness({ workload }: Instance, governance: Governance, facts: FactReader): Finding[] {
  for (const policy of governance.policies) {
    const { minReadyReplicas = 0 } = policy.rules
    if (minReadyReplicas === 0) continue
    facts.unknown.push(unknownFact(governance, policy, 'instance.not-ready', `${workload} has no status`))
  }
  return []
}

function tooFewReady({ appId, workload }: Instance, what: string): Complaint {
  return {
    message: `instance ${quote(appId)} (${workload}) has ${what}.`,
    cure: 'The pod may wait for it, or it for the pod.',
    field: annotationField(ANNOTATION.shared),
  }
}

/** As policies spell it. */
const STRATEGY_KIND: Readonly<Record<Strategy, string>> = {
  daemonset: 'DaemonSet',
  deployment: 'Deployment',
  external: 'External',
}

/** `strategy.not-allowed`: a policy allows other strategies only. */
export function strategyForbidden(
  { appId, strategy, workload }: Instance,
  governance: Governance,
): Finding[] {
  return governance.policies.flatMap((policy) => {
    const { strategies } = policy.rules
    if (strategies === undefined || strategies.has(strategy)) return []
    const allowed = [...strategies].map((one) => STRATEGY_KIND[one]).join(' or ')
    return policyFinding(governance, policy, 'strategy.not-allowed', {
      message: `the instance ${quote(appId)} (${workload}) has the strategy ${STRATEGY_KIND[strategy]}, and policy ${policy.name} allows ${allowed} only.`,
      cure: `Use an instance with the strategy ${allowed}.`,
      field: annotationField(ANNOTATION.shared),
    })
  })
}

/** `strategy.not-allowed`: the pod accepts one strategy only, and the instance has another. */
export function strategyNotAllowed({ strategy }: InstanceAsk, instance: Instance): Finding[] {
  if (strategy === undefined || strategy === instance.strategy) return []
  return [
    finding('strategy.not-allowed', {
      message: `this pod accepts the strategy "${strategy}" only, but the instance ${quote(instance.appId)} (${instance.workload}) is a "${instance.strategy}".`,
      cure: `Write ${ANNOTATION.strategy}: "${instance.strategy}", remove the annotation, or run the instance as a ${strategy}.`,
      field: annotationField(ANNOTATION.strategy),
    }),
  ]
}
