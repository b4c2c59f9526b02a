/** The resources of our own group, by name alone; what is in them: schema/. */

export const GROUP = 'shared.dapr.io'
export const VERSION = 'v1alpha1'
export const API_VERSION = `${GROUP}/${VERSION}`

export const KINDS = {
  DaprSharedPolicy: { plural: 'daprsharedpolicies', shortName: 'dsp', scope: 'Cluster' },
  DaprSharedGrant: { plural: 'daprsharedgrants', shortName: 'dsg', scope: 'Namespaced' },
  DaprSharedException: { plural: 'daprsharedexceptions', shortName: 'dsx', scope: 'Namespaced' },
  DaprSharedInstance: { plural: 'daprsharedinstances', shortName: 'dsi', scope: 'Namespaced' },
} as const

/** No resource that there is: only the right to `create` one is given, and means to ask the review API. */
export const REVIEWS = 'reviews'

export type ResourceKind = keyof typeof KINDS

/** Where the API has the resources of a kind. @param namespace empty for all of them, and for what belongs to none */
export function resourcePath(kind: ResourceKind, namespace = ''): string {
  return `/apis/${API_VERSION}${namespace === '' ? '' : `/namespaces/${namespace}`}/${KINDS[kind].plural}`
}

export const RESOURCE_KINDS = Object.keys(KINDS) as readonly ResourceKind[]

export function isResourceKind(kind: unknown): kind is ResourceKind {
  return typeof kind === 'string' && Object.hasOwn(KINDS, kind)
}

/** What commands write of our group that is no resource: results, and rows of the inventory. */
export const ANSWERS: ReadonlySet<string> = new Set([
  'ReviewResult',
  'LintResult',
  'TestResult',
  'WhatIfResult',
  'ServerResult',
  'Explanation',
  'BenchResult',
  'CheckResult',
  'RulePage',
  'RulePageList',
  'Instance',
  'InstanceList',
  'IncompleteRecording',
])

/**
 * Whether an object is one of ours, or was meant to be: a misspelt kind or group would govern nothing in silence, where
 * kubectl says that there is no such kind.
 */
export function isMeantAsOurs({
  apiVersion,
  kind,
}: {
  readonly apiVersion: string
  readonly kind: string
}): boolean {
  const isOfGroup = apiVersion === GROUP || apiVersion.startsWith(`${GROUP}/`)
  return kind.startsWith('DaprShared') || (isOfGroup && !ANSWERS.has(kind))
}
