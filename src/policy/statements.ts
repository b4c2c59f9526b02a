import type { Defaults, Policy } from '../core/policy.ts'
import { precedes } from '../core/select-policies.ts'
import type { JsonObject } from '../core/pod.ts'
import { compileException, compileGrant, compilePolicy, tell, type Compiled } from './compile.ts'
import { mayOverlap } from './may-overlap.ts'
import { isProblems, readResource, type Problem } from './read-resource.ts'
import type { PolicySpec } from './schema/policy.ts'
import type { Statement } from './status.ts'

/** As the CRD bounds a condition's message, with room to spare. */
const LONGEST = 4096

/** A policy as far as its status needs it. */
export interface JudgedPolicy extends Compiled<Policy> {
  readonly match: PolicySpec['match']
}

export function judgePolicy(written: JsonObject): JudgedPolicy {
  const reading = readResource(written)
  const isPolicy = !isProblems(reading) && reading.kind === 'DaprSharedPolicy'
  return { ...compilePolicy(written), match: isPolicy ? reading.spec.match : undefined }
}

/**
 * What is to be said of a policy. Its defaults are overridden where another policy with defaults goes before it, and some
 * pod may be governed by both.
 *
 * @param all policies, itself among them
 */
export function statementsOfPolicy(judged: JudgedPolicy, all: readonly JudgedPolicy[]): Statement[] {
  const { value: policy, problems } = judged
  const accepted = acceptance(problems)
  if (policy === undefined) {
    const message = 'It governs no pod, as its match cannot be read.'
    return [accepted, { type: 'Ready', holds: false, reason: 'GovernsNothing', message }]
  }
  if (policy.problem !== undefined) {
    const [reason, message] =
      policy.failurePolicy === 'Fail'
        ? ['RefusesPods', 'The pods that it matches are refused until it is mended (failurePolicy: Fail).']
        : ['RulesIgnored', 'Its rules are passed over until it is mended (failurePolicy: Ignore).']
    return [accepted, { type: 'Ready', holds: false, reason, message }]
  }
  const ready: Statement = { type: 'Ready', holds: true, reason: 'Governs', message: 'It governs pods.' }
  return [accepted, ready, ...defaultsStatement(policy, policy.defaults, judged, all)]
}

function defaultsStatement(
  policy: Policy,
  defaults: Defaults | undefined,
  { match }: JudgedPolicy,
  all: readonly JudgedPolicy[],
): Statement[] {
  if (defaults === undefined) return []
  const winners = all
    .filter(
      ({ value, match: other }) =>
        value?.defaults !== undefined &&
        value.name !== policy.name &&
        precedes(value, policy) &&
        mayOverlap(other, match),
    )
    .flatMap(({ value }) => value?.name ?? [])
  const type = 'DefaultsEffective'
  if (winners.length === 0)
    return [{ type, holds: true, reason: 'Effective', message: 'No other policy goes before its defaults.' }]
  const message = `Where both match, the defaults of ${names(winners)} count instead.`
  return [{ type, holds: false, reason: 'Overridden', message }]
}

export function statementsOfGrant(written: JsonObject): Statement[] {
  return [acceptance(compileGrant(written).problems)]
}

/** @param now milliseconds since the epoch */
export function statementsOfException(written: JsonObject, now: number): Statement[] {
  const { value, problems } = compileException(written)
  if (value === undefined) return [acceptance(problems)]
  const end = new Date(value.expiresAt).toISOString()
  const expired = value.expiresAt <= now
  return [
    acceptance(problems),
    expired
      ? { type: 'Expired', holds: true, reason: 'Expired', message: `It ended at ${end}.` }
      : { type: 'Expired', holds: false, reason: 'InForce', message: `It ends at ${end}.` },
  ]
}

export function statementsOfInstance(written: JsonObject): Statement[] {
  const reading = readResource(written)
  return [acceptance(isProblems(reading) ? reading : [])]
}

function acceptance(problems: readonly Problem[]): Statement {
  if (problems.length === 0)
    return { type: 'Accepted', holds: true, reason: 'Valid', message: 'It can be read.' }
  const message = problems.map((problem) => `${tell(problem)}.`).join(' ')
  return { type: 'Accepted', holds: false, reason: 'Invalid', message: message.slice(0, LONGEST) }
}

/** `a, b and 3 more` */
function names(all: readonly string[]): string {
  const shown = all.slice(0, 3)
  const more = all.length - shown.length
  return more === 0 ? shown.join(', ') : `${shown.join(', ')} and ${more} more`
}
