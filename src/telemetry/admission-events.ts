import type { Stage } from '../admission/decide-review.ts'
import type { AdmissionEvents, NoVerdictEvent, ReviewEvent } from '../admission/handle.ts'
import { BUILT_IN, type Finding } from '../core/rules.ts'
import type { Pod } from '../core/pod.ts'
import { legible } from './legible.ts'
import type { Logger } from './logger.ts'
import type { Metrics } from './metrics.ts'
import { toldPod, type ToldPod } from './told-pod.ts'

/**
 * One function per thing that happens: its log line and its counters cannot disagree.
 *
 * @param refused is told of each refusal, after log and counters
 * @param isTime whether to tell again of a kind that overload repeats a thousand times a second
 */
export function makeAdmissionEvents(
  metrics: Metrics,
  log: Logger,
  refused: (event: ReviewEvent) => void = () => undefined,
  isTime: (kind: string) => boolean = () => true,
): AdmissionEvents & { readonly shed: (stage: Stage) => void } {
  const count = (
    { stage, review }: Pick<ReviewEvent, 'stage'> & { review: ReviewEvent['review'] | undefined },
    decision: string,
  ): void => {
    metrics.requests
      .labels(stage, review?.operation ?? 'unknown', decision, String(review?.dryRun ?? false))
      .inc()
  }
  // a dry run leaves no trace but the label of its request and a log line
  const time = ({ stage, review, milliseconds }: NoVerdictEvent | ReviewEvent): void => {
    if (review?.dryRun !== true) metrics.duration.labels(stage).observe(milliseconds / 1000)
  }
  const noVerdict = (event: NoVerdictEvent, decision: string): void => {
    count(event, decision)
    time(event)
  }

  return {
    podDecided(event) {
      const { decision, review } = event
      count(event, decision.outcome)
      time(event)
      if (!review.dryRun) countFindings(metrics, decision.findings)
      if (isTold(decision)) log.info(decisionLine(event), 'decided')
      else if (log.isLevelEnabled('debug')) log.debug(decisionLine(event), 'decided')
      if (decision.outcome === 'denied') refused(event)
    },
    handedOver(event) {
      noVerdict(event, 'handed_over')
      log.warn({ ...reviewLine(event), reason: event.reason, err: event.error }, 'handed over')
    },
    failed(event) {
      noVerdict(event, 'error')
      log.error({ ...reviewLine(event), reason: event.reason, err: event.error }, 'failed')
    },
    malformed(event) {
      noVerdict(event, 'error')
      log.warn({ ...reviewLine(event), reason: event.reason }, 'not a review')
    },
    shed(stage) {
      metrics.requests.labels(stage, 'unknown', 'handed_over', 'false').inc()
      log[isTime(stage) ? 'warn' : 'debug']({ webhook: stage, reason: 'Overloaded' }, 'handed over')
    },
    liveLookUp({ dryRun }, result) {
      if (!dryRun) metrics.liveLookUps.labels(result).inc()
    },
  }
}

/**
 * Refusals, whatever gives a warning, and what a policy only records, are for people: who tries a policy out with Audit
 * reads here what it would refuse. The rest is for who looks closer.
 */
function isTold({ outcome, findings, notes, unknown }: ReviewEvent['decision']): boolean {
  return outcome === 'denied' || notes.length + unknown.length > 0 || findings.some(isForPeople)
}

function isForPeople({ action, policy }: Finding): boolean {
  return action !== 'Audit' || policy !== BUILT_IN
}

function countFindings(metrics: Metrics, findings: readonly Finding[]): void {
  for (const { rule, action, policy } of findings) metrics.findings.labels(rule, action, policy).inc()
}

/** What can be said of a review without a value of a variable or a piece of its body. */
function decisionLine({ stage, review, decision, milliseconds }: ReviewEvent): object {
  return {
    ...reviewLine({ stage, review, milliseconds }),
    ...podTold(review),
    matched: decision.matched,
    decision: decision.outcome,
    instance: decision.instance,
    findings: toldFindings(decision.findings),
    // what a policy asked for and nobody knows must not pass in silence
    ...(decision.unknown.length === 0 ? {} : { unknown: decision.unknown }),
  }
}

/** What it takes to ask again: `dapr-shared record --from-log` makes a test of it. */
function podTold({ subject }: ReviewEvent['review']): ToldPod | undefined {
  if (subject.kind === 'create') return toldPod(subject.pod)
  return subject.kind === 'update' ? toldPod(subject.pod, subject.oldPod) : undefined
}

/** Each rule once, with how often it fired: a pod may have hundreds of containers. */
function toldFindings(findings: readonly Finding[]): object[] {
  const told = findings.filter(isForPeople)
  const alike = Map.groupBy(
    told,
    ({ rule, action, policy, exception }) => `${rule} ${action} ${policy} ${exception}`,
  )
  return [...alike.values()].map((same) => {
    const [{ rule, action, policy, exception }] = same as [Finding, ...Finding[]]
    return { rule, action, policy, count: same.length, ...(exception === '' ? {} : { exception }) }
  })
}

function reviewLine({
  stage,
  review,
  milliseconds,
}: {
  stage: string
  review: ReviewEvent['review'] | undefined
  milliseconds: number
}): object {
  if (review === undefined) return { webhook: stage, milliseconds: round(milliseconds) }
  const { uid, operation, namespace, dryRun, subject } = review
  const pod = subject.kind === 'create' || subject.kind === 'update' ? subject.pod : undefined
  return {
    webhook: stage,
    uid: named(uid),
    operation,
    dryRun,
    namespace: named(namespace),
    pod: pod && podName(pod),
    object: subject.kind === 'object' ? named(`${subject.objectKind}/${subject.name}`) : undefined,
    serviceAccount: named(pod?.spec.serviceAccountName),
    milliseconds: round(milliseconds),
  }
}

/** A pod made by a controller has no name yet, but the beginning of one. */
function podName({ metadata: { name, generateName } }: Pod): string {
  const beginning = named(generateName)
  return named(name) ?? (beginning === undefined ? '' : `${beginning}*`)
}

const LONGEST_NAME = 253

/** Anybody may call the port, with anything where a name should stand. */
function named(name: unknown): string | undefined {
  return typeof name === 'string' ? legible(name, LONGEST_NAME) : undefined
}

function round(milliseconds: number): number {
  return Math.round(milliseconds * 1000) / 1000
}
