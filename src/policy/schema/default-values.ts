/**
 * What holds where a policy says nothing. In a cluster the API server writes those of {@link WRITTEN_DEFAULTS} into the
 * object; files have no API server, so whoever reads a policy applies all of them.
 */
export const WRITTEN_DEFAULTS = {
  validationActions: ['Deny'],
  failurePolicy: 'Fail',
  priority: 0,
  inUse: 'Warn',
  node: 'Any',
  mode: 'RequireGrant',
  unlisted: 'Deny',
  conflict: 'Deny',
} as const

/**
 * Defaults that are not written into the object: in `defaults`, a value written there would make an empty or
 * misspelt block look like one with content, and would claim `onExistingEnv` for a policy that does not name it.
 */
export const SILENT_DEFAULTS = {
  onExistingEnv: 'Keep',
  legacyEnv: 'Disabled',
  initContainers: 'Enabled',
} as const
