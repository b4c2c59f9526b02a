import { nearNames } from '../core/near-names.ts'
import { isRuleId, RULE_IDS } from '../core/rules.ts'
import { compileSelector } from '../policy/compile-matchers.ts'
import type { ExceptionSpec } from '../policy/schema/exception.ts'
import type { Problem } from './problem.ts'
import { partOf } from './rules-brought.ts'
import type { View, Written, WrittenPolicy } from './view.ts'

type WrittenException = Written<ExceptionSpec>
type Excused = ExceptionSpec['policies'][number]

/** As `exception.expiring` has it. */
const SOON_MS = 7 * 24 * 60 * 60 * 1000

/** Exceptions that excuse nothing, or not for long. */
export function exceptionProblems(view: View): Problem[] {
  return view.exceptions.flatMap((exception) => [
    ...ending(exception, view.now),
    ...exception.spec.policies.flatMap((excused, index) => excusing(exception, excused, index, view)),
  ])
}

function ending({ manifest, spec: { expiresAt } }: WrittenException, now: number): Problem[] {
  const end = Date.parse(expiresAt)
  const path = ['spec', 'expiresAt']
  if (end <= now) {
    const message = `it ended at ${expiresAt} and excuses nothing any more.`
    return [{ check: 'exception.expired', manifest, path, message, cure: 'Delete it, or have it renewed.' }]
  }
  if (end - now > SOON_MS) return []
  const message = `it ends at ${expiresAt}: then what it excuses is refused.`
  return [
    {
      check: 'exception.expiring',
      manifest,
      path,
      message,
      cure: 'Mend what it excuses, or have it renewed.',
    },
  ]
}

/** Where no policy is given at all, an exception says nothing wrong by naming one. */
function excusing(
  exception: WrittenException,
  { name, rules }: Excused,
  index: number,
  view: View,
): Problem[] {
  const { manifest } = exception
  const path = ['spec', 'policies', index]
  const unknown = rules.flatMap((rule, at): Problem[] => {
    if (isRuleId(rule)) return []
    const near = nearNames(rule, RULE_IDS)
    const message = `there is no rule ${rule}${near.length > 0 ? `; did you mean ${near.join(' or ')}?` : '.'}`
    const cure = 'See docs/rules.md.'
    return [{ check: 'exception.unknown-rule', manifest, path: [...path, 'rules', at], message, cure }]
  })
  if (view.policies.length === 0) return unknown
  const policy = view.policies.find((one) => one.name === name)
  if (policy === undefined) return [...unknown, unknownPolicy(exception, name, path, view)]
  return [
    ...unknown,
    ...rules.flatMap((rule, at) => withoutEffect(exception, policy, rule, [...path, 'rules', at])),
    ...notHonoured(exception, policy, [...path, 'name'], view),
  ]
}

function unknownPolicy(
  { manifest }: WrittenException,
  name: string,
  path: Problem['path'],
  { policies }: View,
): Problem {
  const near = nearNames(
    name,
    policies.map((one) => one.name),
  )
  return {
    check: 'exception.unknown-policy',
    manifest,
    path: [...path, 'name'],
    message: `there is no policy ${name}${near.length > 0 ? `; did you mean ${near.join(' or ')}?` : '.'}`,
    cure: 'Name a DaprSharedPolicy. What holds without any policy cannot be excused.',
  }
}

/** Built-in findings cannot be excused, not even where a policy overrides what they do. */
function withoutEffect(
  { manifest }: WrittenException,
  { name, spec }: WrittenPolicy,
  rule: string,
  path: Problem['path'],
): Problem[] {
  if (!isRuleId(rule)) return []
  const part = partOf(spec, rule)
  if (part === 'brings' || part === 'prefers') return []
  return [
    {
      check: 'exception.no-effect',
      manifest,
      path,
      message: `policy ${name} has no rules that bring ${rule}: there is nothing to excuse.`,
      cure: 'Name the policy whose rules refuse. Built-in findings cannot be excused, only overridden by a policy.',
    },
  ]
}

function notHonoured(
  { manifest, namespace }: WrittenException,
  { name, spec }: WrittenPolicy,
  path: Problem['path'],
  { namespaces }: View,
): Problem[] {
  const problem = (why: string): Problem[] => [
    {
      check: 'exception.not-honoured',
      manifest,
      path,
      message: `policy ${name} ${why}: this has no effect.`,
      cure: `Have its exceptions.namespaceSelector select the namespace ${namespace}, or mend what is refused.`,
    },
  ]
  if (spec.exceptions === undefined) return problem('honours no exceptions')
  const labels = namespaces.get(namespace)
  if (labels === undefined || compileSelector(spec.exceptions.namespaceSelector ?? {})(labels)) return []
  return problem(`honours no exceptions of namespace ${namespace}`)
}
