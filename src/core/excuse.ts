import type { FactReader } from './facts.ts'
import { annotationOf, serviceAccountOf, type Pod } from './pod.ts'
import type { Exception, Policy } from './policy.ts'
import { quote } from './quote.ts'
import { finding, type Finding } from './rules.ts'
import { ANNOTATION } from './vocabulary.ts'

/** An exception that ends within this time is worth a finding. */
const SOON_MS = 7 * 24 * 60 * 60 * 1000

export interface ExcuseQuestion {
  readonly pod: Pod
  readonly namespace: string
  readonly policies: readonly Policy[]
  /** of the pod's namespace, by name */
  readonly exceptions: readonly Exception[]
  readonly facts: FactReader
  /** milliseconds since the epoch */
  readonly now: number
}

/**
 * Applies exceptions: a finding that an exception excuses stays, as Audit and with the exception's name. Built-in
 * findings cannot be excused, and a policy honours exceptions only in the namespaces that it lists.
 */
export function excuse(
  findings: readonly Finding[],
  question: ExcuseQuestion,
): {
  readonly excused: readonly Finding[]
  /** about exceptions that were used and end soon */
  readonly expiring: readonly Finding[]
} {
  if (question.exceptions.length === 0) return { excused: findings, expiring: [] }
  const used = new Set<Exception>()
  // a pod may have thousands of containers, and a finding about each
  const known = new Map<string, Exception[]>()
  const excused = findings.map((one) => {
    if (one.builtIn) return one
    const key = `${one.rule} ${one.policy}`
    const candidates = known.get(key) ?? naming(one, question)
    known.set(key, candidates)
    const exception = candidates.find(({ expiresAt }) => expiresAt > question.now)
    if (exception !== undefined) {
      used.add(exception)
      return {
        ...one,
        action: 'Audit' as const,
        exception: `${question.namespace}/${exception.name}`,
      }
    }
    const [expired] = candidates
    return expired === undefined
      ? one
      : {
          ...one,
          cure: `${one.cure} (The exception ${quote(expired.name)} ended on ${dayOf(expired.expiresAt)}.)`,
        }
  })
  return { excused, expiring: [...used].flatMap((exception) => expiring(exception, question)) }
}

/** The exceptions for this finding and this pod, whether expired or not. What costs a look-up is asked last. */
function naming({ policy: name, rule }: Finding, question: ExcuseQuestion): Exception[] {
  const policy = question.policies.find((one) => one.name === name)
  if (policy?.exceptions === undefined) return []
  const candidates = namingPolicy(question.exceptions, name).filter(
    (exception) =>
      exception.policies.get(name)?.has(rule) === true && strangePodPart(exception, question) === undefined,
  )
  if (candidates.length === 0) return []
  const labels = question.facts.namespaceLabels()
  if (labels === undefined || !policy.exceptions(labels)) return []
  return candidates.filter((exception) => isForWorkload(exception, question))
}

/** A namespace's exceptions by the policies that they name; made once for each list, which changes as a whole. */
const BY_POLICY = new WeakMap<readonly Exception[], ReadonlyMap<string, readonly Exception[]>>()

function namingPolicy(exceptions: readonly Exception[], policy: string): readonly Exception[] {
  let index = BY_POLICY.get(exceptions)
  if (index === undefined) {
    const pairs = exceptions.flatMap((exception) =>
      [...exception.policies.keys()].map((name) => ({ name, exception })),
    )
    index = new Map(
      [...Map.groupBy(pairs, ({ name }) => name)].map(([name, own]) => [
        name,
        own.map(({ exception }) => exception),
      ]),
    )
    BY_POLICY.set(exceptions, index)
  }
  return index.get(policy) ?? []
}

/** The part of an exception's `subjects` that does not fit the pod itself; none where all do. */
export function strangePodPart(
  { appIds, serviceAccounts }: Exception,
  { pod }: Pick<ExcuseQuestion, 'pod'>,
): 'appIds' | 'serviceAccounts' | undefined {
  if (appIds?.(annotationOf(pod, ANNOTATION.shared) ?? '') === false) return 'appIds'
  return serviceAccounts?.has(serviceAccountOf(pod)) === false ? 'serviceAccounts' : undefined
}

/** An owner that stays unknown is not the one that is excused. */
export function isForWorkload(
  { workloads }: Exception,
  { pod, facts }: Pick<ExcuseQuestion, 'pod' | 'facts'>,
): boolean {
  if (workloads === undefined) return true
  const owners = facts.owners()
  if (owners?.known !== true) return false
  const top = owners.value.at(-1) ?? { kind: 'Pod', name: pod.metadata.name }
  return workloads.some(({ kind, name }) => kind === top.kind && name === top.name)
}

function expiring({ name, expiresAt }: Exception, { namespace, now }: ExcuseQuestion): Finding[] {
  if (expiresAt - now > SOON_MS) return []
  return [
    {
      ...finding('exception.expiring', {
        message: `the exception ${quote(name)}, which admits this pod, ends on ${dayOf(expiresAt)}.`,
        cure: 'Mend what it excuses, or have it renewed.',
      }),
      exception: `${namespace}/${name}`,
    },
  ]
}

function dayOf(milliseconds: number): string {
  return new Date(milliseconds).toISOString().slice(0, 10)
}
