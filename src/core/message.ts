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
export function tellFinding({ rule, message, cure, policy }: Omit<Told, 'action'>): string {
  const named = policy === BUILT_IN || message.includes(`policy ${policy}`) ? '' : ` (policy ${policy})`
  // what a policy says may end without a stop
  const stop = /[.!?]$/.test(message) ? message.slice(-1) : ''
  const text = stop === '' ? message : message.slice(0, -1)
  return `[${rule}] ${text}${named}${stop || '.'} ${cure}`
}

function brief(finding: Told): string {
  const { rule, message } = finding
  const whole = tellFinding(finding)
  return byteLength(whole) <= LONGEST_WARNING ? whole : cutText(`[${rule}] ${message}`, LONGEST_WARNING)
}

function remainder(count: number): string {
  return count === 0 ? '' : ` (and ${count} more)`
}
