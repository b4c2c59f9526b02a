/** How grave: an Error cannot work or refuses everybody, a Warning is hardly meant so, Info is good to know. */
export type LintSeverity = 'Error' | 'Warning' | 'Info'

/** Every check of `lint` by its id, which stays; each has its line in docs/lint.md. */
export const CHECKS = {
  schema: 'Error',
  duplicate: 'Error',

  'selector.contradiction': 'Error',
  'match.no-namespace': 'Warning',
  'match.no-pod': 'Info',
  'exceptions.no-namespace': 'Warning',

  'override.unknown-rule': 'Warning',
  'override.no-effect': 'Warning',
  'override.capped': 'Warning',
  'override.backstop': 'Info',
  'scoped-actions.repeated': 'Warning',

  'part.weaker': 'Warning',
  'part.loosens': 'Info',

  'defaults.never-win': 'Warning',

  'strategies.disjoint': 'Warning',
  'service-types.disjoint': 'Warning',
  'service-types.no-cluster-ip': 'Warning',
  'workload-kinds.contradiction': 'Error',
  'locality.contradiction': 'Error',
  'endpoints.no-effect': 'Warning',
  'capacity.contradiction': 'Warning',
  'capacity.nobody': 'Warning',
  'identity.nobody': 'Error',
  'identity.out-of-match': 'Warning',
  'identity.union': 'Info',

  'exception.unknown-policy': 'Warning',
  'exception.unknown-rule': 'Warning',
  'exception.no-effect': 'Warning',
  'exception.not-honoured': 'Warning',
  'exception.expired': 'Error',
  'exception.expiring': 'Warning',

  'grant.own-namespace': 'Warning',
  'grant.no-instance': 'Warning',

  'instance.ambiguous': 'Error',
  'instance.misconfigured': 'Error',
  'instance.unusable': 'Error',
  'instance.defect': 'Warning',
  'locality.not-local': 'Info',
  'security.api-token': 'Warning',
  'security.mtls': 'Warning',
  'security.secret-store': 'Warning',
  'security.exposed-service': 'Warning',
} as const satisfies Record<string, LintSeverity>

export type CheckId = keyof typeof CHECKS

export function isCheckId(text: string): text is CheckId {
  return Object.hasOwn(CHECKS, text)
}

const STRENGTH: Readonly<Record<LintSeverity, number>> = { Error: 3, Warning: 2, Info: 1 }

/** Whether `severity` is at least as grave as `least`. */
export function isAtLeast(severity: LintSeverity, least: LintSeverity): boolean {
  return STRENGTH[severity] >= STRENGTH[least]
}
