import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { Agent, request } from 'undici'
import type { TestCluster } from '../../cluster/attach.ts'
import { injectedWith, injectionOf, type KnownInstance } from './expected.ts'
import { enter, newLedger, tellLedger, type Ledger } from './load-ledger.ts'
import { judgeCall, type Attempt } from './load-outcome.ts'
import { pathOfAll, type KubeObject } from './objects.ts'
import { aPod, storedPod } from './pods.ts'

export interface LoadOptions {
  readonly cluster: TestCluster
  readonly namespace: string
  readonly instance: KnownInstance
  /** pods a second that ask for the instance */
  readonly asking: number
  /** pods a second that do not ask for anything */
  readonly plain: number
}

/** Dry-run creates of pods through the API server at a steady pace, whether or not earlier ones were answered. */
export interface Load extends AsyncDisposable {
  readonly asking: Ledger
  readonly plain: Ledger
  /**
   * While `work` runs the API server itself is down: calls that overlap it, and that got no answer of a webhook or an API
   * server that serves, are set aside.
   */
  whileApiServerIsDown<Result>(work: () => Promise<Result>): Promise<Result>
  /** resolves after `count` more calls were answered as they should be */
  advance(count: number): Promise<void>
  /** ends it, and resolves when all calls are answered */
  stop(): Promise<void>
}

const TICK_MS = 20
const CALL_TIMEOUT_MS = 40_000
// a machine that is busy otherwise sends fewer, and does not measure its own queue
const MOST_UNDER_WAY = { asking: 40, plain: 8 }
const MOST_LOST = 5000

export function startLoad({ cluster, namespace, instance, asking, plain }: LoadOptions): Load {
  const agent = new Agent({
    connect: { ca: readFileSync(cluster.caFile, 'utf8') },
    allowH2: false,
    connections: MOST_UNDER_WAY.asking + MOST_UNDER_WAY.plain,
  })
  const ledgers = { asking: newLedger(), plain: newLedger() }
  const askingPod = { ...aPod('', instance.appId), metadata: asks(instance.appId) }
  const plainPod = { ...aPod('', undefined), metadata: { generateName: 'plain-' } }
  const wantedInjection = injectedWith(instance)
  const began = performance.now()
  const outages: { from: number; until: number }[] = []
  const underWay = { asking: new Set<Promise<void>>(), plain: new Set<Promise<void>>() }
  const stop = new AbortController()

  const send = async (kind: 'asking' | 'plain'): Promise<void> => {
    const attempt = await attemptCreate(kind === 'asking' ? askingPod : plainPod)
    const isRight = kind === 'asking' ? isInjected : isUntouched
    const outcome = judgeCall(attempt, isRight, outages)
    enter(ledgers[kind], outcome, attempt, began)
  }
  const attemptCreate = async (pod: KubeObject): Promise<Attempt> => {
    const start = performance.now()
    try {
      const answer = await request(`${cluster.url}${pathOfAll(pod, namespace)}?dryRun=All`, {
        method: 'POST',
        dispatcher: agent,
        headers: { authorization: `Bearer ${cluster.adminToken}`, 'content-type': 'application/json' },
        body: JSON.stringify(pod),
        headersTimeout: CALL_TIMEOUT_MS,
        bodyTimeout: CALL_TIMEOUT_MS,
      })
      const text = await answer.body.text()
      return { began: start, ended: performance.now(), status: answer.statusCode, message: text }
    } catch (error) {
      const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
      return { began: start, ended: performance.now(), status: undefined, message }
    }
  }
  const isInjected = (text: string): boolean =>
    isDeepStrictEqual(injectionOf(storedPod.parse(JSON.parse(text))), wantedInjection)
  const isUntouched = (text: string): boolean => !text.includes('DAPR_') && !text.includes('shared.dapr.io')

  const pacing = (async () => {
    const due = { asking: 0, plain: 0 }
    const rates = { asking, plain }
    let before = performance.now()
    while (!stop.signal.aborted) {
      const now = performance.now()
      for (const kind of ['asking', 'plain'] as const) {
        // a machine that slept for a while does not send all of it at once
        due[kind] = Math.min(due[kind] + (rates[kind] * (now - before)) / 1000, rates[kind] / 5 + 1)
        for (; due[kind] >= 1 && underWay[kind].size < MOST_UNDER_WAY[kind]; due[kind] -= 1) {
          const call = send(kind).finally(() => underWay[kind].delete(call))
          underWay[kind].add(call)
        }
      }
      before = now
      await sleep(TICK_MS, undefined, { signal: stop.signal }).catch(() => undefined)
    }
  })()

  const load: Load = {
    ...ledgers,
    async whileApiServerIsDown(work) {
      const outage = { from: performance.now(), until: Infinity }
      outages.push(outage)
      try {
        return await work()
      } finally {
        outage.until = performance.now()
      }
    },
    async advance(count) {
      const goal = ledgers.asking.counts.right + count
      while (ledgers.asking.counts.right < goal && !stop.signal.aborted) {
        const { sent, counts } = ledgers.asking
        if (sent - counts.right > MOST_LOST)
          throw new Error(`hardly anything succeeds: ${tellLedger('asking', load.asking)}`)
        await sleep(TICK_MS)
      }
    },
    async stop() {
      stop.abort()
      await pacing
      await Promise.all([...underWay.asking, ...underWay.plain])
      await agent.destroy()
    },
    [Symbol.asyncDispose]: () => load.stop(),
  }
  return load
}

function asks(appId: string): KubeObject['metadata'] {
  return { generateName: 'asking-', annotations: { 'dapr.io/shared': appId } }
}
