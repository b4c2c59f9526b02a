import type { Labels } from '../core/policy.ts'
import type { NamespaceFacts } from '../core/cluster-facts.ts'
import { objectOr } from '../core/cluster-facts.ts'
import { isDnsLabel } from '../core/dns-names.ts'
import { objectsOf } from '../discovery/loose.ts'
import { makeRateLimits } from '../discovery/rate-limit.ts'
import { recognizeNamespace } from '../discovery/recognize.ts'
import type { KubeClient } from '../kube/kube-client.ts'
import { makeAnswerCache, type AskingOptions } from './answer-cache.ts'
import { FactUnavailable, NoSuchNamespace } from './fact-source.ts'

export interface NamespaceLabelsOptions extends AskingOptions {
  /** what the watch shows */
  readonly watched: (namespace: string) => NamespaceFacts | undefined
}

export const DEFAULT_NAMESPACE_RATES = {
  all: { perSecond: 20, burst: 60 },
  namespace: { perSecond: 2, burst: 4 },
}

/** Until the watch shows it; then the watch tells. */
const HOLDS_MS = 1000
const SIZE = 1000
const ASK_MS = 4000

export interface NamespaceLabels {
  peek(namespace: string): Labels | undefined
  /** @throws FactUnavailable where there is no such namespace, or nobody answers */
  get(namespace: string, signal: AbortSignal): Promise<Labels>
}

/** The labels of a namespace, also of one that was made a moment ago and that the watch does not show yet. */
export function makeNamespaceLabels({
  client,
  watched,
  rates,
  clock,
}: NamespaceLabelsOptions): NamespaceLabels {
  const allowed = makeRateLimits(rates, clock)
  const live = makeAnswerCache<string, Labels>({
    describe: (namespace) => `the labels of namespace ${namespace}`,
    keyOf: (namespace) => namespace,
    allowed,
    holdsMs: HOLDS_MS,
    size: SIZE,
    askMs: ASK_MS,
    clock,
    ask: (namespace, signal) => readLabels(client, namespace, signal),
  })
  const peek = (namespace: string): Labels | undefined => watched(namespace)?.labels ?? live.peek(namespace)
  return { peek, get: async (namespace, signal) => peek(namespace) ?? live.get(namespace, signal) }
}

/** By a list, as the rights to list and watch are there already, and a field selector makes one object of it. */
async function readLabels(client: KubeClient, namespace: string, signal: AbortSignal): Promise<Labels> {
  if (!isDnsLabel(namespace)) throw new FactUnavailable('no namespace can be called so')
  const query = { fieldSelector: `metadata.name=${namespace}` }
  const list = objectOr(await client.get('/api/v1/namespaces', { query, signal }))
  const [first] = objectsOf(list['items'])
  const facts = recognizeNamespace(first)
  if (facts?.name !== namespace) throw new NoSuchNamespace(`there is no namespace ${namespace}`)
  return facts.labels
}
