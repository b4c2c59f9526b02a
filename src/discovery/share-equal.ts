import type { ServiceFacts, WorkloadFacts } from '../core/cluster-facts.ts'
import type { Recognition } from './recognize.ts'

/** Values that are the same in most objects of a cluster, kept once: 10,000 instances of one chart differ in their names and little else. */
export interface EqualValues {
  readonly workload: (recognized: Recognition) => Recognition
  readonly service: (facts: ServiceFacts | undefined) => ServiceFacts | undefined
}

/**
 * Gives equal parts of what was recognised one object to stand for them. At most `most` different values are known;
 * beyond, all are forgotten: what holds one keeps it, and only later ones are not shared with it.
 */
export function shareEqual(most: number): EqualValues {
  const known = new Map<string, unknown>()
  const share = <T>(value: T, key: string): T => {
    const there = known.get(key)
    // a key is made of all that the value holds, so what is there has the type of the value
    if (there !== undefined) return there as T
    if (known.size >= most) known.clear()
    known.set(key, value)
    return value
  }
  const shareJson = <T>(value: T): T => share(value, JSON.stringify(value) ?? '')
  const shareMap = (map: ReadonlyMap<string, number>): ReadonlyMap<string, number> =>
    share(map, `Map${JSON.stringify([...map])}`)
  const shareLabels = (labels: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
    Object.fromEntries(Object.entries(labels).map(([name, value]) => [name, shareJson(value)]))
  const shareWorkload = (facts: WorkloadFacts): WorkloadFacts => ({
    ...facts,
    namespace: shareJson(facts.namespace),
    podLabels: shareLabels(facts.podLabels),
    namedPorts: shareMap(facts.namedPorts),
    daprd: shareDaprd(facts.daprd),
    readiness: shareJson(facts.readiness),
    placement: shareJson(facts.placement),
  })
  const shareDaprd = (daprd: WorkloadFacts['daprd']): WorkloadFacts['daprd'] => ({
    ...daprd,
    listenAddresses: shareJson(daprd.listenAddresses),
    version: daprd.version && shareJson(daprd.version),
    sentryAddress: daprd.sentryAddress && shareJson(daprd.sentryAddress),
    controlPlaneNamespace: daprd.controlPlaneNamespace && shareJson(daprd.controlPlaneNamespace),
  })
  return {
    workload: (recognized) =>
      recognized !== undefined && 'instance' in recognized
        ? { instance: shareWorkload(recognized.instance) }
        : recognized,
    service: (facts) =>
      facts && {
        ...facts,
        namespace: shareJson(facts.namespace),
        type: shareJson(facts.type),
        selector: shareLabels(facts.selector),
        ports: shareJson(facts.ports),
      },
  }
}
