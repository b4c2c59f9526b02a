import { decideReview } from '../src/admission/decide-review.ts'
import { decodeReview, encodeReview, type Review } from '../src/admission/review.ts'
import { patchProblem } from '../src/core/check-patch.ts'
import { needsFacts, type Decision } from '../src/core/decision.ts'
import { toJsonPatch } from '../src/core/json-patch.ts'
import type { JsonObject, Pod } from '../src/core/pod.ts'
import { recognizeNamespace } from '../src/discovery/recognize.ts'
import { makeConsumerIndex } from '../src/facts/consumers.ts'
import type { FactSource } from '../src/facts/fact-source.ts'
import { gatherAndDecide } from '../src/facts/gather-and-decide.ts'
import { openClusterFacts } from '../src/facts/open-cluster-facts.ts'
import type { KubeClient } from '../src/kube/kube-client.ts'
import { compilePolicy } from '../src/policy/compile.ts'
import { makePolicyStore, type PolicyStore } from '../src/policy/policy-store.ts'
import { answerOf, writtenOf } from './cluster.ts'
import { namespaceObjectOf, podOf } from './consumers.ts'
import type { Fleet, Governed } from './fleet.ts'
import { exceptionOf, grantOf, policyCount, policyOf } from './policies.ts'
import { reviewBodies, SETTINGS, storeOf } from './reviews.ts'
import { formatTable, round } from './table.ts'
import { timeEach, type Times } from './time-each.ts'

/** What policies cost inside the process. */
export interface PolicyTimes {
  readonly name: string
  readonly times: Times
  /** the policies that govern a pod, where a pod is decided */
  readonly matching: number | undefined
  readonly answer: string
}

const FLEET: Fleet = { instances: 1000, namespaces: 100, pods: 50_000 }

const CASES: readonly (readonly [name: string, governed: Governed | undefined])[] = [
  ['no policy', undefined],
  ['10 policies', { matching: 10, demands: 'recorded', rbac: true }],
  ['50 policies', { matching: 50, demands: 'recorded', rbac: true }],
  ['50 policies, all broken', { matching: 50, demands: 'broken' }],
  ['1,000 policies, 10 of them match', { matching: 10, others: 990, demands: 'recorded', rbac: true }],
  ['1 policy, every list at its bound', { matching: 1, demands: 'bounds' }],
]

/** Times decisions, as {@link timeEach} does, with the facts that a cluster's watches and answers give. */
export async function measurePolicies(milliseconds: number): Promise<PolicyTimes[]> {
  const measured: PolicyTimes[] = []
  for (const [name, governed] of CASES) {
    const fleet: Fleet = governed === undefined ? FLEET : { ...FLEET, governed }
    measured.push({ name, matching: governed?.matching ?? 0, ...(await measureCase(fleet, milliseconds)) })
  }
  for (const demands of ['kept', 'bounds'] as const) {
    const policy = policyOf(0, { ...FLEET, governed: { matching: 1, demands } }) as JsonObject
    const { problems } = compilePolicy(policy)
    if (problems.length > 0) throw new Error(`the generated policy is invalid: ${JSON.stringify(problems)}`)
    measured.push({
      name: `to compile a policy${demands === 'bounds' ? ', every list at its bound' : ''}`,
      times: timeEach(milliseconds, () => void compilePolicy(policy)),
      matching: undefined,
      answer: '',
    })
  }
  return measured
}

export function policiesTable(measured: readonly PolicyTimes[]): string {
  return formatTable(
    ['policies, inside the process', 'p50 µs', 'p99 µs', 'calm p99', 'answer'],
    measured.map(({ name, times: { p50, p99, calmP99 }, answer }) => [
      name,
      round(p50, 1),
      round(p99, 1),
      round(calmP99),
      answer,
    ]),
  )
}

async function measureCase(
  fleet: Fleet,
  milliseconds: number,
): Promise<Pick<PolicyTimes, 'times' | 'answer'>> {
  const known = {
    inventory: storeOf(fleet).current(),
    policies: policiesOf(fleet).current(),
    settings: SETTINGS,
    now: Date.now(),
  }
  const facts = factsOf(fleet)
  const reviews = reviewBodies('injected', fleet).map((body) => decodeReview(JSON.parse(body)))
  const answers = new Set<string>()
  for (const review of reviews) {
    const { outcome, findings } = await gatherAndDecide(
      (read) => decideReview('mutate', review, known, read),
      facts,
      AbortSignal.timeout(10_000),
    )
    answers.add(`${outcome}, ${findings.length} findings`)
  }
  const times = timeEach(milliseconds, (turn) => {
    const review = reviews[turn % reviews.length]
    if (review === undefined) return
    const decision = decideReview('mutate', review, known, facts.peek)
    if (needsFacts(decision)) throw new Error('facts are missing that were gathered')
    encode(review, decision)
  })
  return { times, answer: [...answers].toSorted().join('; ') }
}

function encode(review: Review, decision: Decision): string {
  const pod = podIn(review)
  const patch = toJsonPatch(pod, decision.edits)
  patchProblem(pod, patch)
  return encodeReview(review.uid, decision, patch)
}

function podIn({ subject }: Review): Pod {
  if (subject.kind !== 'create') throw new Error('the recorded review creates a pod')
  return subject.pod
}

function policiesOf(fleet: Fleet): PolicyStore {
  const store = makePolicyStore()
  if (fleet.governed === undefined) return store
  for (let index = 0; index < policyCount(fleet); index++) {
    store.setPolicy(String(index), policyOf(index, fleet) as JsonObject)
  }
  for (let index = 0; index < fleet.namespaces; index++) {
    store.setGrant(`team-${index}`, 'grant', grantOf(index, fleet) as JsonObject)
    store.setException(`team-${index}`, 'exception', exceptionOf(index, fleet) as JsonObject)
  }
  return store
}

/** The program's own facts of a cluster, which asks the generated one. */
function factsOf(fleet: Fleet): FactSource {
  const namespaces = new Map(
    Array.from({ length: fleet.namespaces }, (_, index) => [
      `team-${index}`,
      recognizeNamespace(namespaceObjectOf(index)),
    ]),
  )
  const index = makeConsumerIndex()
  for (let pod = 0; pod < (fleet.pods ?? 0); pod++) index.change(undefined, index.read(podOf(pod, fleet)))
  // 14 ms for a question: within the limits of questions, and all of them hold when the last is answered; then time stands still
  let time = 0
  return openClusterFacts({
    client: clientOf(fleet, () => (time += 14)),
    clock: () => time,
    namespace: (name) => namespaces.get(name),
    consumers: (namespace, appId) => index.of(namespace, appId),
  })
}

function clientOf(fleet: Fleet, onQuestion: () => void): KubeClient {
  const write = async (path: string, body: unknown): Promise<object> => {
    onQuestion()
    return writtenOf(path, body)
  }
  return {
    server: 'generated',
    async get(path, { query = {} } = {}) {
      onQuestion()
      return answerOf(fleet, path, new URLSearchParams(query), false)
    },
    send: (_, path, body) => write(path, body),
    post: write,
    watch: () => Promise.reject(new Error('nothing is watched here')),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }
}
