import type { Problem } from './problem.ts'
import type { RulesSpec, View, WrittenPolicy } from './view.ts'

/** Parts of one policy that leave nobody, nothing, or no room for each other. */
export function contradictionProblems({ policies }: View): Problem[] {
  return policies.flatMap((policy) => {
    const { rules = {} } = policy.spec
    const found = [
      ...localityWithoutDaemonSets(rules),
      ...endpointsWithoutExternal(rules),
      ...serviceTypes(rules),
      ...capacity(rules),
      ...kinds(policy, rules),
    ].map((one) => ({ ...one, path: ['spec', 'rules', ...one.path] }))
    return [...found, ...repeatedPoints(policy)].map((one) => ({ ...one, manifest: policy.manifest }))
  })
}

/** A problem of a policy at hand. */
export type Found = Omit<Problem, 'manifest'>

function* localityWithoutDaemonSets({ locality, strategies }: RulesSpec): Iterable<Found> {
  const allowed = strategies?.allowed
  if (locality?.node !== 'Require' || !allowed?.includes('Deployment') || allowed.includes('DaemonSet'))
    return
  yield {
    check: 'locality.contradiction',
    path: ['locality', 'node'],
    message:
      'it requires an instance on the own node, which only a DaemonSet is, and does not allow DaemonSets.',
    cure: 'Add DaemonSet to strategies.allowed, or take node: Require back.',
  }
}

function* endpointsWithoutExternal({ endpoints, strategies }: RulesSpec): Iterable<Found> {
  if (endpoints === undefined || strategies?.allowed?.includes('External') !== false) return
  yield {
    check: 'endpoints.no-effect',
    path: ['endpoints'],
    message: 'it says which external endpoints are allowed, but strategies.allowed leaves External out.',
    cure: 'Add External to strategies.allowed, or take endpoints out.',
  }
}

function* serviceTypes({ security }: RulesSpec): Iterable<Found> {
  if (security?.serviceTypes?.includes('ClusterIP') !== false) return
  yield {
    check: 'service-types.no-cluster-ip',
    path: ['security', 'serviceTypes'],
    message:
      'it does not allow ClusterIP, which is what every chart makes, and allows what is open to the outside.',
    cure: 'Add ClusterIP, or leave serviceTypes out.',
  }
}

function* capacity({ capacity: part }: RulesSpec): Iterable<Found> {
  const { maxPods, maxPodsPerReplica } = part ?? {}
  if (maxPods !== undefined && maxPodsPerReplica !== undefined && maxPods < maxPodsPerReplica) {
    yield {
      check: 'capacity.contradiction',
      path: ['capacity', 'maxPodsPerReplica'],
      message: `maxPodsPerReplica (${maxPodsPerReplica}) is never reached: maxPods (${maxPods}) is less.`,
      cure: 'Raise maxPods, or leave maxPodsPerReplica out.',
    }
  }
  for (const field of ['maxWorkloads', 'maxPods', 'maxPodsPerReplica'] as const) {
    if (part?.[field] !== 0) continue
    yield {
      check: 'capacity.nobody',
      path: ['capacity', field],
      message: `${field} is 0: nobody may use an instance.`,
      cure: 'Give a number above 0, or refuse by other rules, whose messages say why.',
    }
  }
}

function* kinds({ spec }: WrittenPolicy, { workloads }: RulesSpec): Iterable<Found> {
  const matched = spec.match?.workloadKinds
  const allowed = workloads?.allowedKinds
  if (matched === undefined || allowed === undefined || matched.some((kind) => allowed.includes(kind))) return
  yield {
    check: 'workload-kinds.contradiction',
    path: ['workloads', 'allowedKinds'],
    message: 'it allows none of the kinds that match.workloadKinds takes: all of its pods are refused.',
    cure: 'Take kinds out of match.workloadKinds, or add them here.',
  }
}

/** A point that two entries name takes the stronger of their actions, whichever stands first. */
function repeatedPoints({ spec }: WrittenPolicy): Found[] {
  const entries = spec.scopedActions ?? []
  return entries.flatMap(({ points }, index) =>
    points
      .filter((point) => entries.slice(0, index).some((earlier) => earlier.points.includes(point)))
      .map((point) => ({
        check: 'scoped-actions.repeated' as const,
        path: ['spec', 'scopedActions', index, 'points'],
        message: `the point ${point} is named by an entry above too: the strongest action of all counts.`,
        cure: 'Name each point once.',
      })),
  )
}
