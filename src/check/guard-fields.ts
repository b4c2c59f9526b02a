import { objectOr } from '../core/cluster-facts.ts'
import type { JsonObject } from '../core/pod.ts'
import { listOf, objectsOf } from '../discovery/loose.ts'
import { canonical } from './canonical.ts'
import { isByName } from './selectors.ts'

/** A field of a ValidatingAdmissionPolicy or its binding that is not as wanted. */
export interface ChangedField {
  readonly field: string
  readonly wanted: string
  readonly got: string
  /** the binding refuses nobody any more */
  readonly isToothless: boolean
}

/**
 * What decides about whom a ValidatingAdmissionPolicy, or a binding, refuses. What the API server fills in by itself is filled
 * in on both sides (k8s.io/api/admissionregistration/v1, defaults.go). More namespaces that are left out by name are somebody's choice,
 * as with the webhooks.
 */
export function changedField(wanted: JsonObject, got: JsonObject | undefined): ChangedField | undefined {
  const [own, theirs] = [wanted, got].map((one) => objectOr(one?.['spec']))
  const actions = listOf(theirs?.['validationActions'])
  for (const [field, read] of FIELDS) {
    const [should, is] = [read(own ?? {}, own ?? {}), read(theirs ?? {}, own ?? {})].map(canonical)
    if (should === is) continue
    const isToothless = field === 'validationActions' && !actions.includes('Deny')
    return { field, wanted: should ?? '', got: is ?? '', isToothless }
  }
  return undefined
}

type Read = (spec: JsonObject, wanted: JsonObject) => unknown

const list =
  (field: string): Read =>
  (spec) =>
    listOf(spec[field])

const FIELDS: readonly (readonly [string, Read])[] = [
  ['validationActions', actionsOf],
  ['policyName', ({ policyName }) => policyName],
  ['paramRef', ({ paramRef }) => paramRef],
  ['matchResources', (spec, wanted) => matchOf(spec['matchResources'], wanted['matchResources'])],
  ['failurePolicy', failurePolicyOf],
  ['paramKind', ({ paramKind }) => paramKind],
  ['matchConstraints', (spec, wanted) => matchOf(spec['matchConstraints'], wanted['matchConstraints'])],
  ['matchConditions', list('matchConditions')],
  ['variables', list('variables')],
  ['validations', ({ validations }) => objectsOf(validations).map(({ expression }) => expression)],
]

/** Those that are wanted, as far as they are there: one that is added takes nothing away. */
function actionsOf(spec: JsonObject, wanted: JsonObject): unknown {
  const actions = listOf(spec['validationActions'])
  return listOf(wanted['validationActions']).filter((action) => actions.includes(action))
}

/** A binding has none. */
function failurePolicyOf({ failurePolicy, validations }: JsonObject): unknown {
  return validations === undefined ? undefined : (failurePolicy ?? 'Fail')
}

function matchOf(value: unknown, wanted: unknown): JsonObject {
  const match = objectOr(value)
  const rules = (field: string): unknown =>
    objectsOf(match[field]).map((rule) => ({ ...rule, scope: rule['scope'] ?? '*' }))
  return {
    matchPolicy: match['matchPolicy'] ?? 'Equivalent',
    namespaceSelector: withoutMoreNames(
      objectOr(match['namespaceSelector']),
      objectOr(objectOr(wanted)['namespaceSelector']),
    ),
    objectSelector: filled(objectOr(match['objectSelector'])),
    resourceRules: rules('resourceRules'),
    excludeResourceRules: rules('excludeResourceRules'),
  }
}

function filled({ matchLabels, matchExpressions }: JsonObject): JsonObject {
  return { matchLabels: objectOr(matchLabels), matchExpressions: listOf(matchExpressions) }
}

/** Of the names that are left out those that must be; the others are nobody's mistake. */
function withoutMoreNames(selector: JsonObject, wanted: JsonObject): JsonObject {
  const namesOf = (one: JsonObject): string[] =>
    objectsOf(one['matchExpressions']).flatMap((requirement) =>
      isByName(requirement) ? listOf(requirement['values']).map(String) : [],
    )
  const names = namesOf(selector)
  const { matchLabels, matchExpressions } = filled(selector)
  return {
    matchLabels,
    leftOut: namesOf(wanted)
      .filter((name) => names.includes(name))
      .toSorted(),
    others: objectsOf(matchExpressions).filter((requirement) => !isByName(requirement)),
  }
}
