import type { ResourceKind } from './kinds.ts'

/** One column of `kubectl get`; those of priority 1 are shown by `-o wide` alone. */
export interface PrinterColumn {
  readonly name: string
  readonly type: 'string' | 'integer' | 'date'
  readonly jsonPath: string
  readonly description: string
  readonly priority?: 1
}

const AGE: PrinterColumn = {
  name: 'Age',
  type: 'date',
  jsonPath: '.metadata.creationTimestamp',
  description: 'How long ago it was created.',
}

const ACCEPTED = condition('Accepted', 'Whether the service could read it.')

export const PRINTER_COLUMNS: Readonly<Record<ResourceKind, readonly PrinterColumn[]>> = {
  DaprSharedPolicy: [
    column('Actions', '.spec.validationActions', 'What its findings do.'),
    { ...column('Priority', '.spec.priority', 'Who supplies defaults.'), type: 'integer', priority: 1 },
    ACCEPTED,
    condition('Ready', 'Whether it is in force.'),
    AGE,
  ],
  DaprSharedGrant: [
    column('App IDs', '.spec.appIds', 'The instances that may be used.'),
    column('From', '.spec.from[*].namespace', 'The namespaces that may use them.'),
    AGE,
  ],
  DaprSharedException: [
    column('Reason', '.spec.reason', 'Why it was granted.'),
    // not a date: kubectl shows those as an age, and a moment to come as invalid
    column('Expires', '.spec.expiresAt', 'When it ends.'),
    AGE,
  ],
  DaprSharedInstance: [
    column('HTTP Endpoint', '.spec.external.httpEndpoint', 'Where it speaks HTTP.'),
    ACCEPTED,
    { ...column('Consumers', '.status.consumers.pods', 'How many pods use it.'), type: 'integer' },
    AGE,
  ],
}

function column(name: string, jsonPath: string, description: string): PrinterColumn {
  return { name, type: 'string', jsonPath, description }
}

function condition(type: string, description: string): PrinterColumn {
  return column(type, `.status.conditions[?(@.type=="${type}")].status`, description)
}
