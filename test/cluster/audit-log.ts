import { writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { stringify } from 'yaml'
import { z } from 'zod'

const auditEvent = z.looseObject({
  verb: z.string(),
  user: z.looseObject({ username: z.string() }),
  objectRef: z.looseObject({
    namespace: z.string().optional(),
    name: z.string().optional(),
    subresource: z.string().optional(),
  }),
  responseStatus: z.looseObject({ code: z.number().optional() }).optional(),
  /** The object as the client sent it, before any webhook saw it. */
  requestObject: z.unknown().optional(),
  responseObject: z.unknown().optional(),
  /** Here the API server tells which webhook mutated or failed, and what a webhook recorded itself. */
  annotations: z.record(z.string(), z.string()).default({}),
})

/** The fields of an audit.k8s.io/v1 Event that tests look at; the others are there as well. */
export type AuditEvent = z.infer<typeof auditEvent>

/** Writes a policy that records writes of pods with both bodies, and nothing else; returns `file`. */
export function writeAuditPolicy(file: string): string {
  const text = stringify({
    apiVersion: 'audit.k8s.io/v1',
    kind: 'Policy',
    omitStages: ['RequestReceived'],
    rules: [
      {
        level: 'RequestResponse',
        verbs: ['create', 'update', 'patch', 'delete'],
        resources: [{ group: '', resources: ['pods', 'pods/ephemeralcontainers', 'pods/resize'] }],
      },
      { level: 'None' },
    ],
  })
  writeFileSync(file, text)
  return file
}

export async function readAuditLog(file: string): Promise<AuditEvent[]> {
  // The last line may still be on its way: only lines that end are whole.
  const lines = (await readFile(file, 'utf8')).split('\n').slice(0, -1)
  return lines.map((line) => auditEvent.parse(JSON.parse(line)))
}
