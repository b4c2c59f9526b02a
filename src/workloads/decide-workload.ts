import { decide, type Question } from '../core/decide.ts'
import { denies, needsFacts, type Decision, type NeedsFacts } from '../core/decision.ts'
import { isPodProblem, readPod, type Pod, type PodProblem } from '../core/pod.ts'
import { inCatalogueOrder, type Finding } from '../core/rules.ts'
import { workloadFindings } from '../core/rules/workload.ts'
import type { Manifest, Path } from '../state/manifest.ts'
import { expandWorkload, isPod } from './expand.ts'
import { readClaims } from './read-claims.ts'

/** The decision about a workload: about the pod that its controller would create, and about what it says itself. */
export interface WorkloadDecision {
  readonly decision: Decision
  readonly pod: Pod
  /** where the pod template stands; empty for a Pod itself */
  readonly path: Path
  /** of the decision's findings those that are about the workload, not about its pod */
  readonly own: ReadonlySet<Finding>
}

type Governed = Omit<Question, 'stage' | 'pod' | 'namespace' | 'facts'> & {
  readonly factsOf: (pod: Pod) => Question['facts']
}

/** Decides a workload of any kind that makes pods, or a pod. */
export function decideWorkload(
  workload: Pick<Manifest, 'apiVersion' | 'kind' | 'name' | 'object'>,
  namespace: string,
  { factsOf, ...governed }: Governed,
): WorkloadDecision | NeedsFacts | (PodProblem & { readonly path: Path }) {
  const { pod: loose, path } = expandWorkload(workload, namespace)
  const pod = readPod(loose)
  if (isPodProblem(pod)) return { ...pod, path }
  const asPod = decide({ stage: 'mutate', pod, namespace, facts: factsOf(pod), ...governed })
  if (needsFacts(asPod)) return asPod
  if (isPod(workload) || governed.settings.excludedNamespaces.has(namespace)) {
    return { decision: asPod, pod, path, own: new Set() }
  }
  const own = workloadFindings(readClaims(workload))
  return { decision: withFindings(asPod, own), pod, path, own: new Set(own) }
}

function withFindings(decision: Decision, own: readonly Finding[]): Decision {
  if (own.length === 0) return decision
  const findings = [...decision.findings, ...own].toSorted(inCatalogueOrder)
  return denies(findings)
    ? { ...decision, outcome: 'denied', findings, edits: [] }
    : { ...decision, findings }
}
