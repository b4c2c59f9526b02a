import { annotationOf, asksForShared, placedContainers, type Pod } from '../core/pod.ts'
import { isRuleId } from '../core/rules.ts'
import { ANNOTATION, MIRROR_ANNOTATION } from '../core/vocabulary.ts'
import { BACKSTOP, LABEL_GUARD, NAME, WEBHOOK } from '../install/names.ts'
import { objectOr } from '../core/cluster-facts.ts'
import { isOurVariable } from './compare-injection.ts'
import { objectsOf, stringsOf, textOf } from '../discovery/loose.ts'
import { ownerSelector } from '../facts/owner-selector.ts'
import type { Speaker, WebhookPart } from './result.ts'

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
  if ((by.kind === 'webhook' && isOurs(by)) || warnings.some(isOurWarning)) return 'ran'
  const asks = [sent, pod].some((one) => one !== undefined && asksForShared(one))
  if (!asks) return 'unasked'
  if (pod === undefined || sent === undefined) return 'unseen'
  if (statusOf(pod) !== statusOf(sent) || ourVariables(pod) > ourVariables(sent)) return 'ran'
  return statusOf(pod) === undefined ? 'missing' : 'unseen'
}

/** `[instance.not-ready] …` */
export function isOurWarning(warning: string): boolean {
  const [, rule = ''] = /^\[([a-z.-]+)\] /.exec(warning) ?? []
  return isRuleId(rule)
}

function statusOf(pod: Pod): string | undefined {
  return annotationOf(pod, ANNOTATION.status)
}

function ourVariables(pod: Pod): number {
  return placedContainers(pod)
    .flatMap(({ container }) => container.env ?? [])
    .filter(({ name }) => isOurVariable(name)).length
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

/** Why a pod that asks went past our webhook, as far as it can be told, and where to look. */
export function whyMissing(missing: Missing): string {
  const { pod, namespace, excludedNamespaces, configuration } = missing
  if (pod !== undefined && annotationOf(pod, MIRROR_ANNOTATION) !== undefined)
    return `the pod has ${MIRROR_ANNOTATION}: an image of a static pod is never changed.`
  if (excludedNamespaces.has(namespace))
    return `namespace ${namespace} is not served, so that it comes up without the webhook. Put the application in another one.`
  if (configuration.kind === 'absent')
    return `there is no MutatingWebhookConfiguration ${NAME}: the webhook is not installed in this cluster. Install it: dapr-shared manifests | kubectl apply -f -`
  if (configuration.kind === 'unreadable')
    return `it may not be installed, or not be meant for namespace ${namespace}; that cannot be seen (${configuration.why}). ${LOOK}`
  return `${ofConfiguration(configuration.object, missing)} ${LOOK}`
}

function ofConfiguration(object: unknown, { namespace, namespaceLabels }: Missing): string {
  const webhook = objectsOf(objectOr(object)['webhooks']).find(({ name }) => name === WEBHOOK.mutate)
  if (webhook === undefined)
    return `the MutatingWebhookConfiguration ${NAME} has no webhook ${WEBHOOK.mutate}.`
  const selector = webhook['namespaceSelector']
  const selects = ownerSelector('', { selector })
  if (namespaceLabels !== undefined && hasRequirements(selector) && !selects(namespaceLabels))
    return `the namespaceSelector of ${WEBHOOK.mutate} leaves namespace ${namespace} out.`
  if (hasRequirements(webhook['objectSelector']))
    return `${WEBHOOK.mutate} has an objectSelector, which may leave the pod out.`
  if (textOf(webhook['failurePolicy']) === 'Ignore')
    return `the failurePolicy of ${WEBHOOK.mutate} is Ignore: where it does not answer, pods pass it by.`
  return `${WEBHOOK.mutate} is registered; its rules or matchConditions may have been changed, or the API server has not read it yet.`
}

function hasRequirements(selector: unknown): boolean {
  const { matchLabels, matchExpressions } = objectOr(selector)
  return Object.keys(stringsOf(matchLabels)).length + objectsOf(matchExpressions).length > 0
}
