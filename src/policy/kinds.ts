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

export type ResourceKind = keyof typeof KINDS

export const RESOURCE_KINDS = Object.keys(KINDS) as readonly ResourceKind[]

export function isResourceKind(kind: unknown): kind is ResourceKind {
  return typeof kind === 'string' && Object.hasOwn(KINDS, kind)
}
