import { isDeepStrictEqual } from 'node:util'
import jsonpatch, { type Operation } from 'fast-json-patch'
import { expect } from 'vitest'
import { readPod, isPodProblem, type Pod } from '../../src/core/pod.ts'
import { patchOf, readResponse, type AdmissionResponse } from '../admission/response-contract.ts'
import type { RawAnswer } from '../admission/raw-socket.ts'
import { containerEnvironment, withoutOurs } from './pod-facts.ts'
import type { Expectation } from './read-corpus.ts'

/** A request that was answered: its bytes, and which webhook it asked. */
export interface Asked {
  readonly bytes: Buffer
  readonly stage: 'mutate' | 'validate'
}

/**
 * Checks one answer, and beyond what the case expects everything that must hold of any answer.
 *
 * @returns the review of the pod as patched, which must change nothing when it is sent again
 */
export function checkAnswer(answer: RawAnswer, expected: Expectation, asked: Asked): unknown {
  expect(answer.status, answer.body.slice(0, 500)).toBe(expected.status)
  if (expected.headers !== undefined) expect(answer.headers).toMatchObject(expected.headers)
  if (expected.error !== undefined) expect(answer.body).toBe(JSON.stringify({ error: expected.error }))
  if (answer.status !== 200) {
    expect(answer.body.length, 'a caller that sends no review is told a word, not its input').toBeLessThan(
      120,
    )
    return undefined
  }
  // what gets a verdict is a review
  const body = JSON.parse(asked.bytes.toString()) as { request: { uid: string; object?: unknown } }
  const response = readResponse(answer.body, { uid: body.request.uid, stage: asked.stage })
  checkVerdict(response, expected)
  return checkPatch(response, expected, body)
}

function checkVerdict(response: AdmissionResponse, expected: Expectation): void {
  const { status, auditAnnotations = {} } = response
  expect(response.allowed, status?.message).toBe(expected.allowed)
  expect(status?.code).toBe(expected.code)
  expect(auditAnnotations['rule']?.split(',') ?? []).toEqual(expected.rules ?? [])
  for (const text of expected.message ?? []) expect(status?.message).toContain(text)
  const warnings = response.warnings ?? []
  expect(warnings).toHaveLength(expected.warnings?.length ?? 0)
  expected.warnings?.forEach((text, index) => expect(warnings[index]).toContain(text))
}

function checkPatch(
  response: AdmissionResponse,
  expected: Expectation,
  review: { request: { object?: unknown } },
): unknown {
  const patch = patchOf(response)
  const { object } = review.request
  if (patch.length === 0) {
    expect(expected.injected ?? [], 'there is no patch').toEqual([])
    if (expected.env !== undefined) checkEnv(object, expected)
    return undefined
  }
  for (const { op } of patch) expect(['add', 'remove'], 'the operations that never surprise').toContain(op)
  const before = podIn(object)
  const after = podIn(jsonpatch.applyPatch(structuredClone(object), patch as Operation[], true).newDocument)
  expect(
    isDeepStrictEqual(withoutOurs(after), withoutOurs(before)),
    'the patch touches what is not ours',
  ).toBe(true)

  const [was, is] = [containerEnvironment(before), containerEnvironment(after)]
  const changed = Object.keys(is).filter((name) => !isDeepStrictEqual(was[name], is[name]))
  expect(changed).toEqual(expected.injected ?? [])
  checkEnv(after, expected)
  return { ...review, request: { ...review.request, object: after } }
}

function checkEnv(object: unknown, { env = {} }: Expectation): void {
  const is = containerEnvironment(podIn(object))
  for (const [container, variables] of Object.entries(env)) expect(is[container]).toMatchObject(variables)
}

function podIn(object: unknown): Pod {
  const pod = readPod(object)
  if (isPodProblem(pod)) throw new Error(`no pod: ${pod.field}`)
  return pod
}
