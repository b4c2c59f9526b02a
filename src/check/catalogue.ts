/** The groups of lines, in the order in which they are told: what others rest on comes first. */
export const GROUPS = {
  kubernetes: 'Kubernetes',
  installation: 'Installation',
  webhooks: 'Webhook configurations',
  certificates: 'Certificates',
  access: 'Rights of the service',
  resources: 'Kinds and resources',
  instances: 'Instances',
  dapr: 'Dapr control plane',
  'dry-run': 'The real path, by a dry run',
} as const

export type Group = keyof typeof GROUPS

export function isGroup(text: string): text is Group {
  return Object.hasOwn(GROUPS, text)
}

/** Every check of `check` by its id, which stays; each has its section in docs/check.md. */
export const CHECK_IDS = [
  'kubernetes.version',
  'kubernetes.api',

  'installation.namespace',
  'installation.version',
  'installation.deployment',
  'installation.replicas',
  'installation.disruption-budget',
  'installation.service',
  'installation.endpoints',
  'installation.lease',

  'webhooks.registered',
  'webhooks.target',
  'webhooks.selectors',
  'webhooks.conditions',
  'webhooks.failure-policy',
  'webhooks.settings',
  'webhooks.order',
  'webhooks.label-guard',
  'webhooks.backstop',

  'certificates.ca-bundle',
  'certificates.ca-expiry',
  'certificates.chain',
  'certificates.hosts',
  'certificates.expiry',

  'access.rights',
  'access.excess',

  'resources.definitions',
  'resources.policies',
  'resources.others',
  'resources.exceptions',

  'instances.usable',
  'instances.ready',
  'instances.defects',
  'instances.security',
  'instances.nodes',

  'dapr.control-plane',
  'dapr.namespace',
  'dapr.version',

  'dry-run.injection',
  'dry-run.plain-pod',
] as const

export type CheckId = (typeof CHECK_IDS)[number]

/** The group is what stands before the dot. */
export function groupOf(id: CheckId): Group {
  const [group = ''] = id.split('.')
  if (!isGroup(group)) throw new Error(`the check ${id} is of no group`)
  return group
}
