import type { FactReader } from '../facts.ts'
import {
  besideParts,
  policyFinding,
  unknownFact,
  unknownFinding,
  type Cap,
  type Governance,
} from '../governance.ts'
import type { Instance, Traits } from '../instance.ts'
import type { Demand, Policy, Version } from '../policy.ts'
import { quote } from '../quote.ts'
import type { Complaint, Finding, RuleId } from '../rules.ts'
import { governsLocality } from './locality.ts'

/** What a policy has to say on each of the observations that an instance's workload and Service show by themselves. */
const PARTS: ReadonlyMap<RuleId, (policy: Policy) => Demand | 'Restricted' | undefined> = new Map<
  RuleId,
  (policy: Policy) => Demand | 'Restricted' | undefined
>([
  ['security.api-token', ({ rules }) => rules.apiToken],
  ['security.mtls', ({ rules }) => rules.mtls],
  ['security.secret-store', ({ rules }) => rules.secretStore],
  ['security.exposed-service', ({ rules }) => rules.serviceTypes && 'Restricted'],
])

/** What the instance shows by itself, as far as it does not give way to what policies say of the same rule. */
export function observationsBesideParts({ observations }: Instance, governance: Governance): Finding[] {
  return observations.flatMap((observation) => {
    if (observation.rule === 'locality.not-local')
      return besideParts(observation, governance, governsLocality)
    const part = PARTS.get(observation.rule)
    return part === undefined
      ? [observation]
      : besideParts(observation, governance, (policy) => part(policy) !== undefined)
  })
}

/** `security.*`: the instance's own safety, as far as policies demand it. */
export function securityFindings(instance: Instance, governance: Governance, facts: FactReader): Finding[] {
  const findings: Finding[] = []
  for (const policy of governance.policies) {
    findings.push(
      ...demanded(instance, policy, governance),
      ...exposed(instance, policy, governance),
      ...tooOld(instance, policy, governance, facts),
    )
  }
  return findings
}

function demanded({ observations }: Instance, policy: Policy, governance: Governance): Finding[] {
  const findings: Finding[] = []
  for (const { rule, message, cure } of observations) {
    const demand = rule === 'security.exposed-service' ? undefined : PARTS.get(rule)?.(policy)
    if (demand === undefined || demand === 'Off') continue
    const cap: Cap | undefined = demand === 'Preferred' ? 'Warn' : undefined
    findings.push(policyFinding(governance, policy, rule, { message, cure }, cap))
  }
  return findings
}

function exposed({ traits, service, workload }: Instance, policy: Policy, governance: Governance): Finding[] {
  const { serviceTypes } = policy.rules
  if (serviceTypes === undefined || traits === undefined) return []
  const complaint = wrongType(traits, serviceTypes, { service, workload })
  return complaint === undefined
    ? []
    : [policyFinding(governance, policy, 'security.exposed-service', complaint)]
}

function wrongType(
  { serviceType, externalIps }: Traits,
  allowed: ReadonlySet<string>,
  { service, workload }: Pick<Instance, 'service' | 'workload'>,
): Complaint | undefined {
  const isAllowed = allowed.has(serviceType)
  const openAnyway = allowed.has('NodePort') || allowed.has('LoadBalancer')
  if (isAllowed && (!externalIps || openAnyway)) return undefined
  const name = `Service ${quote(service ?? '')} of ${workload}`
  return {
    message: isAllowed ? `${name} has externalIPs.` : `${name} is of type ${serviceType}.`,
    cure: `Make it a Service of type ${[...allowed].join(' or ')} without externalIPs.`,
  }
}

function tooOld(
  { traits, workload }: Instance,
  policy: Policy,
  governance: Governance,
  facts: FactReader,
): Finding[] {
  const { minDaprVersion } = policy.rules
  if (minDaprVersion === undefined || traits === undefined) return []
  const { daprVersion } = traits
  if (daprVersion !== undefined && !isBefore(daprVersion, minDaprVersion)) return []
  const wanted = versionText(minDaprVersion)
  const cure = `Upgrade the instance to Dapr ${wanted} or newer, with an image tag that says its version.`
  if (daprVersion !== undefined) {
    const message = `daprd of ${workload} is ${versionText(daprVersion)}, older than ${wanted}.`
    return [policyFinding(governance, policy, 'security.dapr-version', { message, cure })]
  }
  if (policy.failurePolicy === 'Fail') {
    const message = `the version of daprd of ${workload} is unknown: its image tag has none, and ${wanted} is wanted.`
    return [unknownFinding(governance, policy, 'security.dapr-version', { message, cure })]
  }
  const why = `the image tag of ${workload} has no version`
  facts.unknown.push(unknownFact(governance, policy, 'security.dapr-version', why))
  return []
}

/** As people write it: `1.14` and `1.14.3`. */
function versionText([major, minor, patch]: Version): string {
  return patch === 0 ? `${major}.${minor}` : `${major}.${minor}.${patch}`
}

function isBefore(a: Version, b: Version): boolean {
  const at = a.findIndex((part, index) => part !== b[index])
  return at !== -1 && (a[at] ?? 0) < (b[at] ?? 0)
}
