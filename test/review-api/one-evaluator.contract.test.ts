import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { PATH } from '../../src/review-api/answer-request.ts'
import type { ReviewResult } from '../../src/review/result.ts'
import { runApp, type RunningApp } from '../admission/an-app.ts'
import { PATIENT } from '../admission/patience.ts'
import { post } from '../admission/raw-socket.ts'
import { run } from '../cli/run.ts'
import { API_SERVER_CASES } from '../corpus/api-server-cases.ts'
import { clusterFile } from '../corpus/read-cluster.ts'
import { YAML } from './an-api.ts'

/** The review API is a third door to the one decision: byte by byte what `review -o json` prints. */

vi.setConfig(PATIENT)

const ROOT = resolve(import.meta.dirname, '../..')
const RECORDED = join(ROOT, 'test/fixtures/admission-reviews')
const POLICIES = join(ROOT, 'deploy/examples/policies')
const STATES = [
  ['the corpus’ shop', [clusterFile('shop')]],
  ['the examples', [join(ROOT, 'deploy/examples/shop/instances.yaml')]],
  ['nothing', [clusterFile('nothing')]],
  ...readdirSync(POLICIES).map((name) => [`policies/${name}`, stateOf(join(POLICIES, name))] as const),
] as const

/** The state of an example; of several stages of one policy the last. */
function stateOf(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.yaml') && !/test|1-audit|2-warn/.test(name))
    .map((name) => join(folder, name))
}

const bodies: readonly (readonly [name: string, body: string])[] = [
  ...readdirSync(RECORDED).map((name) => [name, readFileSync(join(RECORDED, name), 'utf8')] as const),
  ['the applications', readFileSync(join(ROOT, 'deploy/examples/shop/applications.yaml'), 'utf8')],
  ['workloads of the policy examples', policyWorkloads().join('\n---\n')],
  // a list for each hundred: that many objects are one request
  ...[0, 100].map((from) => [`pods of the corpus from ${from}`, corpusPods(from, from + 100)] as const),
]

function policyWorkloads(): string[] {
  return readdirSync(POLICIES)
    .map((name) => join(POLICIES, name, 'workloads'))
    .flatMap((folder) => readdirSync(folder).map((file) => readFileSync(join(folder, file), 'utf8')))
}

function corpusPods(from: number, to: number): string {
  const items = API_SERVER_CASES.slice(from, to).map(({ pod }, index) => ({
    ...pod,
    metadata: { ...(pod['metadata'] as object), name: `web-${from + index}` },
  }))
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items })
}

describe.each(STATES)('on %s', (_name, paths) => {
  let app: RunningApp
  beforeAll(async () => {
    app = await runApp({ paths, settings: { logLevel: 'silent', reviewApi: 'loopback' } })
  })
  afterAll(() => app[Symbol.asyncDispose]())

  test('each body gets the bytes that the command prints', async () => {
    let reviewed = 0
    for (const [name, body] of bodies) {
      if (body.endsWith('"items":[]}')) continue
      const socket = await app.open()
      socket.send(...post(body, { path: PATH, headers: YAML }))
      const [answer] = await socket.answers(1)
      socket.destroy()
      const state = paths.flatMap((path) => ['--state', path])
      const { out, code } = await run(
        ['review', '-f', 'request', '--state-only', '--allow-empty', '-o', 'json', ...state],
        { files: { request: body } },
      )
      if (answer?.status === 400) {
        expect([code, out], `${name}: ${answer.body}`).toEqual([2, ''])
        continue
      }
      reviewed += 1
      expect(answer?.status, `${name}: ${answer?.body}`).toBe(200)
      const command = JSON.stringify(JSON.parse(out) as ReviewResult)
      expect(Buffer.from(answer?.body ?? '', 'latin1').toString('utf8'), name).toBe(command)
    }
    expect(reviewed).toBeGreaterThan(bodies.length / 2)
  })
})
