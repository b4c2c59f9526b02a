import type { Attempt, Outcome } from './load-outcome.ts'

/** What became of each call of one kind. Sent = the sum of all counts. */
export interface Ledger {
  sent: number
  readonly counts: Record<Outcome, number>
  /** those that went wrong, oldest first; of those set aside, and of very many, the first */
  readonly wrong: WrongCall[]
}

export interface WrongCall {
  readonly outcome: Outcome
  /** milliseconds since the load began */
  readonly began: number
  readonly ended: number
  readonly status: number | undefined
  readonly message: string
}

const KEPT = 200
const KEPT_ASIDE = 20

export function newLedger(): Ledger {
  return {
    sent: 0,
    counts: { right: 0, 'not-right': 0, refused: 0, failed: 0, 'set-aside': 0 },
    wrong: [],
  }
}

/** @param start of the load, on the clock of the attempt */
export function enter(ledger: Ledger, outcome: Outcome, attempt: Attempt, start: number): void {
  const { counts, wrong } = ledger
  ledger.sent += 1
  counts[outcome] += 1
  const most = outcome === 'set-aside' ? KEPT_ASIDE : KEPT
  if (outcome === 'right' || wrong.length >= most) return
  const { began, ended, status, message } = attempt
  wrong.push({
    outcome,
    began: Math.round(began - start),
    ended: Math.round(ended - start),
    status,
    message: message.slice(0, 1500),
  })
}

/** Whether nothing was lost: what was set aside had nothing to do with the webhook. */
export function isClean({ sent, counts }: Ledger): boolean {
  return counts.right > 0 && counts.right + counts['set-aside'] === sent
}

/** A ledger as text: the sum, and each cause of what went wrong with its count. */
export function tellLedger(name: string, { sent, counts, wrong }: Ledger): string {
  const causes = new Map<string, number>()
  for (const { outcome, status, message } of wrong) {
    const cause = `${outcome}, ${status ?? 'no answer'}: ${causeOf(message)}`
    causes.set(cause, (causes.get(cause) ?? 0) + 1)
  }
  const sum = `${name}: ${sent} sent = ${counts.right} as they should be + ${counts['not-right']} not injected or touched + ${counts.refused} refused + ${counts.failed} failed + ${counts['set-aside']} set aside, the API server was down`
  return [sum, ...[...causes].map(([cause, count]) => `  e.g. ${count} x ${cause}`)].join('\n')
}

/** Without what differs from call to call. */
function causeOf(message: string): string {
  const told = /"message":"((?:[^"\\]|\\.)*)/.exec(message)?.[1] ?? message
  return told
    .replaceAll(/(?:asking|plain)-\w+/g, 'NAME')
    .replaceAll(/:\d{4,5}\b/g, ':PORT')
    .slice(0, 500)
}
