import { nearNames } from '../core/near-names.ts'
import type { InstanceAsk } from '../core/ask.ts'
import { workloadName } from '../core/cluster-facts.ts'
import type { Instance } from '../core/instance.ts'
import { EMPTY_NAMESPACE, type Entry, type NamespaceInventory } from '../core/inventory.ts'
import { quote } from '../core/quote.ts'
import { ANNOTATION } from '../core/vocabulary.ts'
import type { Candidate } from './explanation.ts'
import type { Breadth, Told } from './told.ts'
import type { Trace } from './trace.ts'

/**
 * The instances of the pod's namespace, and of the one that it names, each once: the one that it gets, and why each other
 * one is not it. What concerns the pod is the one that it asks for, or those that it may mean.
 */
export function explainCandidates(trace: Trace, breadth: Breadth): Told<Candidate> {
  const { ask, asked, known } = trace
  const namespaces = [...new Set([asked.namespace, ...(ask.kind === 'instance' ? [ask.namespace] : [])])]
  const inventories = namespaces.map(
    (namespace) => [namespace, known.inventory.get(namespace) ?? EMPTY_NAMESPACE] as const,
  )
  const told = inventories
    .flatMap(([namespace, inventory]) =>
      breadth === 'everything'
        ? [...entriesIn(namespace, inventory, trace), ...inventory.unusable.map(unusableIn(namespace))]
        : concerningIn(namespace, inventory, trace),
    )
    .toSorted((a, b) => Number(b.chosen) - Number(a.chosen))
  const all = inventories.reduce((sum, [, { entries, unusable }]) => sum + entries.size + unusable.length, 0)
  return { told, left: all - told.length }
}

function entriesIn(namespace: string, { entries }: NamespaceInventory, trace: Trace): Candidate[] {
  const near = new Set(nearNames(wantedBy(trace), entries.keys()))
  return [...entries]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([appId, entry]) => candidate({ namespace, appId, entry, isNear: near.has(appId) }, trace))
}

function concerningIn(namespace: string, { entries }: NamespaceInventory, trace: Trace): Candidate[] {
  const wanted = wantedBy(trace)
  const names = entries.has(wanted) ? [wanted] : nearNames(wanted, entries.keys())
  return names.flatMap((appId) => {
    const entry = entries.get(appId)
    return entry === undefined ? [] : [candidate({ namespace, appId, entry, isNear: true }, trace)]
  })
}

function wantedBy({ ask }: Trace): string {
  return ask.kind === 'instance' ? ask.appId : ''
}

function candidate(keyed: KeyedEntry, trace: Trace): Candidate {
  const { namespace, appId, entry } = keyed
  return { namespace, appId, ...shape(entry), ...judgeEntry(keyed, trace) }
}

function unusableIn(namespace: string): (workload: NamespaceInventory['unusable'][number]) => Candidate {
  return (workload) => ({
    namespace,
    appId: '',
    workload: workloadName(workload),
    strategy: '',
    chosen: false,
    because: `it is marked as an instance, but ${workload.reason}.`,
  })
}

function shape(entry: Entry): Pick<Candidate, 'workload' | 'strategy'> {
  switch (entry.kind) {
    case 'instance':
      return { workload: entry.instance.workload, strategy: entry.instance.strategy }
    case 'ambiguous':
      return { workload: entry.workloads.join(', '), strategy: '' }
    case 'misconfigured':
      return { workload: entry.workload, strategy: '' }
  }
}

interface KeyedEntry {
  readonly namespace: string
  readonly appId: string
  readonly entry: Entry
  readonly isNear: boolean
}

type Judgement = Pick<Candidate, 'chosen' | 'because'>

function judgeEntry(keyed: KeyedEntry, trace: Trace): Judgement {
  const { ask } = trace
  if (ask.kind === 'none') return no('the pod does not ask for an instance.')
  if (ask.kind === 'invalid') return no("nothing is chosen before the pod's annotations are mended.")
  if (keyed.namespace === ask.namespace && keyed.appId === ask.appId) return judgeWanted(keyed, trace)
  const defect = defectOf(keyed.entry)
  return no([strangeKey(keyed, ask), ...(defect === undefined ? [] : [`Besides, ${defect}.`])].join(' '))
}

/** Why one with another key is not the one. */
function strangeKey({ namespace, appId, isNear }: KeyedEntry, ask: InstanceAsk): string {
  if (namespace !== ask.namespace) {
    return appId === ask.appId
      ? `it has the app-id, but the pod asks for namespace ${quote(ask.namespace)}: remove ${ANNOTATION.namespace} to use this one.`
      : `another app-id, and the pod asks for namespace ${quote(ask.namespace)}.`
  }
  return isNear
    ? `another app-id: the pod asks for ${quote(ask.appId)}. Is this one meant? Then write ${ANNOTATION.shared}: ${quote(appId)}.`
    : `another app-id: the pod asks for ${quote(ask.appId)}.`
}

/** The one that the pod asks for by namespace and app-id. */
function judgeWanted({ entry }: KeyedEntry, trace: Trace): Judgement {
  switch (trace.end) {
    case 'outside':
      return no('the pod asks for it, but is not judged.')
    case 'annotations':
      return no("it is asked for, but nothing is chosen before the pod's annotations are mended.")
    case 'sidecar':
      return no('it is asked for, but the pod keeps its sidecar.')
    case 'grant':
      return no('it is asked for, but the pod is not granted its use.')
    case 'instance': {
      const { choice } = trace
      const reason = choice?.kind === 'misconfigured' ? choice.reason : undefined
      return no(`it is asked for, but ${defectOf(entry) ?? `cannot be used: ${reason ?? 'it is none'}`}.`)
    }
    case 'whole':
      return entry.kind === 'instance' ? chosen(entry.instance, trace) : no('it cannot be used.')
  }
}

function chosen(instance: Instance, { findings }: Trace): Judgement {
  const against = [...new Set(findings.filter(({ action }) => action === 'Deny').map(({ rule }) => rule))]
  const fits = `namespace and app-id are those that the pod asks for; ${readinessOf(instance)}.`
  return {
    chosen: true,
    because: against.length === 0 ? fits : `${fits} Against its use: ${against.join(', ')}.`,
  }
}

function readinessOf({ strategy, readiness }: Instance): string {
  if (strategy === 'external') return 'it runs outside of the cluster'
  return readiness.known
    ? `${readiness.ready} of ${readiness.wanted} replicas are ready`
    : 'how many replicas are ready is unknown, as it has no status'
}

/** Why an entry cannot be used by anybody. */
function defectOf(entry: Entry): string | undefined {
  switch (entry.kind) {
    case 'instance':
      return undefined
    case 'ambiguous':
      return `it is ambiguous: ${entry.workloads.join(' and ')} claim it`
    case 'misconfigured':
      return `it is misconfigured: ${entry.reason} (${entry.cure.replace(/\.$/, '')})`
  }
}

function no(because: string): Judgement {
  return { chosen: false, because }
}
