import type { Labels } from '../core/policy.ts'
import { annotationOf, serviceAccountOf } from '../core/pod.ts'
import { ANNOTATION } from '../core/vocabulary.ts'
import { compileNames, compileSelector } from '../policy/compile-matchers.ts'
import { nameLabel } from './make-view.ts'
import type { Problem } from './problem.ts'
import type { AskingPod, MatchSpec, SelectorSpec, View, WrittenPolicy } from './view.ts'

/** Selectors that no label can satisfy, and those that nothing of what is given satisfies. */
export function selectorProblems(view: View): Problem[] {
  return view.policies.flatMap((policy) => {
    const contradictions = contradictory(policy)
    return contradictions.length > 0
      ? contradictions
      : [...unmatched(policy, view), ...unhonoured(policy, view)]
  })
}

function contradictory({ manifest, spec }: WrittenPolicy): Problem[] {
  const selectors = [
    { path: ['spec', 'match', 'namespaceSelector'], selector: spec.match?.namespaceSelector },
    { path: ['spec', 'match', 'objectSelector'], selector: spec.match?.objectSelector },
    { path: ['spec', 'exceptions', 'namespaceSelector'], selector: spec.exceptions?.namespaceSelector },
  ]
  return selectors.flatMap(({ path, selector = {} }) =>
    contradictoryKeys(selector).map((key) => ({
      check: 'selector.contradiction' as const,
      manifest,
      path,
      message: `what ${path.at(-1)} demands of the label ${key} cannot be true at once: it selects nothing.`,
      cure: 'All requirements must hold together. Put alternatives into the values of one In.',
    })),
  )
}

/** The labels of which too much is demanded. */
function contradictoryKeys({ matchLabels = {}, matchExpressions = [] }: SelectorSpec): string[] {
  const demands = [
    ...Object.entries(matchLabels).map(([key, value]) => ({ key, operator: 'In', values: [value ?? ''] })),
    ...matchExpressions.map(({ key, operator, values = [] }) => ({ key, operator, values })),
  ]
  return [...Map.groupBy(demands, ({ key }) => key)].flatMap(([key, own]) => {
    const valuesOf = (operator: string): readonly (readonly string[])[] =>
      own.filter((one) => one.operator === operator).map(({ values }) => values)
    const [first, ...more] = valuesOf('In')
    const left = first?.filter(
      (value) =>
        more.every((values) => values.includes(value)) &&
        !valuesOf('NotIn').some((values) => values.includes(value)),
    )
    const present = first !== undefined || valuesOf('Exists').length > 0
    return left?.length === 0 || (present && valuesOf('DoesNotExist').length > 0) ? [key] : []
  })
}

/** Told only where there is something to be matched: a folder of policies alone says nothing of namespaces. */
function unmatched({ manifest, spec: { match } }: WrittenPolicy, { namespaces, pods }: View): Problem[] {
  if (match === undefined) return []
  const path = ['spec', 'match']
  if (namespaces.size > 0 && ![...namespaces].some(([name, labels]) => takesNamespace(match, name, labels))) {
    return [
      {
        check: 'match.no-namespace',
        manifest,
        path: match.namespaceSelector === undefined ? path : [...path, 'namespaceSelector'],
        message: `it matches none of the ${namespaces.size} namespaces: it governs nothing.`,
        cure: 'Label the namespaces that are meant, or mend match.',
      },
    ]
  }
  if (pods.length === 0 || pods.some((one) => takesPod(match, one, namespaces))) return []
  return [
    {
      check: 'match.no-pod',
      manifest,
      path,
      message: `it matches none of the ${pods.length} pods and workloads that ask for an instance.`,
      cure: 'That is fine where those that are meant are still to come; otherwise mend match.',
    },
  ]
}

function unhonoured({ manifest, spec: { exceptions } }: WrittenPolicy, { namespaces }: View): Problem[] {
  if (exceptions?.namespaceSelector === undefined || namespaces.size === 0) return []
  const selects = compileSelector(exceptions.namespaceSelector)
  if ([...namespaces.values()].some(selects)) return []
  return [
    {
      check: 'exceptions.no-namespace',
      manifest,
      path: ['spec', 'exceptions', 'namespaceSelector'],
      message: `it selects none of the ${namespaces.size} namespaces: no exception is honoured.`,
      cure: 'Label the namespaces whose exceptions are to count, or leave exceptions out.',
    },
  ]
}

function takesNamespace(match: MatchSpec, name: string, labels: Labels): boolean {
  return (
    !match.excludeNamespaces?.includes(name) &&
    (match.namespaceSelector === undefined || compileSelector(match.namespaceSelector)(labels))
  )
}

function takesPod(
  match: MatchSpec,
  { pod, namespace, kind }: AskingPod,
  namespaces: View['namespaces'],
): boolean {
  const { objectSelector, serviceAccounts, workloadKinds, appIds } = match
  return (
    takesNamespace(match, namespace, namespaces.get(namespace) ?? nameLabel(namespace)) &&
    (objectSelector === undefined || compileSelector(objectSelector)(pod.metadata.labels ?? {})) &&
    serviceAccounts?.includes(serviceAccountOf(pod)) !== false &&
    (kind === undefined || workloadKinds?.includes(kind) !== false) &&
    (appIds === undefined || compileNames(appIds)(annotationOf(pod, ANNOTATION.shared) ?? ''))
  )
}
