import { expect } from 'vitest'
import { z } from 'zod'
import type { Stage } from '../../src/admission/decide-review.ts'

/** Printable text: the API server drops a warning with anything else, and a terminal might obey it. */
const printable = (longest: number) =>
  z
    .string()
    .max(longest)
    .regex(/^[ -~]+$/)

const cause = z.strictObject({
  reason: z.string(),
  message: printable(2048),
  field: printable(400).optional(),
})

const status = z.strictObject({
  status: z.literal('Failure'),
  code: z.union([z.literal(403), z.literal(422)]),
  reason: z.enum(['Forbidden', 'Invalid']),
  message: printable(1024).regex(/^\[[a-z-]+\.[a-z-]+\] /),
  details: z.strictObject({ causes: z.array(cause).min(1) }),
})

const response = z.strictObject({
  uid: z.string(),
  allowed: z.boolean(),
  status: status.optional(),
  patchType: z.literal('JSONPatch').optional(),
  patch: z.base64().optional(),
  warnings: z.array(printable(120)).min(1).optional(),
  // the API server stores <webhook>/<key>, and drops a key with a slash of its own
  auditAnnotations: z.record(z.string().regex(/^[a-z][-a-z]*$/), printable(1024)).optional(),
})

const answer = z.strictObject({
  apiVersion: z.literal('admission.k8s.io/v1'),
  kind: z.literal('AdmissionReview'),
  response,
})

export type AdmissionResponse = z.infer<typeof response>

export interface PatchOperation {
  readonly op: string
  readonly path: string
  readonly value?: unknown
}

/**
 * What the API server asks of any answer to a review (apiserver's request/admissionreview.go; facts/admission-webhooks.md
 * part 2.4). What breaks it fails the pod whatever `failurePolicy` says, or loses what we had to say.
 */
export function readResponse(body: string, { uid, stage }: { uid: string; stage: Stage }): AdmissionResponse {
  const read = answer.parse(JSON.parse(body)).response
  expect(read.uid).toBe(uid)
  expect(read.allowed, 'a refusal has a status, and nothing else has one').toBe(read.status === undefined)
  expect(read.patch === undefined, 'patch and patchType: both or neither').toBe(read.patchType === undefined)
  if (stage === 'validate' || !read.allowed) expect(read.patch).toBeUndefined()
  expect(read.status?.reason ?? '').toBe(
    read.status === undefined ? '' : read.status.code === 422 ? 'Invalid' : 'Forbidden',
  )
  if (read.patch !== undefined) expect(patchOf(read)).not.toEqual([])
  const warned = (read.warnings ?? []).reduce((sum, warning) => sum + warning.length, 0)
  expect(warned, 'the API server cuts all warnings beyond this').toBeLessThanOrEqual(4096)
  return read
}

export function patchOf({ patch }: Pick<AdmissionResponse, 'patch'>): PatchOperation[] {
  return patch === undefined ? [] : (JSON.parse(Buffer.from(patch, 'base64').toString()) as PatchOperation[])
}
