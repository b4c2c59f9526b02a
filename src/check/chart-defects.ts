import { objectOr, workloadName, type WorkloadKind } from '../core/cluster-facts.ts'
import { countOf } from '../core/count-of.ts'
import { few } from '../core/few.ts'
import type { JsonObject } from '../core/pod.ts'
import { objectsOf, stringsOf, textOf } from '../discovery/loose.ts'
import { recognizeWorkload } from '../discovery/recognize.ts'
import { warn, type Line } from './line.ts'

/**
 * Defects of the dapr-shared chart that a decision about a pod does not need to know (the others are the observations that
 * every decision carries: core/rules/instance-health.ts).
 */

interface Shaped {
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

function shapesOf(kind: WorkloadKind, objects: readonly JsonObject[]): Shaped[] {
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
  if (Object.keys(objectOr(objectOr(daprd?.['resources'])['requests'])).length > 0) return []
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

/** The chart tolerates the taints of control planes alone: pods on a tainted pool find no instance on their node. */
export function uncoveredNodes(
  nodes: readonly JsonObject[],
  daemonSets: readonly JsonObject[],
): readonly Line[] {
  return shapesOf('DaemonSet', daemonSets).flatMap((instance) => {
    const { namespace, name, podSpec } = instance
    const tolerations = objectsOf(podSpec['tolerations'])
    const closed = nodes.flatMap((node) => {
      const taint = objectsOf(objectOr(node['spec'])['taints']).find(
        (one) => isOfAPool(one) && !tolerations.some((toleration) => tolerates(toleration, one)),
      )
      return taint === undefined ? [] : [textOf(taint['key']) ?? '']
    })
    const [key] = closed
    if (key === undefined) return []
    return [
      warn('instances.nodes', {
        what: `namespace ${namespace}: ${workloadName(instance)} has no pod on ${countOf(closed.length, 'node')} with a taint (${few([...new Set(closed)])}): pods there call another node, or nobody where the Service is node-local.`,
        wanted: 'a toleration for the taint',
        got: 'none',
        cure: `kubectl patch daemonset -n ${namespace} ${name} --type=json -p '[{"op":"add","path":"/spec/template/spec/tolerations","value":[{"key":"${key}","operator":"Exists"}]}]'`,
      }),
    ]
  })
}

/** Not those by which Kubernetes tells the state of a node, nor those of control planes, where no application runs. */
function isOfAPool({ key, effect }: JsonObject): boolean {
  const name = textOf(key) ?? ''
  return (
    effect !== 'PreferNoSchedule' &&
    !name.startsWith('node.kubernetes.io/') &&
    !name.startsWith('node-role.kubernetes.io/') &&
    !name.startsWith('node.cloudprovider.kubernetes.io/')
  )
}

function tolerates(toleration: JsonObject, taint: JsonObject): boolean {
  const effect = textOf(toleration['effect']) ?? ''
  if (effect !== '' && effect !== taint['effect']) return false
  const key = textOf(toleration['key']) ?? ''
  if (toleration['operator'] === 'Exists') return key === '' || key === taint['key']
  return key === taint['key'] && (textOf(toleration['value']) ?? '') === (textOf(taint['value']) ?? '')
}
