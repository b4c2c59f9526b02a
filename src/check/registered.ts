import { objectOr } from '../core/cluster-facts.ts'
import type { JsonObject } from '../core/pod.ts'
import { objectsOf, textOf } from '../discovery/loose.ts'
import { WEBHOOK } from '../install/names.ts'
import { webhookConfigurations } from '../install/webhooks.ts'
import { canonical } from './canonical.ts'
import type { ClusterFacts } from './facts.ts'
import { readBackstop } from './guards.ts'

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
  const render = (backstop: boolean): JsonObject[] =>
    webhookConfigurations({
      namespace,
      caPem: '',
      labels: {},
      protect: there.has(WEBHOOK.protect),
      backstop,
    }).map(objectOr)
  const hasBackstop = readBackstop({ admissionPolicies })
  // where nobody tells, the rules may be those of either
  const others = hasBackstop.known ? [] : render(true).flatMap(({ webhooks }) => objectsOf(webhooks))
  return render(hasBackstop.known && hasBackstop.value).flatMap(({ kind, webhooks }) =>
    objectsOf(webhooks).map((webhook) => {
      const name = textOf(webhook['name']) ?? ''
      const got = there.get(name)
      const other = others.find((one) => one['name'] === name)
      const isOther = other !== undefined && canonical(other['rules']) === canonical(got?.['rules'])
      return {
        name,
        kind: String(kind),
        wanted: isOther ? other : webhook,
        got,
        isDecisive: name === WEBHOOK.mutate || name === WEBHOOK.validate,
      }
    }),
  )
}
