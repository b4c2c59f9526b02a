import type { Instance } from './instance.ts'
import { instanceKey } from './instance.ts'
import { annotationOf, isObject, type PlacedContainer, type Pod } from './pod.ts'
import type { RuleId } from './rules.ts'
import { ANNOTATION } from './vocabulary.ts'

/** What a `dapr.io/shared-status` annotation claims. It may be copied or forged: it is a claim, not a fact. */
export interface ClaimedStatus {
  /** `<namespace>/<appId>`, empty where it names none */
  readonly instance: string
  /** the Service's DNS name without the cluster's domain: `order-dapr.shop.svc`; empty where it names none */
  readonly serviceHost: string
}

/** The annotation's value, compact JSON whose keys stand in the order that the contract gives. */
export function statusOf(instance: Instance, selected: readonly PlacedContainer[]): string {
  return JSON.stringify({
    instance: instanceKey(instance),
    strategy: instance.strategy,
    ...(instance.service === undefined ? {} : { service: `${instance.namespace}/${instance.service}` }),
    containers: selected.map(({ container }) => container.name),
  })
}

/** The value for a pod that is admitted without injection: the rule that says why. */
export function skippedStatus(rule: RuleId): string {
  return JSON.stringify({ instance: null, skipped: rule, containers: [] })
}

/** The Service's DNS name without the cluster's domain; none for an external instance. */
export function serviceHostOf({ namespace, service }: Instance): string | undefined {
  return service === undefined ? undefined : `${service}.${namespace}.svc`
}

/** A status names containers, of which no pod has so many. */
const LONGEST_STATUS = 65_536

/** Reads the status that a pod came with; none where there is none or it is not ours to understand. */
export function readStatus(pod: Pod): ClaimedStatus | undefined {
  const text = annotationOf(pod, ANNOTATION.status)
  if (text === undefined || text.length > LONGEST_STATUS) return undefined
  const status = parse(text)
  if (!isObject(status)) return undefined
  const { instance, service } = status
  const [namespace, name] = typeof service === 'string' ? service.split('/') : []
  return {
    instance: typeof instance === 'string' ? instance : '',
    serviceHost: namespace && name ? `${name}.${namespace}.svc` : '',
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
