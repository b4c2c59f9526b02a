import { objectOr } from '../core/cluster-facts.ts'
import { countOf } from '../core/count-of.ts'
import type { FactReader } from '../core/facts.ts'
import { annotationOf, serviceAccountOf, type Pod } from '../core/pod.ts'
import type { Labels, Policy, Point } from '../core/policy.ts'
import { quote } from '../core/quote.ts'
import { judgeMatch, type MatchPart } from '../core/select-policies.ts'
import { ANNOTATION } from '../core/vocabulary.ts'
import { listOf } from '../discovery/loose.ts'

interface MatchedPod {
  readonly pod: Pod
  readonly namespace: string
  readonly facts: FactReader
  readonly point: Point
}

/** Whether a policy's `match` fits, and what of the pod does not: what is seen, and what is wanted. */
export function explainMatch(
  policy: Policy,
  subject: MatchedPod,
): { readonly governs: boolean; readonly because: string } {
  const answer = judgeMatch(policy, subject)
  if (answer === 'governs') return { governs: true, because: fits(policy) }
  if (answer === 'unsure') {
    return {
      governs: true,
      because: `it may govern: ${unknownOwners(subject)}, and with failurePolicy: Fail whatever of it tightens is obeyed.`,
    }
  }
  return {
    governs: false,
    because: `${misfit(answer, subject)}; match.${answer} is ${written(policy, answer)}.`,
  }
}

function fits({ written: spec }: Policy): string {
  const parts = Object.keys(objectOr(spec['match']))
  return parts.length === 0
    ? 'it has no match: it governs every pod that asks.'
    : `its match fits: ${parts.join(', ')}.`
}

function misfit(part: MatchPart, subject: MatchedPod): string {
  const { pod, namespace, facts } = subject
  switch (part) {
    case 'excludeNamespaces':
      return `namespace ${quote(namespace)} is left out`
    case 'appIds':
      return `the app-id is ${quote(annotationOf(pod, ANNOTATION.shared) ?? '')}`
    case 'serviceAccounts':
      return `the ServiceAccount is ${quote(serviceAccountOf(pod))}`
    case 'objectSelector':
      return `the labels of the pod are ${labelsText(pod.metadata.labels ?? {})}`
    case 'namespaceSelector':
      return `the labels of namespace ${quote(namespace)} are ${labelsText(facts.namespaceLabels() ?? {})}`
    case 'workloadKinds':
      return kindOf(subject)
  }
}

function kindOf(subject: MatchedPod): string {
  const owners = subject.facts.owners()
  if (owners?.known !== true) return `${unknownOwners(subject)}, and failurePolicy is Ignore`
  const top = owners.value.at(-1)
  return top === undefined ? 'no workload owns the pod' : `the pod is of a ${top.kind}`
}

function unknownOwners({ facts }: MatchedPod): string {
  const owners = facts.owners()
  return `the workload is unknown (${owners === undefined || owners.known ? 'nobody was asked' : owners.why})`
}

const MOST_LABELS = 8

/** `{app=web, team=shop}`: labels as kubectl shows them, the first of many. */
export function labelsText(labels: Labels): string {
  const all = Object.entries(labels)
  const shown = all.slice(0, MOST_LABELS).map(([key, value]) => `${printed(key)}=${printed(value)}`)
  const more = all.length > MOST_LABELS ? [`and ${countOf(all.length - MOST_LABELS, 'other')}`] : []
  return `{${[...shown, ...more].join(', ')}}`
}

/** Labels are a tenant's text: quoted only where they are none that Kubernetes would take. */
function printed(text: string): string {
  return /^[-\w./]{0,320}$/.test(text) ? text : quote(text)
}

function written({ written: spec }: Policy, part: MatchPart): string {
  return JSON.stringify(objectOr(spec['match'])[part] ?? null)
}

/** Which field of a policy says what its findings do at a point. */
export function explainAction({ actions, written: spec }: Policy, point: Point): string {
  const scoped = listOf(spec['scopedActions'])
  const names = (at: Point): boolean => scoped.some((one) => listOf(objectOr(one)['points']).includes(at))
  if (names(point)) return `scopedActions for point ${point}`
  if (point === 'CLI' && names('Pod')) return 'scopedActions for point Pod, which the command line follows'
  const general = spec['validationActions']
  if (!Array.isArray(general)) return `validationActions is not given, which means ["${actions[point]}"]`
  return general.length > 1
    ? `the strongest of validationActions ${JSON.stringify(general)}`
    : `validationActions ${JSON.stringify(general)}`
}
