import type { LabelMatcher, Labels, NameMatcher } from '../core/policy.ts'
import type { LabelSelector } from './schema/label-selector.ts'

/**
 * Compiles a label selector; all of its requirements must hold, and one without any takes everything (Kubernetes docs,
 * "Labels and Selectors").
 */
export function compileSelector({ matchLabels = {}, matchExpressions = [] }: LabelSelector): LabelMatcher {
  const requirements: LabelMatcher[] = [
    ...Object.entries(matchLabels).map(([key, value]) => hasOneOf(key, new Set([value]))),
    ...matchExpressions.map(compileExpression),
  ]
  const [only, ...more] = requirements
  if (only === undefined) return () => true
  return more.length === 0 ? only : (labels) => requirements.every((holds) => holds(labels))
}

type Expression = NonNullable<LabelSelector['matchExpressions']>[number]

/** `NotIn` holds of an absent label too (k8s.io/apimachinery pkg/labels Requirement.Matches). */
function compileExpression({ key, operator, values = [] }: Expression): LabelMatcher {
  switch (operator) {
    case 'In':
      return hasOneOf(key, new Set(values))
    case 'NotIn': {
      const has = hasOneOf(key, new Set(values))
      return (labels) => !has(labels)
    }
    case 'Exists':
      return (labels) => Object.hasOwn(labels, key)
    case 'DoesNotExist':
      return (labels) => !Object.hasOwn(labels, key)
  }
}

function hasOneOf(key: string, values: ReadonlySet<string | null>): LabelMatcher {
  return (labels: Labels) => Object.hasOwn(labels, key) && values.has(labels[key] ?? '')
}

/** Compiles names that are exact or end in `*`. */
export function compileNames(patterns: readonly string[]): NameMatcher {
  const exact = new Set(patterns.filter((pattern) => !pattern.endsWith('*')))
  const beginnings = patterns
    .filter((pattern) => pattern.endsWith('*'))
    .map((pattern) => pattern.slice(0, -1))
  return beginnings.length === 0
    ? (name) => exact.has(name)
    : (name) => exact.has(name) || beginnings.some((beginning) => name.startsWith(beginning))
}

/** Compiles host names, exact or `*.example.com` for every name below example.com. */
export function compileHosts(patterns: readonly string[]): (host: string) => boolean {
  const exact = new Set(patterns.filter((pattern) => !pattern.startsWith('*.')))
  const domains = patterns.filter((pattern) => pattern.startsWith('*.')).map((pattern) => pattern.slice(1))
  return (host) =>
    exact.has(host) || domains.some((domain) => host.endsWith(domain) && host.length > domain.length)
}
