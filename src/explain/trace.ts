import type { Known } from '../admission/decide-review.ts'
import { readAsk, type Ask } from '../core/ask.ts'
import { chooseInstance, type Choice } from '../core/choose-instance.ts'
import { closesTheDoor, decide, type Question } from '../core/decide.ts'
import { needsFacts } from '../core/decision.ts'
import { govern, judge, stops, type Governed, type Judged } from '../core/judged.ts'
import { isMirror } from '../core/pod.ts'
import type { Finding } from '../core/rules.ts'
import { crossNamespaceFindings } from '../core/rules/cross-namespace.ts'
import { withinItsNamespace } from '../core/rules/endpoints.ts'
import type { AskedPod } from './questioned.ts'

/**
 * Where the decision about a pod ended, in the order in which it is made. `outside`: the pod is not judged at all;
 * `whole`: its instance was found and judged.
 */
export const ENDS = ['outside', 'annotations', 'sidecar', 'grant', 'instance', 'whole'] as const
export type End = (typeof ENDS)[number]

/** The decision about a pod, once more, with what it went by. */
export interface Trace {
  readonly asked: AskedPod
  readonly known: Known
  readonly governed: Governed
  readonly ask: Ask
  readonly findings: readonly Finding[]
  readonly end: End
  /** what the ask leads to in the inventory; none where nobody came to look */
  readonly choice: Choice | undefined
}

/** Makes the decision about a pod again, from the same facts, and keeps what it went by. */
export function traceDecision(asked: AskedPod, known: Known): Trace {
  const { pod, namespace, facts, point, isUpdate } = asked
  const { preview: _, ...same } = known
  const question: Question = { ...same, stage: 'mutate', pod, namespace, point, facts }
  const ask = readAsk(pod, namespace)
  const governed = govern(question)
  const outside = { asked, known, governed, ask, findings: [], end: 'outside', choice: undefined } as const
  if (isUpdate || isOutside(question, ask)) return outside

  const findings = findingsOf(question)
  const end = endOf(judge(question), ask, findings)
  return { ...outside, findings, end, choice: ENDS.indexOf(end) >= LOOKS ? choose(ask, known) : undefined }
}

const LOOKS = ENDS.indexOf('instance')

function isOutside({ pod, namespace, settings }: Question, ask: Ask): boolean {
  return ask.kind === 'none' || settings.excludedNamespaces.has(namespace) || isMirror(pod)
}

function findingsOf(question: Question): readonly Finding[] {
  const answer = decide(question)
  if (needsFacts(answer)) throw new Error('the facts of a decision that was made no longer make it')
  return answer.findings
}

function choose(ask: Ask, { inventory }: Known): Choice | undefined {
  if (ask.kind !== 'instance') return undefined
  const found = chooseInstance(ask, inventory)
  return found.kind === 'found' ? withinItsNamespace(found, inventory) : found
}

/** Reads off its findings where a decision ended. */
function endOf(judged: Judged, ask: Ask, findings: readonly Finding[]): End {
  const { question, governance, sidecar } = judged
  if (ask.kind !== 'instance' || findings.some(({ rule }) => rule === 'annotation.invalid'))
    return 'annotations'
  if (sidecar.resolution === 'leave-alone' && !stops(judged, sidecar.findings)) return 'sidecar'
  const grants = question.policies.grants.get(ask.namespace) ?? []
  const foreign = crossNamespaceFindings(question.pod, question.namespace, ask, governance, grants)
  if (closesTheDoor(judged, foreign)) return 'grant'
  return choose(ask, question)?.kind === 'found' ? 'whole' : 'instance'
}
