import { countOf } from '../count-of.ts'
import type { Consumers, FactReader } from '../facts.ts'
import { policyFinding, unknownFact, unknownFinding, type Governance } from '../governance.ts'
import { instanceKey, type Instance } from '../instance.ts'
import type { CapacityRule, Policy } from '../policy.ts'
import { quote } from '../quote.ts'
import type { Complaint, Finding } from '../rules.ts'

/**
 * `capacity.*`: one instance has one identity and one set of resources for all who use it. Soft: each replica counts
 * what its watch has shown and what it has admitted itself, so pods that several replicas admit at once may overshoot.
 */
export function overCapacity(instance: Instance, governance: Governance, facts: FactReader): Finding[] {
  return governance.policies.flatMap((policy) => {
    const { capacity } = policy.rules
    return capacity === undefined ? [] : judge(policy, capacity, instance, governance, facts)
  })
}

function judge(
  policy: Policy,
  capacity: CapacityRule,
  instance: Instance,
  governance: Governance,
  facts: FactReader,
): Finding[] {
  const fact = facts.consumers(instance.namespace, instance.appId)
  // a workload is told by its owners, which must be verified: a claim would let a pod in as one of another workload
  const owners = capacity.maxWorkloads === undefined ? KNOWN : facts.owners()
  if (fact === undefined || owners === undefined) return []
  const rule = capacity.maxWorkloads === undefined ? 'capacity.pods' : 'capacity.workloads'
  if (!fact.known) return unknown(policy, rule, fact.why, governance, facts)
  const own = facts.workload()
  const consumers = governance.point === 'Pod' ? fact.value : besides(own, fact.value)
  const workloads = tooManyWorkloads(capacity, consumers, instance, own)
  return [
    ...(owners.known || workloads === undefined
      ? workloads === undefined
        ? []
        : [policyFinding(governance, policy, 'capacity.workloads', workloads)]
      : unknown(policy, 'capacity.workloads', owners.why, governance, facts)),
    ...tooManyPods(capacity, consumers, instance).map((complaint) =>
      policyFinding(governance, policy, 'capacity.pods', complaint),
    ),
    ...replicasUnknown(capacity, consumers, instance).flatMap((why) =>
      unknown(policy, 'capacity.pods', why, governance, facts),
    ),
  ]
}

/** A template that is applied again, or looked at, replaces its pods: they are no more of them than before. */
function besides(own: string, { pods, workloads }: Consumers): Consumers {
  return { pods: pods - (workloads.get(own) ?? 0), workloads }
}

const KNOWN = { known: true } as const

function unknown(
  policy: Policy,
  rule: 'capacity.workloads' | 'capacity.pods',
  why: string,
  governance: Governance,
  facts: FactReader,
): Finding[] {
  if (policy.failurePolicy === 'Ignore') {
    facts.unknown.push(unknownFact(governance, policy, rule, why))
    return []
  }
  return [
    unknownFinding(governance, policy, rule, {
      message: `who uses the instance is unknown: ${why}.`,
      cure: 'Give what is missing, or set failurePolicy: Ignore in the policy.',
    }),
  ]
}

function tooManyWorkloads(
  { maxWorkloads }: CapacityRule,
  { workloads }: Consumers,
  instance: Instance,
  own: string,
): Complaint | undefined {
  if (maxWorkloads === undefined) return undefined
  const others = workloads.size - (workloads.has(own) ? 1 : 0)
  if (others < maxWorkloads) return undefined
  return {
    message: `the instance ${quote(instanceKey(instance))} serves ${countOf(others, 'other workload')} already, of at most ${maxWorkloads}.`,
    cure: 'Use an instance of its own for this workload, or remove another one.',
  }
}

function tooManyPods(
  { maxPods, maxPodsPerReplica }: CapacityRule,
  { pods }: Consumers,
  instance: Instance,
): Complaint[] {
  const complaints: Complaint[] = []
  if (maxPods !== undefined && pods >= maxPods) {
    complaints.push({
      message: `the instance ${quote(instanceKey(instance))} serves ${countOf(pods, 'pod')} already, of at most ${maxPods}.`,
      cure: 'Scale consumers down, or use another instance. Leave room for the surge of rolling updates.',
    })
  }
  const { readiness } = instance
  if (maxPodsPerReplica === undefined || !readiness.known) return complaints
  // the replicas that are wanted: counting ready ones would refuse pods whenever the instance restarts
  const replicas = Math.max(readiness.wanted, 1)
  if (pods >= maxPodsPerReplica * replicas) {
    complaints.push({
      message: `the instance ${quote(instanceKey(instance))} serves ${countOf(pods, 'pod')} with ${countOf(replicas, 'replica')} already, of at most ${maxPodsPerReplica} for each.`,
      cure: 'Give the instance more replicas, or use another one.',
    })
  }
  return complaints
}

/** One replica is the least there can be: only beyond what it may serve does the number matter. */
function replicasUnknown(
  { maxPodsPerReplica }: CapacityRule,
  { pods }: Consumers,
  { readiness, workload, traits }: Instance,
): string[] {
  if (maxPodsPerReplica === undefined || readiness.known || traits === undefined) return []
  return pods < maxPodsPerReplica ? [] : [`${workload} has no status that tells its replicas`]
}
