import { objectOr } from '../core/cluster-facts.ts'
import type { JsonObject } from '../core/pod.ts'
import { SYSTEM_NAMESPACES } from '../core/vocabulary.ts'
import { listOf, objectsOf, stringsOf, textOf } from '../discovery/loose.ts'
import { NAME } from '../install/names.ts'
import { applyAgain, type Way } from './apply-again.ts'
import { canonical } from './canonical.ts'
import { fail, ok, warn, type Line } from './line.ts'
import type { Registered } from './registered.ts'

type There = Registered & { readonly got: JsonObject }

const BY_NAME = 'kubernetes.io/metadata.name'

/**
 * Selectors of webhooks are what others like to edit: Admissions Enforcer of AKS adds requirements of its own, and people leave a
 * namespace out in a hurry.
 */
export function selectorLines(there: readonly There[], way: Way): readonly Line[] {
  const lines = there.flatMap((one) => [
    ...uncoveredLines(one, way),
    ...strangerLines(one, way),
    ...objectSelectorLines(one),
  ])
  return lines.length > 0
    ? lines
    : [ok('webhooks.selectors', 'all namespaces are served but those that must come up without us')]
}

/** Namespaces in which a pod of ours, or of Kubernetes itself, could wait for us. */
function uncoveredLines({ name, kind, got }: There, way: Way): Line[] {
  const { namespace } = way
  const excluded = new Set(requirementsOf(got).flatMap((one) => (isByName(one) ? listOf(one['values']) : [])))
  const missing = [...SYSTEM_NAMESPACES, namespace].filter((one) => !excluded.has(one))
  if (missing.length === 0) return []
  return [
    fail('webhooks.selectors', {
      what: `the namespaceSelector of ${name} does not leave out ${missing.join(', ')}: a cluster that starts without us may never come up.`,
      wanted: `${BY_NAME} NotIn ${[...SYSTEM_NAMESPACES, namespace].join(', ')}`,
      got: canonical(got['namespaceSelector'] ?? {}),
      cure: `Apply the ${kind} again: ${applyAgain(way)}`,
    }),
  ]
}

function strangerLines({ name, kind, got }: There, way: Way): Line[] {
  const strange = requirementsOf(got).filter((one) => !isByName(one))
  const labels = stringsOf(objectOr(got['namespaceSelector'])['matchLabels'])
  if (strange.length === 0 && Object.keys(labels).length === 0) return []
  const isAks = strange.some(({ key }) => key === 'control-plane' || key === 'kubernetes.azure.com/managedby')
  return [
    warn('webhooks.selectors', {
      what: `somebody changed the namespaceSelector of ${name}${isAks ? ', as Admissions Enforcer of AKS does' : ''}: pods that ask in the namespaces that it leaves out are created without their variables.`,
      wanted: `${BY_NAME} NotIn alone`,
      got: canonical(got['namespaceSelector']),
      cure: isAks
        ? `kubectl annotate ${kind.toLowerCase()} ${NAME} admissions.enforcer/disabled=true, then apply it again (chart: -f deploy/chart/platforms/aks.yaml)`
        : `Apply the ${kind} again (${applyAgain(way)}), or leave namespaces out by name alone.`,
    }),
  ]
}

function objectSelectorLines({ name, got }: There): Line[] {
  const selector = objectOr(got['objectSelector'])
  if (
    Object.keys(stringsOf(selector['matchLabels'])).length + listOf(selector['matchExpressions']).length ===
    0
  )
    return []
  return [
    fail('webhooks.selectors', {
      what: `${name} has an objectSelector: pods that ask and lack its labels are created without their variables.`,
      wanted: 'none: pods ask by annotation',
      got: canonical(selector),
      cure: 'Remove the objectSelector; matchConditions choose the pods.',
    }),
  ]
}

function requirementsOf(webhook: JsonObject): readonly JsonObject[] {
  return objectsOf(objectOr(webhook['namespaceSelector'])['matchExpressions'])
}

/** Whether a requirement leaves namespaces out by their names. */
export function isByName(requirement: JsonObject): boolean {
  return textOf(requirement['key']) === BY_NAME && requirement['operator'] === 'NotIn'
}
