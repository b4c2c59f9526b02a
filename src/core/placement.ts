import { isObject, type JsonObject, type Pod } from './pod.ts'
import { quote } from './quote.ts'

/** Where pods may run, as their spec says: what the scheduler's node affinity and taint filters read. */
export interface Placement {
  readonly nodeSelector: Readonly<Record<string, string>>
  readonly tolerations: readonly Toleration[]
  /** `requiredDuringSchedulingIgnoredDuringExecution` as compact JSON, empty where there is none */
  readonly affinity: string
}

export interface Toleration {
  /** empty with `Exists`: every taint */
  readonly key: string
  readonly operator: string
  readonly value: string
  /** empty: every effect */
  readonly effect: string
}

export const ANYWHERE: Placement = { nodeSelector: {}, tolerations: [], affinity: '' }

/**
 * Taints that Kubernetes itself sets for the state of a node. Pods get tolerations for some of them by themselves, and
 * a DaemonSet for all (Kubernetes docs, "DaemonSet: Taints and tolerations").
 */
const NODE_CONDITION = 'node.kubernetes.io/'

const MOST_TOLERATIONS = 256

/** Reads where a pod may run: one with more tolerations than are compared may run anywhere. */
export function readPodPlacement(spec: Parameters<typeof readPlacement>[0]): Placement {
  const placement = readPlacement(spec)
  return placement.tolerations.length < MOST_TOLERATIONS
    ? placement
    : { ...placement, tolerations: [{ key: '', operator: 'Exists', value: '', effect: '' }] }
}

/** Reads the placement of a pod spec; what is not as the API has it counts as absent, and so does what is too much. */
export function readPlacement(
  spec: Pick<Pod['spec'], 'nodeSelector' | 'tolerations' | 'affinity'>,
): Placement {
  const required = readAffinity(spec.affinity)
  const selected = required && labelsRequired(required)
  const own = readNodeSelector(spec.nodeSelector)
  // an affinity that only asks for labels with one value says what a node selector says
  const nodeSelector = selected === undefined ? own : { ...selected, ...own }
  const tolerations = readTolerations(spec.tolerations)
  const affinity = required === undefined || selected !== undefined ? '' : JSON.stringify(required)
  // most specs say nothing, and one object serves them all
  return nodeSelector === undefined && tolerations.length === 0 && affinity === ''
    ? ANYWHERE
    : { nodeSelector: nodeSelector ?? {}, tolerations, affinity }
}

/** Why a pod may land on a node on which the instance's DaemonSet does not run; none where it cannot. */
export function uncovered(pod: Placement, instance: Placement): string | undefined {
  for (const [key, value] of Object.entries(instance.nodeSelector)) {
    if (pod.nodeSelector[key] !== value) {
      return `the instance runs only on nodes with ${quote(`${key}=${value}`)}, which this pod does not select`
    }
  }
  if (instance.affinity !== '' && instance.affinity !== pod.affinity) {
    return 'the instance has a required node affinity that this pod does not have'
  }
  const stray = pod.tolerations.find(
    (toleration) => !instance.tolerations.some((one) => tolerates(one, toleration)),
  )
  if (stray === undefined) return undefined
  return `this pod tolerates the taint ${quote(stray.key === '' ? '*' : stray.key)}, which the instance does not`
}

/** Whether whoever has toleration `a` is let on every node that `b` opens. */
function tolerates(a: Toleration, b: Toleration): boolean {
  if (a.effect !== '' && a.effect !== b.effect) return false
  if (a.key === '') return a.operator === 'Exists'
  return a.key === b.key && (a.operator === 'Exists' || (b.operator === 'Equal' && a.value === b.value))
}

function readNodeSelector(value: unknown): Readonly<Record<string, string>> | undefined {
  if (!isObject(value)) return undefined
  const entries = Object.entries(value).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  )
  return entries.length === 0 ? undefined : Object.fromEntries(entries)
}

function readTolerations(value: unknown): Toleration[] {
  if (!Array.isArray(value)) return []
  return value
    .filter(isObject)
    .map(readToleration)
    .filter(({ key, effect }) => !key.startsWith(NODE_CONDITION) && effect !== 'PreferNoSchedule')
    .slice(0, MOST_TOLERATIONS)
}

function readToleration(toleration: JsonObject): Toleration {
  const text = (key: string): string => {
    const value = toleration[key]
    return typeof value === 'string' ? value : ''
  }
  return {
    key: text('key'),
    operator: text('operator') || 'Equal',
    value: text('value'),
    effect: text('effect'),
  }
}

function readAffinity(value: unknown): JsonObject | undefined {
  if (!isObject(value) || !isObject(value['nodeAffinity'])) return undefined
  const required = value['nodeAffinity']['requiredDuringSchedulingIgnoredDuringExecution']
  return isObject(required) ? required : undefined
}

/** The labels of a required affinity of one term whose expressions are all `In` with one value; none for any other. */
function labelsRequired({ nodeSelectorTerms }: JsonObject): Readonly<Record<string, string>> | undefined {
  const [term, ...others] = Array.isArray(nodeSelectorTerms) ? (nodeSelectorTerms as unknown[]) : []
  if (others.length > 0 || !isObject(term) || term['matchFields'] !== undefined) return undefined
  const expressions: unknown = term['matchExpressions']
  if (!Array.isArray(expressions)) return undefined
  const labels: Record<string, string> = {}
  for (const expression of expressions as unknown[]) {
    if (!isObject(expression) || expression['operator'] !== 'In') return undefined
    const { key, values } = expression
    const [value, ...more] = Array.isArray(values) ? (values as unknown[]) : []
    if (typeof key !== 'string' || typeof value !== 'string' || more.length > 0) return undefined
    labels[key] = value
  }
  return labels
}
