import { onTestFinished } from 'vitest'
import {
  DEFAULT_REVIEW_LIMITS,
  makeReviewApi,
  PATH,
  type RequestEvent,
  type ReviewApiLimits,
  type ReviewApiParts,
} from '../../src/review-api/answer-request.ts'
import { anybody } from '../../src/review-api/callers.ts'
import { DEFAULT_LIMITS } from '../../src/admission/limits.ts'
import { makeAdmissionServer } from '../../src/admission/server.ts'
import { verdict } from '../../src/admission/reply.ts'
import { makeSettings } from '../../src/core/settings.ts'
import { buildSnapshot } from '../../src/state/build-snapshot.ts'
import { parseManifests } from '../../src/state/parse-manifests.ts'
import { testCertificates } from '../admission/a-server.ts'
import { openSocket, post, type RawAnswer } from '../admission/raw-socket.ts'
import { instance } from '../cli/run.ts'
import type { AddressInfo } from 'node:net'

export interface ApiParts extends Partial<Omit<ReviewApiParts, 'limits'>> {
  readonly limits?: Partial<ReviewApiLimits>
  /** manifests of the cluster; by default an instance `order` in `shop` */
  readonly state?: string
}

export interface RunningApi {
  readonly events: RequestEvent[]
  readonly port: number
  readonly ca: string
  /** one request on a connection of its own */
  readonly ask: (body: string, request?: AskParts) => Promise<RawAnswer>
}

export interface AskParts {
  readonly path?: string
  readonly headers?: Readonly<Record<string, string>>
}

export const YAML = { 'Content-Type': 'application/yaml' }

/** An admission server on 127.0.0.1 with the review API beside it, closed with the test. */
export async function runApi({
  limits,
  state = instance('order'),
  ...parts
}: ApiParts = {}): Promise<RunningApi> {
  const { ca, first } = await testCertificates()
  const { inventory, policies, facts } = snapshotOf(state)
  const events: RequestEvent[] = []
  const answer = makeReviewApi({
    known: () => ({ inventory, policies, settings: makeSettings([], 'dapr-shared-system'), now: 0 }),
    facts,
    identify: anybody,
    serves: () => true,
    isClosing: () => false,
    onAnswer: (event) => events.push(event),
    clock: () => performance.now(),
    yieldTurn: () => new Promise((resolve) => void setImmediate(resolve)),
    ...parts,
    limits: { ...DEFAULT_REVIEW_LIMITS, ...limits },
  })
  const app = makeAdmissionServer({
    certificate: first,
    handle: () => verdict('{"admitted":true}'),
    serves: () => true,
    isDraining: () => false,
    isClosing: () => false,
    onShed: () => undefined,
    limits: DEFAULT_LIMITS,
    sideDoor: { path: PATH, answer },
  })
  await app.listen({ host: '127.0.0.1', port: 0 })
  onTestFinished(() => {
    app.server.closeAllConnections()
    return app.close()
  })
  // a server that listens on a host and port has an address with both
  const { port } = app.server.address() as AddressInfo
  return { events, port, ca, ask: (body, request) => askOn({ port, ca }, body, request) }
}

export async function askOn(
  { port, ca }: { readonly port: number; readonly ca: string },
  body: string,
  { path = PATH, headers = {} }: AskParts = {},
): Promise<RawAnswer> {
  const socket = await openSocket(port, { ca })
  socket.send(...post(body, { path, headers: { ...YAML, ...headers } }))
  const [answer] = await socket.answers(1)
  socket.destroy()
  if (answer === undefined) throw new Error('no answer')
  return answer
}

export function snapshotOf(state: string) {
  const { manifests } = parseManifests(state, 'state')
  return buildSnapshot(manifests, { defaultNamespace: 'default', clusterDomain: 'cluster.local' })
}

export const errorOf = ({ body }: RawAnswer): { reason: string; message: string } =>
  (JSON.parse(body) as { error: { reason: string; message: string } }).error
