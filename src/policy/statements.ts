import type { Exception, Policy } from '../core/policy.ts'
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

/** The policies with defaults, those that go before others first. */
export function inOrderOfDefaults(all: readonly JudgedPolicy[]): readonly JudgedPolicy[] {
  return all
    .flatMap((judged) => (judged.value?.defaults === undefined ? [] : [{ judged, policy: judged.value }]))
    .toSorted((a, b) => (precedes(a.policy, b.policy) ? -1 : precedes(b.policy, a.policy) ? 1 : 0))
    .map(({ judged }) => judged)
}

/**
 * What is to be said of a policy. Its defaults are overridden where another policy with defaults goes before it, and some
 * pod may be governed by both.
 *
 * @param rivals all policies with defaults, itself among them, in their order
 */
export function statementsOfPolicy(judged: JudgedPolicy, rivals: readonly JudgedPolicy[]): Statement[] {
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
  return [accepted, ready, ...(policy.defaults === undefined ? [] : [defaultsStatement(judged, rivals)])]
}

/** More are not named; to find them all would cost the square of how many there are. */
const MOST_NAMED = 3

function defaultsStatement(judged: JudgedPolicy, rivals: readonly JudgedPolicy[]): Statement {
  const winners: string[] = []
  for (const rival of rivals) {
    if (rival.value?.name === judged.value?.name || winners.length > MOST_NAMED) break
    if (rival.value !== undefined && mayOverlap(rival.match, judged.match)) winners.push(rival.value.name)
  }
  const type = 'DefaultsEffective'
  if (winners.length === 0)
    return { type, holds: true, reason: 'Effective', message: 'No other policy goes before its defaults.' }
  const named = winners.slice(0, MOST_NAMED).join(', ')
  const names = winners.length > MOST_NAMED ? `${named} and more` : named
  const message = `Where both match, the defaults of ${names} count instead.`
  return { type, holds: false, reason: 'Overridden', message }
}

export function statementsOfGrant(written: JsonObject): Statement[] {
  return [acceptance(compileGrant(written).problems)]
}

/** @param now milliseconds since the epoch */
export function statementsOfException(written: JsonObject, now: number): Statement[] {
  return statementsOfCompiled(compileException(written), now)
}

/** The same of an exception that is compiled already: its end comes without a change of it. */
export function statementsOfCompiled({ value, problems }: Compiled<Exception>, now: number): Statement[] {
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
