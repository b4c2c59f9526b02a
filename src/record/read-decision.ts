import type { Outcome } from '../core/decision.ts'
import { isDnsLabel } from '../core/dns-names.ts'
import { isObject, type JsonObject } from '../core/pod.ts'
import { isRuleId, type Action, type RuleId } from '../core/rules.ts'
import { listOf, objectsOf, stringsOf, textOf } from '../discovery/loose.ts'

/** A finding as the log tells it. */
export interface LoggedFinding {
  readonly rule: RuleId
  readonly action: Action
  readonly policy: string
}

/** What a log line says of one decision about a pod. */
export interface LoggedDecision {
  /** RFC 3339 */
  readonly time: string
  readonly uid: string
  readonly operation: 'CREATE' | 'UPDATE'
  readonly namespace: string
  /** `web`, or `web-*` of a pod that had no name yet */
  readonly pod: string
  readonly serviceAccount: string | undefined
  readonly owner: JsonObject | undefined
  readonly now: LoggedMarks
  /** of an UPDATE */
  readonly before: LoggedMarks | undefined
  /** it was being deleted */
  readonly isTerminating: boolean
  readonly containers: readonly string[]
  readonly initContainers: readonly string[]
  /** it asks, where the webhook serves */
  readonly matched: boolean
  readonly outcome: Outcome
  /** `<namespace>/<appId>` of what it got; empty for nothing */
  readonly instance: string
  readonly findings: readonly LoggedFinding[]
  /** a policy asked for a fact that nobody knew */
  readonly hadUnknown: boolean
  /** the line says less than the pod had */
  readonly isShortened: boolean
}

export interface LoggedMarks {
  readonly annotations: Readonly<Record<string, string>>
  readonly labels: Readonly<Record<string, string>>
}

/** Why a line makes no test. */
export const SKIPPED = {
  other: 'no decision',
  object: 'about something else than the creation or the change of a pod',
  repeated: 'of the validating webhook, after the mutating one',
  unseen: 'rests on something that the log does not have (variables, labels, placement, other webhooks)',
  older: 'of an older version, which said less of a pod',
} as const

export type Skipped = keyof typeof SKIPPED

/** Longer than any line that the server writes. */
export const LONGEST_LINE = 262_144

/** Reads a line of the server's log; what stands before its JSON, as `kubectl logs --prefix` writes it, is passed over. */
export function readDecision(line: string): LoggedDecision | Skipped {
  const start = line.indexOf('{')
  if (start < 0 || line.length > LONGEST_LINE) return 'other'
  const entry = parse(line.slice(start))
  if (entry?.['msg'] !== 'decided') return 'other'
  const { operation, webhook } = entry
  if (textOf(entry['pod']) === undefined || (operation !== 'CREATE' && operation !== 'UPDATE'))
    return 'object'
  const outcome = OUTCOMES.find((one) => one === entry['decision'])
  const time = textOf(entry['time']) ?? ''
  const namespace = textOf(entry['namespace']) ?? ''
  if (outcome === undefined || !isDnsLabel(namespace) || Number.isNaN(Date.parse(time))) return 'other'
  const findings = readFindings(entry['findings'])
  if (operation === 'CREATE' && webhook === 'validate') return outcome === 'denied' ? 'unseen' : 'repeated'
  const containers = textsOf(entry['containers'])
  const { matched } = entry
  if (containers.length === 0 || typeof matched !== 'boolean') return 'older'
  if (outcome === 'denied' && !findings.some(({ rule, action }) => action === 'Deny' && isSeen(rule)))
    return 'unseen'
  return {
    time,
    uid: textOf(entry['uid']) ?? '',
    operation,
    namespace,
    pod: textOf(entry['pod']) ?? '',
    serviceAccount: textOf(entry['serviceAccount']),
    owner: isObject(entry['owner']) ? entry['owner'] : undefined,
    now: { annotations: stringsOf(entry['annotations']), labels: stringsOf(entry['labels']) },
    before:
      operation === 'UPDATE'
        ? { annotations: stringsOf(entry['oldAnnotations']), labels: stringsOf(entry['oldLabels']) }
        : undefined,
    isTerminating: entry['terminating'] === true,
    containers,
    initContainers: textsOf(entry['initContainers']),
    matched,
    outcome,
    instance: textOf(entry['instance']) ?? '',
    findings,
    hadUnknown: listOf(entry['unknown']).length > 0,
    isShortened: entry['shortened'] === true,
  }
}

/** Whether the line has what a rule looks at. */
export function isSeen(rule: RuleId): boolean {
  return !UNSEEN.has(rule)
}

const UNSEEN: ReadonlySet<RuleId> = new Set<RuleId>([
  'env.conflict',
  'dns.unresolvable',
  'locality.uncovered',
  'app-channel.mismatch',
  'injection.incomplete',
])

const OUTCOMES: readonly Outcome[] = ['injected', 'unchanged', 'admitted', 'denied']
const ACTIONS: readonly Action[] = ['Deny', 'Warn', 'Audit']

function readFindings(value: unknown): LoggedFinding[] {
  return objectsOf(value).flatMap((one) => {
    const [rule, policy] = [textOf(one['rule']) ?? '', textOf(one['policy'])]
    const action = ACTIONS.find((known) => known === one['action'])
    return isRuleId(rule) && policy !== undefined && action !== undefined ? [{ rule, action, policy }] : []
  })
}

function textsOf(value: unknown): string[] {
  return listOf(value).filter((one) => typeof one === 'string')
}

function parse(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}
