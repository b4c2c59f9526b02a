import { annotationOf, asksForShared, type Pod } from '../core/pod.ts'
import { isRuleId } from '../core/rules.ts'
import { ANNOTATION, MIRROR_ANNOTATION } from '../core/vocabulary.ts'
import { BACKSTOP, LABEL_GUARD, NAME, WEBHOOK } from '../install/names.ts'
import { objectOr } from '../core/cluster-facts.ts'
import { objectsOf, stringsOf, textOf } from '../discovery/loose.ts'
import { ownerSelector } from '../facts/owner-selector.ts'
import type { ServerItem, Speaker, WebhookPart } from './result.ts'

/** Whether a webhook, or a policy that stands in for one, is of this installation. */
export function isOurs({ kind, name }: Speaker): boolean {
  if (kind === 'webhook') return name === WEBHOOK.mutate || name === WEBHOOK.validate
  return kind === 'policy' && (name === BACKSTOP || name === LABEL_GUARD)
}

/** What of the answer tells that our webhook had a part in it. */
export function webhookPart(
  sent: Pod | undefined,
  answer: {
    readonly by: Speaker
    readonly warnings: readonly string[]
    /** as admitted */
    readonly pod: Pod | undefined
  },
): WebhookPart {
  const { by, warnings, pod } = answer
  if (by.kind === 'webhook' && isOurs(by)) return 'ran'
  const asks = [sent, pod].some((one) => one !== undefined && asksForShared(one))
  if (!asks) return warnings.some(isOurWarning) ? 'ran' : 'unasked'
  if (pod === undefined || sent === undefined) return warnings.some(isOurWarning) ? 'ran' : 'unseen'
  // each pod that asks gets it; variables and warnings may be of anybody, as Dapr's own injector adds a token
  if (statusOf(pod) === undefined) return 'missing'
  return statusOf(pod) === statusOf(sent) ? 'unseen' : 'ran'
}

/** `[instance.not-ready] …` */
export function isOurWarning(warning: string): boolean {
  const [, rule = ''] = /^\[([a-z.-]+)\] /.exec(warning) ?? []
  return isRuleId(rule)
}

function statusOf(pod: Pod): string | undefined {
  return annotationOf(pod, ANNOTATION.status)
}

/** What a look at the cluster tells of our MutatingWebhookConfiguration. */
export type Configuration =
  | { readonly kind: 'found'; readonly object: unknown }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unreadable'; readonly why: string }

export interface Missing {
  readonly pod: Pod | undefined
  readonly namespace: string
  readonly excludedNamespaces: ReadonlySet<string>
  readonly configuration: Configuration
  /** none where they are not to be had */
  readonly namespaceLabels: Readonly<Record<string, string>> | undefined
}

const LOOK = `Look: kubectl get mutatingwebhookconfiguration ${NAME} -o yaml`

/** Why a pod that asks may have gone past our webhook, and where to look. */
export interface Absence {
  readonly why: string
  /** it cannot have been called */
  readonly isCertain: boolean
}

const certain = (why: string): Absence => ({ why, isCertain: true })
const perhaps = (why: string): Absence => ({ why, isCertain: false })

/** Why our webhook was not called, as far as it can be told. */
export function whyMissing(missing: Missing): Absence {
  const { pod, namespace, excludedNamespaces, configuration } = missing
  if (pod !== undefined && annotationOf(pod, MIRROR_ANNOTATION) !== undefined)
    return certain(`the pod has ${MIRROR_ANNOTATION}: an image of a static pod is never changed.`)
  if (excludedNamespaces.has(namespace))
    return certain(
      `namespace ${namespace} is not served, so that it comes up without the webhook. Put the application in another one.`,
    )
  if (configuration.kind === 'absent')
    return certain(
      `there is no MutatingWebhookConfiguration ${NAME}: the webhook is not installed in this cluster. Install it: dapr-shared manifests | kubectl apply -f -`,
    )
  if (configuration.kind === 'unreadable')
    return perhaps(
      `it may not be installed, or not be meant for namespace ${namespace}; that cannot be seen (${configuration.why}). ${LOOK}`,
    )
  const { why, isCertain } = ofConfiguration(configuration.object, missing)
  return { why: `${why} ${LOOK}`, isCertain }
}

function ofConfiguration(object: unknown, { namespace, namespaceLabels }: Missing): Absence {
  const webhook = objectsOf(objectOr(object)['webhooks']).find(({ name }) => name === WEBHOOK.mutate)
  if (webhook === undefined)
    return certain(`the MutatingWebhookConfiguration ${NAME} has no webhook ${WEBHOOK.mutate}.`)
  const selector = webhook['namespaceSelector']
  const selects = ownerSelector('', { selector })
  if (namespaceLabels !== undefined && hasRequirements(selector) && !selects(namespaceLabels))
    return certain(`the namespaceSelector of ${WEBHOOK.mutate} leaves namespace ${namespace} out.`)
  if (hasRequirements(webhook['objectSelector']))
    return perhaps(`${WEBHOOK.mutate} has an objectSelector, which may leave the pod out.`)
  if (textOf(webhook['failurePolicy']) === 'Ignore')
    return perhaps(
      `the failurePolicy of ${WEBHOOK.mutate} is Ignore: where it does not answer, pods pass it by.`,
    )
  return perhaps(
    `${WEBHOOK.mutate} is registered; its rules or matchConditions may have been changed, or the API server has not read it yet.`,
  )
}

/** Whether only a look at the configuration tells if our webhook was called. */
export function needsLook({ webhook, outcome }: Pick<ServerItem, 'webhook' | 'outcome'>): boolean {
  return webhook === 'missing' || (webhook === 'unseen' && outcome === 'admitted')
}

/** The item after that look: a pod that came with all that it would get has gone past us where nobody can have called us. */
export function afterLook(item: ServerItem, { why, isCertain }: Absence): ServerItem {
  if (item.webhook !== 'missing' && !isCertain) return item
  return { ...item, webhook: 'missing', notes: [...item.notes, `Our webhook had no part: ${why}`] }
}

function hasRequirements(selector: unknown): boolean {
  const { matchLabels, matchExpressions } = objectOr(selector)
  return Object.keys(stringsOf(matchLabels)).length + objectsOf(matchExpressions).length > 0
}
