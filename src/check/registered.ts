import { objectOr } from '../core/cluster-facts.ts'
import type { JsonObject } from '../core/pod.ts'
import { objectsOf, textOf } from '../discovery/loose.ts'
import { BACKSTOP, WEBHOOK } from '../install/names.ts'
import { webhookConfigurations } from '../install/webhooks.ts'
import type { ClusterFacts } from './facts.ts'

/** A webhook that this version would register, and what is registered under its name. */
export interface Registered {
  readonly name: string
  /** MutatingWebhookConfiguration or ValidatingWebhookConfiguration */
  readonly kind: string
  readonly wanted: JsonObject
  /** none where the configuration or its entry is missing */
  readonly got: JsonObject | undefined
  /** without it pods that ask are not served; the others are advice */
  readonly isDecisive: boolean
}

/**
 * Pairs the webhooks that there should be with those that there are. `protect` and the backstop are a choice: what is there
 * shows which was made.
 */
export function pairRegistered(
  { namespace, admissionPolicies }: Pick<ClusterFacts, 'namespace' | 'admissionPolicies'>,
  mutating: JsonObject | undefined,
  validating: JsonObject | undefined,
): readonly Registered[] {
  const there = new Map(
    [mutating, validating].flatMap((one) =>
      objectsOf(one?.['webhooks']).map((webhook) => [textOf(webhook['name']) ?? '', webhook] as const),
    ),
  )
  const backstop = admissionPolicies.get(BACKSTOP)
  const wanted = webhookConfigurations({
    namespace,
    caPem: '',
    labels: {},
    protect: there.has(WEBHOOK.protect),
    backstop: backstop?.known === true && backstop.value !== undefined,
  })
  return wanted.map(objectOr).flatMap(({ kind, webhooks }) =>
    objectsOf(webhooks).map((webhook) => {
      const name = textOf(webhook['name']) ?? ''
      return {
        name,
        kind: String(kind),
        wanted: webhook,
        got: there.get(name),
        isDecisive: name === WEBHOOK.mutate || name === WEBHOOK.validate,
      }
    }),
  )
}
