import { objectOr, workloadName, type WorkloadKind } from '../core/cluster-facts.ts'
import { few } from '../core/few.ts'
import type { JsonObject } from '../core/pod.ts'
import { objectsOf, stringsOf } from '../discovery/loose.ts'
import { recognizeWorkload } from '../discovery/recognize.ts'
import { warn, type Line } from './line.ts'

/**
 * Defects of the dapr-shared chart that a decision about a pod does not need to know (the others are the observations that
 * every decision carries: core/rules/instance-health.ts).
 */

export interface Shaped {
  readonly kind: WorkloadKind
  readonly namespace: string
  readonly name: string
  readonly appId: string
  readonly release: string
  readonly podSpec: JsonObject
}

export function chartDefects(
  daemonSets: readonly JsonObject[],
  deployments: readonly JsonObject[],
): readonly Line[] {
  const instances = [...shapesOf('DaemonSet', daemonSets), ...shapesOf('Deployment', deployments)]
  return [
    ...instances.flatMap(racingInit),
    ...instances.flatMap(withoutResources),
    ...sharedReleases(instances),
  ]
}

export function shapesOf(kind: WorkloadKind, objects: readonly JsonObject[]): Shaped[] {
  return objects.flatMap((object) => {
    const recognized = recognizeWorkload(kind, object)
    if (recognized === undefined || !('instance' in recognized)) return []
    const { namespace, name, appId } = recognized.instance
    const labels = stringsOf(objectOr(object['metadata'])['labels'])
    const isOfChart = /^dapr-(shared|ambient)/.test(labels['helm.sh/chart'] ?? '')
    const release = isOfChart ? (labels['app.kubernetes.io/instance'] ?? '') : ''
    const podSpec = objectOr(objectOr(objectOr(object['spec'])['template'])['spec'])
    return [{ kind, namespace, name, appId, release, podSpec }]
  })
}

/** The init container deletes and makes one ConfigMap in every pod: those of a DaemonSet do so at the same time. */
function racingInit(instance: Shaped): Line[] {
  const { kind, namespace, podSpec } = instance
  const races = objectsOf(podSpec['initContainers']).some(
    ({ args }) => Array.isArray(args) && args.some((arg) => String(arg).startsWith('--config-map=')),
  )
  if (kind !== 'DaemonSet' || !races) return []
  return [
    warn('instances.defects', {
      what: `namespace ${namespace}: the pods of ${workloadName(instance)} write the same ConfigMap as they start, and one that loses the race shows Init:Error.`,
      cure: 'It is retried and comes right by itself. To be rid of it: --set shared.strategy=deployment',
    }),
  ]
}

function withoutResources(instance: Shaped): Line[] {
  const { namespace, name, kind, podSpec } = instance
  const daprd = objectsOf(podSpec['containers']).find((container) => container['name'] === 'daprd')
  const resources = objectOr(daprd?.['resources'])
  // Kubernetes takes a limit for the request that is missing
  if ([resources['requests'], resources['limits']].some((one) => Object.keys(objectOr(one)).length > 0))
    return []
  return [
    warn('instances.defects', {
      what: `namespace ${namespace}: daprd of ${workloadName(instance)} requests no resources: it is the first to be evicted, and all of its consumers with it.`,
      wanted: 'resources.requests of cpu and memory',
      got: 'none',
      cure: `kubectl set resources -n ${namespace} ${kind.toLowerCase()}/${name} -c daprd --requests=cpu=100m,memory=250Mi (the chart has no value for it)`,
    }),
  ]
}

/** The chart's ClusterRoles bear the name of the release alone. */
function sharedReleases(instances: readonly Shaped[]): Line[] {
  const named = instances.filter(({ release }) => release !== '')
  return [...Map.groupBy(named, ({ release }) => release)].flatMap(([release, some]) => {
    const namespaces = [...new Set(some.map(({ namespace }) => namespace))]
    if (namespaces.length < 2) return []
    return [
      warn('instances.defects', {
        what: `the Helm release ${release} of the chart is in the namespaces ${few(namespaces)}: they share a ClusterRole, and whoever is uninstalled first takes it from the others.`,
        wanted: 'a release name of its own in each namespace',
        got: release,
        cure: `Install all but one again under another name: helm install ${release}-${namespaces[1] ?? 'other'} ...`,
      }),
    ]
  })
}
