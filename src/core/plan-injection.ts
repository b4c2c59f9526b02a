import type { InstanceAsk } from './ask.ts'
import type { Edit } from './edit.ts'
import type { ClaimedStatus } from './injected-status.ts'
import { readStatus, serviceHostOf, statusOf } from './injected-status.ts'
import { endpointHost, instanceKey, type Instance, type SecretKey } from './instance.ts'
import { annotationOf, labelOf, type EnvVar, type PlacedContainer, type Pod } from './pod.ts'
import { ANNOTATION, ENV, LABEL } from './vocabulary.ts'

/** Everything that injecting one instance into one pod takes, and what stands against it. */
export interface InjectionPlan {
  readonly edits: readonly Edit[]
  /** variables that a container has set to something else, which it keeps */
  readonly kept: readonly KeptVariable[]
  /** those that a policy replaces */
  readonly overridden: readonly KeptVariable[]
  /** endpoints that a container has set to the instance in a spelling of its own, which are set right */
  readonly respelt: readonly KeptVariable[]
  /** containers whose `envFrom` may hold a variable that we set */
  readonly hidden: readonly PlacedContainer[]
  /** containers that need the instance's token and get it from nobody */
  readonly withoutToken: readonly PlacedContainer[]
}

export interface KeptVariable {
  readonly placed: PlacedContainer
  readonly name: string
  /** its value comes by reference, so nobody here can see whether it is right */
  readonly unseen: boolean
}

/** What a policy's defaults add to the endpoints. */
export interface InjectionDefaults {
  readonly existing: 'Keep' | 'Override'
  readonly variables: readonly EnvVar[]
}

export const NO_DEFAULTS: InjectionDefaults = { existing: 'Keep', variables: [] }

/** Plans the injection. A pod that has it all already gives no edits. */
export function planInjection(
  pod: Pod,
  ask: InstanceAsk,
  instance: Instance,
  podNamespace: string,
  selected: readonly PlacedContainer[],
  { existing, variables: further }: InjectionDefaults = NO_DEFAULTS,
): InjectionPlan {
  const local = instance.namespace === podNamespace
  const secret = instance.token === undefined || local ? instance.token : ask.tokenSecret
  const common =
    secret === undefined ? instance.endpointVariables : [...instance.endpointVariables, tokenVariable(secret)]
  const plan: Draft = {
    edits: [],
    kept: [],
    overridden: [],
    respelt: [],
    hidden: [],
    withoutToken: [],
    claimed: readStatus(pod),
    instance,
    existing,
    variables: further.length === 0 ? common : [...common, ...further],
    names: further.length === 0 ? OUR_NAMES : new Set([...OUR_NAMES, ...further.map(({ name }) => name)]),
    hasToken: secret !== undefined,
    tokenIsMissing: instance.token !== undefined && secret === undefined,
  }
  for (const placed of selected) planContainer(plan, placed)
  planMarks(plan, pod, selected)
  return plan
}

const OUR_NAMES: ReadonlySet<string> = new Set(Object.values(ENV))

interface Draft extends InjectionPlan {
  readonly edits: Edit[]
  readonly kept: KeptVariable[]
  readonly overridden: KeptVariable[]
  readonly respelt: KeptVariable[]
  readonly hidden: PlacedContainer[]
  readonly withoutToken: PlacedContainer[]
  readonly claimed: ClaimedStatus | undefined
  readonly instance: Instance
  readonly existing: InjectionDefaults['existing']
  readonly variables: readonly EnvVar[]
  /** of all variables that may be given */
  readonly names: ReadonlySet<string>
  readonly hasToken: boolean
  readonly tokenIsMissing: boolean
}

function planContainer(plan: Draft, placed: PlacedContainer): void {
  const { container, list, index } = placed
  const env = container.env ?? []
  const last = lastByName(env, plan.names)
  const restored = isRestored(plan, last, env)
  const missing: EnvVar[] = []

  const elsewhere =
    plan.existing === 'Keep' &&
    plan.instance.endpointVariables.every(({ name }) => {
      const current = env[last.get(name) ?? -1]
      return current !== undefined && isElsewhere(plan, current)
    })

  for (const wanted of plan.variables) {
    // a container that calls somebody else throughout would send them the instance's token
    if (elsewhere && wanted.name === ENV.apiToken) continue
    const at = last.get(wanted.name)
    const current = at === undefined ? undefined : env[at]
    if (at === undefined || current === undefined) missing.push(wanted)
    else if (isSame(current, wanted)) continue
    else if (isUnset(current) || isOurs(plan, current, restored)) {
      plan.edits.push({ kind: 'fill-env', list, index, at, variable: wanted })
      if (isRespelt(plan, current)) plan.respelt.push({ placed, name: wanted.name, unseen: false })
    } else if (plan.existing === 'Override') {
      plan.edits.push({ kind: 'replace-env', list, index, at, variable: wanted })
      plan.overridden.push({ placed, name: wanted.name, unseen: false })
    } else plan.kept.push({ placed, name: wanted.name, unseen: isReference(current) })
  }
  planToken(plan, placed, { at: last.get(ENV.apiToken), restored, elsewhere })
  if (missing.length > 0) plan.edits.push({ kind: 'insert-env', list, index, variables: missing })
  if (missing.length > 0 && (container.envFrom?.length ?? 0) > 0) plan.hidden.push(placed)
}

/** The token where we have none to give: one left over from another instance goes, and one that is needed is missed. */
function planToken(
  plan: Draft,
  placed: PlacedContainer,
  { at, restored, elsewhere }: { at: number | undefined; restored: boolean; elsewhere: boolean },
): void {
  if (plan.hasToken) return
  const current = at === undefined ? undefined : placed.container.env?.[at]
  const leftOver = current !== undefined && restored && isReference(current)
  if (leftOver && at !== undefined) {
    plan.edits.push({ kind: 'remove-env', list: placed.list, index: placed.index, at })
  }
  if (plan.tokenIsMissing && !elsewhere && (current === undefined || leftOver || isUnset(current)))
    plan.withoutToken.push(placed)
}

function planMarks(plan: Draft, pod: Pod, selected: readonly PlacedContainer[]): void {
  const status = statusOf(plan.instance, selected)
  if (annotationOf(pod, ANNOTATION.status) !== status) {
    plan.edits.push({ kind: 'annotate', key: ANNOTATION.status, value: status })
  }
  for (const [key, value] of earnedLabels(plan.instance)) {
    if (labelOf(pod, key) !== value) plan.edits.push({ kind: 'label', key, value })
  }
}

/** The labels that the consumers of an instance carry. */
export function earnedLabels({ appId, namespace }: { appId: string; namespace: string }): [string, string][] {
  return [
    [LABEL.appId, appId],
    [LABEL.appNamespace, namespace],
  ]
}

function tokenVariable({ name, key, optional }: SecretKey): EnvVar {
  return {
    name: ENV.apiToken,
    valueFrom: { secretKeyRef: { name, key, ...(optional === undefined ? {} : { optional }) } },
  }
}

/** Of several entries with one name the last counts, as the kubelet has it. */
function lastByName(env: readonly EnvVar[], names: ReadonlySet<string>): ReadonlyMap<string, number> {
  const last = new Map<string, number>()
  for (let index = 0; index < env.length; index++) {
    const name = env[index]?.name
    if (name !== undefined && names.has(name)) last.set(name, index)
  }
  return last
}

function isReference(variable: EnvVar): boolean {
  return variable.valueFrom !== undefined && variable.valueFrom !== null
}

/** The API server drops `value: ""` before it calls us, so an entry with nothing in it is one that nobody set. */
function isUnset(variable: EnvVar): boolean {
  return !isReference(variable) && (variable.value ?? '') === ''
}

function isSame(current: EnvVar, wanted: EnvVar): boolean {
  if (wanted.valueFrom === undefined) return !isReference(current) && current.value === wanted.value
  return isReference(current) && sameSecret(secretKeyOf(current), secretKeyOf(wanted))
}

function secretKeyOf(variable: EnvVar): SecretKey | undefined {
  // loose JSON, of which only these fields are compared
  const source = variable.valueFrom as { secretKeyRef?: SecretKey } | null | undefined
  return source?.secretKeyRef ?? undefined
}

function sameSecret(a: SecretKey | undefined, b: SecretKey | undefined): boolean {
  return (
    a !== undefined &&
    b !== undefined &&
    a.name === b.name &&
    a.key === b.key &&
    (a.optional ?? false) === (b.optional ?? false)
  )
}

/**
 * An endpoint at the Service that the pod's own status names was written by us, for a pod that was then copied. So is,
 * however it is spelt, one at the Service that the status is about to name: kept now, it would be replaced when the
 * patched pod comes again.
 */
function isOurs(plan: Draft, current: EnvVar, restored: boolean): boolean {
  if (current.name === ENV.apiToken) return restored && isReference(current)
  return isAt(plan.claimed?.serviceHost, current) || isAtInstance(plan.instance, current)
}

/** Whether a literal endpoint leads to the instance, however it is spelt. */
function isAtInstance(instance: Instance, current: EnvVar): boolean {
  if (instance.service !== undefined) return isAt(serviceHostOf(instance), current)
  const own = current.name === ENV.grpcEndpoint ? instance.grpcEndpoint : instance.httpEndpoint
  return literalHost(current) === endpointHost(own)
}

/** An endpoint at the decided instance that no status says is ours, in another spelling than ours. */
function isRespelt(plan: Draft, current: EnvVar): boolean {
  return isAtInstance(plan.instance, current) && !isAt(plan.claimed?.serviceHost, current)
}

/** A literal endpoint that stays, at a host that is not the instance's Service in any spelling, a short name included. */
function isElsewhere(plan: Draft, current: EnvVar): boolean {
  const host = literalHost(current)
  return host !== undefined && host.split('.')[0] !== plan.instance.service && !isOurs(plan, current, false)
}

/** A container that was injected with another instance than the one decided now, and copied or restored with it. */
function isRestored(plan: Draft, last: ReadonlyMap<string, number>, env: readonly EnvVar[]): boolean {
  const { claimed, instance } = plan
  if (claimed === undefined || claimed.instance === instanceKey(instance)) return false
  return [ENV.httpEndpoint, ENV.grpcEndpoint].some((name) => {
    const current = env[last.get(name) ?? -1]
    return current !== undefined && isAt(claimed.serviceHost, current)
  })
}

/** Whether a literal endpoint's host is this Service, with or without the cluster's domain. */
function isAt(serviceHost: string | undefined, variable: EnvVar): boolean {
  if (!serviceHost) return false
  const host = literalHost(variable)
  return host === serviceHost || host?.startsWith(`${serviceHost}.`) === true
}

/** The host of a literal endpoint; of a variable that a policy adds, also a bare one. */
function literalHost({ name, value, valueFrom }: EnvVar): string | undefined {
  if (valueFrom !== undefined && valueFrom !== null) return undefined
  const host = /^https?:\/\/([^/:]+)/.exec(value ?? '')?.[1]
  return host ?? (OUR_NAMES.has(name) ? undefined : /^[-a-z0-9.]+$/.exec(value ?? '')?.[0])
}
