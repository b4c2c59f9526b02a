/** Every format that some command writes. */
export const FORMATS = [
  'text',
  'json',
  'yaml',
  'junit',
  'sarif',
  'github',
  'markdown',
  'tap',
  'openreports',
  'patch',
] as const

export type Format = (typeof FORMATS)[number]

/** The formats of every command that gives findings; `patch` is one of `review` alone. */
export const REPORT_FORMATS: readonly Format[] = FORMATS.filter((format) => format !== 'patch')
