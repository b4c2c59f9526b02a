import type { InstanceAsk } from '../core/ask.ts'
import { objectOr } from '../core/cluster-facts.ts'
import type { Instance } from '../core/instance.ts'
import type { Policy } from '../core/policy.ts'
import type { Finding, RuleId } from '../core/rules.ts'
import { sidecarConflict } from '../core/rules/sidecar.ts'
import type { Reviewed } from '../review/review-manifest.ts'
import type { ExplainedPart } from './explanation.ts'
import { PARTS, type Part, type Seen } from './policy-parts.ts'
import { ENDS, type End, type Trace } from './trace.ts'

/** The parts of a governing policy: which of them made findings, and what satisfied the others. */
export function explainParts(policy: Policy, trace: Trace, unknown: Reviewed['unknown']): ExplainedPart[] {
  const seen: Seen = { policy, trace, ask: askOf(trace), instance: instanceOf(trace) }
  const obeyed = trace.governed.governance.policies.find(({ name }) => name === policy.name) ?? policy
  return PARTS.filter(({ has }) => has(policy.rules)).map((part) => ({
    part: part.path,
    rules: part.rules,
    ...(part.has(obeyed.rules) ? judgePart(part, seen, unknown) : LOOSENING),
  }))
}

const LOOSENING: Pick<ExplainedPart, 'outcome' | 'because'> = {
  outcome: 'does not apply',
  because: 'whether the policy governs is unknown, and this part would not tighten anything.',
}

function judgePart(
  { path, rules, from, idle, seen: satisfied }: Part,
  seen: Seen,
  unknown: Reviewed['unknown'],
): Pick<ExplainedPart, 'outcome' | 'because'> {
  const { trace, policy } = seen
  const findings = trace.findings.filter((one) => isOfPart(one, policy, rules))
  if (findings.length > 0) {
    return { outcome: 'fired', because: [...new Set(findings.map(({ message }) => message))].join(' ') }
  }
  const idleFor =
    ENDS.indexOf(trace.end) >= ENDS.indexOf(from) || path === 'instance.inUse' ? idle?.(seen) : undefined
  if (idleFor !== undefined) return { outcome: 'does not apply', because: `${idleFor}.` }
  const missed = unknown.find((one) => one.policy === policy.name && one.rule && rules.includes(one.rule))
  if (missed !== undefined) return { outcome: 'unknown', because: `${missed.why}.` }
  if (ENDS.indexOf(trace.end) < ENDS.indexOf(from)) {
    return { outcome: 'not judged', because: `${ENDED[trace.end]}.` }
  }
  const conflicts =
    path === 'sidecar' && sidecarConflict(trace.asked.pod, trace.governed.governance).findings.length > 0
  if (conflicts) {
    return { outcome: 'satisfied', because: 'the pod has a sidecar too, but a stricter policy speaks.' }
  }
  const wanted = JSON.stringify(writtenAt(policy, path))
  return { outcome: 'satisfied', because: `${satisfied(seen)}; wanted: ${wanted}.` }
}

/**
 * A finding of the built-in rules is not the policy's, even if its override chose the action; but a policy that requires a
 * grant demands what the built-in rule does.
 */
function isOfPart(
  { rule, policy: name, builtIn }: Finding,
  policy: Policy,
  rules: readonly RuleId[],
): boolean {
  if (!rules.includes(rule)) return false
  if (rule === 'namespace.not-granted' && policy.rules.crossNamespace === 'RequireGrant') return true
  return name === policy.name && !builtIn
}

/** Why nothing after it was judged. */
const ENDED: Readonly<Record<End, string>> = {
  outside: 'the pod is not judged',
  annotations: "the decision ended at the pod's annotations",
  sidecar: 'the decision ended with the sidecar, which the pod keeps',
  grant: 'the decision ended where the pod was not granted the instance',
  instance: 'the decision ended where no instance was found',
  whole: '',
}

function writtenAt({ written }: Policy, path: string): unknown {
  return path.split('.').reduce<unknown>((value, step) => objectOr(value)[step], objectOr(written)['rules'])
}

function askOf({ ask, asked }: Trace): InstanceAsk {
  return ask.kind === 'instance'
    ? ask
    : {
        kind: 'instance',
        appId: '',
        namespace: asked.namespace,
        strategy: undefined,
        containers: { kind: 'all' },
        tokenSecret: undefined,
      }
}

/** The instance that was judged. */
export function instanceOf({ choice }: Trace): Instance | undefined {
  return choice?.kind === 'found' ? choice.instance : undefined
}
