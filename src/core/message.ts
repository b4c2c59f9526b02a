import { byteLength, cutText } from './cut-text.ts'
import type { Decision } from './decision.ts'
import { BUILT_IN, type Finding } from './rules.ts'

/** One paragraph of at most this many bytes goes to the user. */
export const LONGEST_DENIAL = 1024

/** The API server advises 120 characters (k8s.io/api admission/v1 AdmissionResponse.warnings). */
export const LONGEST_WARNING = 120

/** It drops what goes beyond 4,096 in all, so what is most important comes first and the rest is counted. */
const MOST_WARNINGS = 20

/** What of a finding is told. */
type Told = Pick<Finding, 'rule' | 'action' | 'message' | 'cure' | 'policy'>

/**
 * The message of a refusal: `[rule.id] what is wrong. How to mend it.` for each denying finding; what does not fit is
 * counted.
 */
export function denialMessage(findings: readonly Told[]): string {
  const denying = findings.filter(({ action }) => action === 'Deny')
  let told = 0
  let text = ''
  for (const finding of denying) {
    const sentence = tellFinding(finding)
    const longer = text === '' ? sentence : `${text} ${sentence}`
    const room = LONGEST_DENIAL - remainder(denying.length - told - 1).length
    if (byteLength(longer) > room && told > 0) break
    text = cutText(longer, room)
    told += 1
  }
  return text + remainder(denying.length - told)
}

/** The warnings of an admitted or refused pod, each at most 120 characters: its notes and `Warn` findings. */
export function warningsOf({ findings, notes }: Pick<Decision, 'findings' | 'notes'>): string[] {
  const all = [
    ...findings.filter(({ action }) => action === 'Warn').map(brief),
    ...notes.map((note) => cutText(note, LONGEST_WARNING)),
  ]
  if (all.length <= MOST_WARNINGS) return all
  return [...all.slice(0, MOST_WARNINGS), `and ${all.length - MOST_WARNINGS} more warnings`]
}

/** 422 where only annotations are at fault, else 403: both are verdicts, which clients do not retry in place. */
export function denialCode(findings: readonly Finding[]): 403 | 422 {
  const denying = findings.filter(({ action }) => action === 'Deny')
  return denying.every(({ rule }) => rule.startsWith('annotation.')) ? 422 : 403
}

/** `[rule.id] what is wrong. How to mend it.` */
export function tellFinding(finding: Omit<Told, 'action'>): string {
  const { text, end } = split(finding)
  return `[${finding.rule}] ${text}${end} ${finding.cure}`
}

/** What is too long loses the cure first, then the end of its sentence, and never who says so. */
function brief(finding: Told): string {
  const whole = tellFinding(finding)
  if (byteLength(whole) <= LONGEST_WARNING) return whole
  const { text, end } = split(finding)
  const rule = `[${finding.rule}] `
  const sentence = `${rule}${text}${end}`
  if (byteLength(sentence) <= LONGEST_WARNING) return sentence
  const named = end.length > 1 ? end : ''
  return cutText(
    `${rule}${cutText(text, LONGEST_WARNING - byteLength(rule) - byteLength(named))}${named}`,
    LONGEST_WARNING,
  )
}

/** A finding's sentence, and how it ends: with the policy, unless the sentence names it, and with a stop. */
function split({ message, policy }: Pick<Told, 'message' | 'policy'>): {
  readonly text: string
  readonly end: string
} {
  const named = policy === BUILT_IN || message.includes(`policy ${policy}`) ? '' : ` (policy ${policy})`
  // what a policy says may end without a stop
  const stop = /[.!?]$/.test(message) ? message.slice(-1) : ''
  return { text: stop === '' ? message : message.slice(0, -1), end: `${named}${stop || '.'}` }
}

function remainder(count: number): string {
  return count === 0 ? '' : ` (and ${count} more)`
}
