import { readdirSync, readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { Stage } from '../../src/admission/decide-review.ts'
import { runProgram } from '../../src/cli/program.ts'
import { denialMessage } from '../../src/core/message.ts'
import type { ReviewItem, ReviewResult } from '../../src/review/result.ts'
import { runApp, type RunningApp } from '../admission/an-app.ts'
import { aReview } from '../admission/a-review.ts'
import { post } from '../admission/raw-socket.ts'
import { readResponse, type AdmissionResponse } from '../admission/response-contract.ts'
import { API_SERVER_CASES } from '../corpus/api-server-cases.ts'
import { clusterFile } from '../corpus/read-cluster.ts'
import { temporaryFolder } from './serve-process.ts'
import { PATIENT } from '../admission/patience.ts'

/** The server and the command line are two doors to one decision: what differs is a bug in one of them. */

vi.setConfig(PATIENT)

const ROOT = resolve(import.meta.dirname, '../..')
const RECORDED = join(ROOT, 'test/fixtures/admission-reviews')
const STATES: readonly (readonly [name: string, paths: readonly string[]])[] = [
  ['the corpus’ shop', [clusterFile('shop')]],
  ['the corpus’ shop under policies', [clusterFile('shop'), join(import.meta.dirname, 'policies.yaml')]],
  ['the examples', [join(ROOT, 'deploy/examples/shop/instances.yaml')]],
  ['nothing', [clusterFile('nothing')]],
]

/** What a door said about one object. */
interface Answer {
  readonly allowed: boolean
  readonly rules: readonly string[]
  readonly message: string
  readonly warnings: readonly string[]
  /** the bytes of the JSON Patch */
  readonly patch: string
}

async function review(args: readonly string[]): Promise<string> {
  let output = ''
  let errors = ''
  await runProgram(['review', '--state-only', '--allow-empty', ...args], {
    out: (text) => void (output += text),
    err: (text) => void (errors += text),
    readStdin: async () => '',
    env: {},
    cwd: ROOT,
    colour: false,
  })
  // what a policy asks and no state tells: both doors answer without it
  expect(
    errors.replaceAll(
      /^unknown: .* of policy by-kind .*\n|^unknown: whether policy by-kind governs .*\n/gm,
      '',
    ),
  ).toBe('')
  return output
}

function said({ allowed, findings, warnings, patch }: ReviewItem): Answer {
  const denying = findings.filter(({ action }) => action === 'Deny')
  return {
    allowed,
    rules: [...new Set(denying.map(({ rule }) => rule))],
    message: denying.length === 0 ? '' : denialMessage(findings),
    warnings,
    patch: patch.length === 0 ? '' : JSON.stringify(patch),
  }
}

function answered({
  allowed,
  auditAnnotations,
  status,
  warnings = [],
  patch = '',
}: AdmissionResponse): Answer {
  return {
    allowed,
    rules: auditAnnotations?.['rule']?.split(',') ?? [],
    message: status?.message ?? '',
    warnings,
    patch: Buffer.from(patch, 'base64').toString(),
  }
}

async function ask(app: RunningApp, body: string, stage: Stage): Promise<Answer> {
  const { request } = JSON.parse(body) as { request: { uid: string } }
  const socket = await app.open()
  socket.send(...post(body, { path: `/${stage}?timeout=5s` }))
  const [answer] = await socket.answers(1)
  socket.destroy()
  return answered(readResponse(answer?.body ?? '', { uid: request.uid, stage }))
}

describe.each(STATES)('on %s', (_name, paths) => {
  const state = paths.flatMap((path) => ['--state', path])
  let app: RunningApp
  beforeAll(async () => {
    app = await runApp({ paths: [...paths], settings: { logLevel: 'silent' } })
  })
  afterAll(() => app[Symbol.asyncDispose]())

  test.each(readdirSync(RECORDED))('%s: server and command say the same, byte by byte', async (name) => {
    const file = join(RECORDED, name)
    const body = readFileSync(file, 'utf8')
    const server = await ask(app, body, stageOf(body))

    const result = JSON.parse(await review(['-f', file, ...state, '-o', 'json'])) as ReviewResult
    expect(result.items.map(said)).toEqual([server])
    expect(await review(['-f', file, ...state, '-o', 'patch'])).toBe(`${server.patch || '[]'}\n`)
  })

  /** The webhook that the API server would ask. */
  function stageOf(body: string): Stage {
    const { operation, kind } = (
      JSON.parse(body) as { request: { operation: string; kind: { kind: string } } }
    ).request
    if (kind.kind !== 'Pod' && kind.kind !== 'Binding') return 'workloads'
    return operation === 'CREATE' ? 'mutate' : 'validate'
  }

  test('pods of the corpus: server and command say the same, byte by byte', async () => {
    const file = join(await temporaryFolder(), 'pods.json')
    // Kubernetes wants a name, and a file wants no two of one name
    const pods = API_SERVER_CASES.map(({ pod }, index) => ({
      ...pod,
      metadata: { ...(pod['metadata'] as object), name: `web-${index}` },
    }))
    await writeFile(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: pods }))
    const result = JSON.parse(await review(['-f', file, ...state, '-o', 'json'])) as ReviewResult
    const commands = result.items.map(said)
    expect(commands).toHaveLength(pods.length)
    for (const [index, object] of pods.entries()) {
      const server = await ask(app, JSON.stringify(aReview({ object })), 'mutate')
      expect(commands[index], API_SERVER_CASES[index]?.name).toEqual(server)
    }
  })
})
