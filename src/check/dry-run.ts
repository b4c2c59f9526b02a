import type { JsonObject } from '../core/pod.ts'
import { judge, podOf, type ServerAnswer } from '../server-dry-run/judge.ts'
import type { OfflineAnswer } from '../server-dry-run/offline-answer.ts'
import { oneLine } from '../server-dry-run/read-refusal.ts'
import type { ServerItem } from '../server-dry-run/result.ts'
import { isOurs, whyMissing, type Configuration } from '../server-dry-run/webhook-part.ts'
import { NOWHERE } from '../report/place.ts'
import { applyAgain, wayOf } from './apply-again.ts'
import { CONDITION_ERROR, readCallFailure } from './call-failure.ts'
import type { ClusterFacts } from './facts.ts'
import { fail, ok, unknown, type Line } from './line.ts'
import { plainPodLine } from './plain-pod.ts'
import { NO_INSTANCE, type Target } from './probe-pod.ts'

/** A pod that was asked for by a dry run, and what came of it. */
export interface Probe {
  readonly target: Target
  readonly sent: JsonObject
  readonly answer: ServerAnswer
  readonly offline: OfflineAnswer
  readonly namespaceLabels: Readonly<Record<string, string>> | undefined
  readonly excludedNamespaces: ReadonlySet<string>
}

/** What the API server makes of a pod that asks, and of one that does not: the only proof of the whole way. */
export function dryRunLines(facts: ClusterFacts): readonly Line[] {
  if (facts.dryRun === undefined) return []
  const { injection, plain } = facts.dryRun
  return [injectionLine(injection, facts), plainPodLine(plain, itemOf(plain), wayOf(facts))]
}

/** Whether the API server got an answer from us, which it takes only from a certificate that it trusts. */
export function provesTrust(probe: Probe): boolean {
  const { by, outcome, webhook } = itemOf(probe)
  const spoke = by.kind === 'webhook' && isOurs(by) && outcome === 'refused'
  return spoke || (webhook === 'ran' && outcome === 'admitted')
}

/** The pod as `dapr-shared server` judges it. */
export function itemOf({ target, sent, answer, offline }: Probe): ServerItem {
  const { namespace } = target
  const object = { apiVersion: 'v1', kind: 'Pod', namespace, name: 'dapr-shared-check-' }
  return judge({ source: NOWHERE, object, sent, answer, offline, notes: [], isWritten: () => false })
}

const ID = 'dry-run.injection'
/** The answer of whoever looks last: the validating webhook, or the backstop. */
const UNINJECTED = '[injection.incomplete]'

function injectionLine(probe: Probe, facts: ClusterFacts): Line {
  const { target, answer } = probe
  const item = itemOf(probe)
  const pod = `a pod that asks for ${target.appId} in namespace ${target.namespace}`
  const { outcome, by, message, webhook } = item
  if (answer.kind === 'no' && CONDITION_ERROR.test(oneLine(answer.error.message)))
    return fail(ID, {
      what: `${pod} is refused by an error of matchConditions, before anybody was called: ${message}.`,
      cure: `Apply the webhook configurations again: ${applyAgain(wayOf(facts))}`,
    })
  if (outcome === 'unknown' && isOurs(by)) {
    const { what, cure } = readCallFailure(message, facts)
    return fail(ID, {
      what: `${pod} is not created: ${what}.`,
      wanted: 'an answer of the webhook',
      got: message,
      cure,
    })
  }
  if (outcome === 'unknown' || (outcome === 'refused' && !isOurs(by))) return notOursLine(item, pod, target)
  if (outcome === 'admitted' && webhook !== 'ran')
    return missedLine(probe, `${pod} is created without our variables`, facts)
  if (message.includes(UNINJECTED) && item.offline !== 'refused')
    return missedLine(
      probe,
      `${pod} is refused by the last check, as it came there without our variables`,
      facts,
    )
  if (item.differences.length > 0) return differentLine(item, pod)
  if (item.offline === 'unknown' || item.offline === 'unasked')
    return ok(ID, `${pod} is ${outcome} by the webhook (what the offline decision says is not known)`)
  return ok(ID, `${pod} is ${told(item, target)}, as the offline decision says`)
}

function told({ outcome, instance }: ServerItem, { appId }: Target): string {
  if (outcome === 'admitted') return instance === '' ? 'admitted without injection' : `given ${instance}`
  return appId === NO_INSTANCE ? 'refused, as there is no such instance' : 'refused by the policies'
}

/** Somebody else said no, or nobody answered: nothing is known of our part. */
function notOursLine({ by, message, notes }: ServerItem, pod: string, { namespace }: Target): Line {
  const who = by.kind === '' || by.kind === 'connection' ? 'the API server' : `${by.kind} ${by.name}`.trim()
  return unknown(ID, {
    what: `${pod} got no answer that tells about the webhook, but one of ${who}.`,
    wanted: 'an answer of the webhook',
    got: message,
    cure: `${notes[0] ?? `Ask in a namespace that takes the pod: --dry-run-namespace NAME (this was ${namespace}).`} Without the dry run: --no-dry-run`,
  })
}

function missedLine(
  { sent, target, namespaceLabels, excludedNamespaces }: Probe,
  what: string,
  { mutating }: ClusterFacts,
): Line {
  const configuration: Configuration = !mutating.known
    ? { kind: 'unreadable', why: mutating.why }
    : mutating.value === undefined
      ? { kind: 'absent' }
      : { kind: 'found', object: mutating.value }
  const { why } = whyMissing({
    pod: podOf(sent),
    namespace: target.namespace,
    excludedNamespaces,
    configuration,
    namespaceLabels,
  })
  return fail(ID, {
    what: `${what}: mutate.shared.dapr.io was not called, or did not answer and its failurePolicy is Ignore.`,
    wanted: 'variables, or a refusal that says why there are none',
    got: 'neither',
    cure: `See the lines of webhooks: ${why}`,
  })
}

function differentLine({ differences }: ServerItem, pod: string): Line {
  const [first] = differences
  return fail(ID, {
    what: `${pod} gets another answer than the offline decision gives${first === undefined || first.field === '' ? '' : ` (${first.field})`}: the service may not know yet what the cluster has, be of another version, or another webhook changes what we wrote.`,
    wanted: first?.offline || 'nothing',
    got: first?.cluster || 'nothing',
    cure: 'Ask again in a few seconds. Where it stays: dapr-shared server -f POD.yaml tells who changes what.',
  })
}
