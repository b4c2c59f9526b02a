import { objectOr, workloadName } from '../core/cluster-facts.ts'
import { countOf } from '../core/count-of.ts'
import { few } from '../core/few.ts'
import { readPlacement } from '../core/placement.ts'
import type { JsonObject } from '../core/pod.ts'
import { objectsOf, stringsOf, textOf } from '../discovery/loose.ts'
import { shapesOf } from './chart-defects.ts'
import { warn, type Line } from './line.ts'

/** The chart tolerates the taints of control planes alone: pods on a tainted pool find no instance on their node. */
export function uncoveredNodes(
  nodes: readonly JsonObject[],
  daemonSets: readonly JsonObject[],
): readonly Line[] {
  return shapesOf('DaemonSet', daemonSets).flatMap((instance) => {
    const { namespace, name, podSpec } = instance
    const tolerations = objectsOf(podSpec['tolerations'])
    const closed = nodes
      .filter((node) => isMeantFor(podSpec, node))
      .map((node) => taintsOf(node).filter((taint) => !tolerations.some((one) => tolerates(one, taint))))
      .filter((taints) => taints.length > 0)
    if (closed.length === 0) return []
    const keys = [...new Set(closed.flat().map(({ key }) => textOf(key) ?? ''))]
    return [
      warn('instances.nodes', {
        what: `namespace ${namespace}: ${workloadName(instance)} has no pod on ${countOf(closed.length, 'node')} with a taint (${few(keys)}): pods there call another node, or nobody where the Service is node-local.`,
        wanted: 'a toleration for the taint',
        got: 'none',
        cure: `kubectl patch daemonset -n ${namespace} ${name} --type=json -p '${JSON.stringify(tolerating(keys, tolerations.length > 0))}'`,
      }),
    ]
  })
}

/** Whether the pods may run there but for its taints. An affinity that is more than labels is taken for a no: nobody is told of what was meant so. */
function isMeantFor(podSpec: JsonObject, node: JsonObject): boolean {
  const { nodeSelector, affinity } = readPlacement(podSpec)
  const labels = stringsOf(objectOr(node['metadata'])['labels'])
  return affinity === '' && Object.entries(nodeSelector).every(([key, value]) => labels[key] === value)
}

/** A JSON patch that adds to what is there: the chart's own tolerations stay. */
function tolerating(keys: readonly string[], hasSome: boolean): object[] {
  const path = '/spec/template/spec/tolerations'
  const tolerations = keys.map((key) => ({ key, operator: 'Exists' }))
  return hasSome
    ? tolerations.map((value) => ({ op: 'add', path: `${path}/-`, value }))
    : [{ op: 'add', path, value: tolerations }]
}

/** Of a pool: not those by which Kubernetes tells the state of a node, nor those of control planes, where no application runs. */
function taintsOf(node: JsonObject): JsonObject[] {
  return objectsOf(objectOr(node['spec'])['taints']).filter(isOfAPool)
}

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
