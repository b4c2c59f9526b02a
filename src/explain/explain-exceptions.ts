import { isForWorkload, strangePodPart } from '../core/excuse.ts'
import { annotationOf, serviceAccountOf } from '../core/pod.ts'
import type { Exception, Policy } from '../core/policy.ts'
import { quote } from '../core/quote.ts'
import type { Finding } from '../core/rules.ts'
import { ANNOTATION } from '../core/vocabulary.ts'
import { labelsText } from './explain-match.ts'
import type { ExplainedException } from './explanation.ts'
import { tell, type Breadth, type Told } from './told.ts'
import type { Trace } from './trace.ts'

/** The exceptions of the pod's namespace: what each excuses, or why nothing. */
export function explainExceptions(trace: Trace, breadth: Breadth): Told<ExplainedException> {
  const { namespace } = trace.asked
  const exceptions = trace.known.policies.exceptions.get(namespace) ?? []
  const explained = exceptions.map((exception) => ({
    name: exception.name,
    ...explainOne(exception, trace),
  }))
  return tell(explained, breadth, ({ excuses }) => Number(excuses))
}

type Said = Omit<ExplainedException, 'name'>

function explainOne(exception: Exception, trace: Trace): Said {
  const { asked, findings, known } = trace
  const key = `${asked.namespace}/${exception.name}`
  const excused = findings.filter(({ exception: by, rule }) => by === key && rule !== 'exception.expiring')
  const ends = new Date(exception.expiresAt).toISOString().slice(0, 10)
  if (excused.length > 0) {
    const what = new Set(excused.map(({ rule, policy }) => `${rule} of ${policy}`))
    return { excuses: true, because: `it excuses ${[...what].join(', ')} until ${ends}.` }
  }
  const stranger = notForPod(exception, trace)
  if (stranger !== undefined) return no(`it is for others: ${stranger}.`)
  const expired = exception.expiresAt <= known.now ? [`it ended on ${ends}`] : []
  const each = [...exception.policies].map(([policy, rules]) => whyNotThere(policy, rules, trace))
  return no(`${[...expired, ...each].join('; ')}.`)
}

function notForPod(exception: Exception, { asked, governed }: Trace): string | undefined {
  const { pod } = asked
  switch (strangePodPart(exception, { pod })) {
    case 'appIds':
      return `its appIds do not name ${quote(annotationOf(pod, ANNOTATION.shared) ?? '')}`
    case 'serviceAccounts':
      return `its serviceAccounts do not name ${quote(serviceAccountOf(pod))}`
    case undefined:
      return isForWorkload(exception, { pod, facts: governed.facts })
        ? undefined
        : otherWorkload(exception, governed.facts)
  }
}

function otherWorkload({ workloads = [] }: Exception, facts: Trace['governed']['facts']): string {
  const names = workloads.map(({ kind, name }) => `${kind}/${name}`).join(', ')
  const owners = facts.owners()
  const own =
    owners?.known === true
      ? owners.value
          .slice(-1)
          .map(({ kind, name }) => `${kind}/${name}`)
          .join('') || 'a pod of its own'
      : 'of an owner that nobody knows'
  return `its workloads are ${names}, and this is ${own}`
}

/** Why an exception that is for the pod excuses nothing of one policy. */
function whyNotThere(name: string, rules: ReadonlySet<string>, trace: Trace): string {
  const { governed, known, asked } = trace
  const policy = governed.governance.policies.find((one) => one.name === name)
  if (policy === undefined || trace.end === 'outside') {
    const exists = known.policies.policies.some((one) => one.name === name)
    return exists ? `policy ${name} does not govern this pod` : `there is no policy ${name}`
  }
  const fired = trace.findings.filter((one) => one.policy === name && !one.builtIn)
  const named = fired.filter(({ rule }) => rules.has(rule))
  if (named.length === 0) return nothingNamed(name, rules, fired)
  const labels = governed.facts.namespaceLabels() ?? {}
  return dishonoured(policy, labels, asked.namespace) ?? usedAnother(name, named)
}

function nothingNamed(name: string, rules: ReadonlySet<string>, fired: readonly Finding[]): string {
  const others = [...new Set(fired.map(({ rule }) => rule))]
  const found = others.length === 0 ? '' : `, which found ${others.join(', ')}`
  return `policy ${name} found nothing of ${[...rules].join(', ')}${found}`
}

function dishonoured(
  { name, exceptions }: Policy,
  labels: Readonly<Record<string, string>>,
  namespace: string,
): string | undefined {
  if (exceptions === undefined) return `policy ${name} honours no exceptions (it has no spec.exceptions)`
  return exceptions(labels)
    ? undefined
    : `policy ${name} honours none of namespace ${quote(namespace)}, whose labels are ${labelsText(labels)}`
}

function usedAnother(name: string, named: readonly Finding[]): string {
  const other = named.find(({ exception }) => exception !== '')?.exception
  const rules = [...new Set(named.map(({ rule }) => rule))].join(', ')
  return other === undefined
    ? `${rules} of policy ${name} stays as it is`
    : `${rules} of policy ${name} is excused by ${other} already`
}

function no(because: string): Said {
  return { excuses: false, because }
}
