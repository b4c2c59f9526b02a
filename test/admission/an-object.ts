import { readFileSync } from 'node:fs'
import type { HandlerParts } from '../../src/admission/handle.ts'
import type { Consumers } from '../../src/core/facts.ts'
import type { Policy } from '../../src/core/policy.ts'
import type { FactSource } from '../../src/facts/fact-source.ts'
import { parseManifests } from '../../src/state/parse-manifests.ts'
import { makeStateStore } from '../../src/state/state-store.ts'
import { policySet, someFacts } from '../core/a-question.ts'
import { clusterFile } from '../corpus/read-cluster.ts'
import { aReview } from './a-review.ts'

/** The cluster "shop" as a server knows it, with policies of its own. */
export function shopWith(...policies: readonly Policy[]): ReturnType<HandlerParts['known']> {
  const store = makeStateStore('cluster.local')
  store.add(parseManifests(readFileSync(clusterFile('shop'), 'utf8'), 'shop.yaml').manifests, 'default')
  const { inventory, preview } = store.snapshot()
  return { inventory, policies: policySet(...policies), preview }
}

/** An object of the cluster "shop", as the API server has it. */
export function inShop(kind: string, name: string): Record<string, unknown> {
  const { manifests } = parseManifests(readFileSync(clusterFile('shop'), 'utf8'), 'shop.yaml')
  const found = manifests.find((one) => one.kind === kind && one.name === name && one.namespace === 'shop')
  if (found === undefined) throw new Error(`no ${kind} ${name}`)
  return structuredClone(found.object)
}

/** Facts of a cluster in which so many pods of one workload use each instance. */
export function usedBy(pods: number): FactSource {
  const value: Consumers = { pods, workloads: new Map(pods > 0 ? [['shop/Deployment/web', pods]] : []) }
  const facts = someFacts({ consumers: () => ({ known: true, value }) })
  return { peek: () => facts, gather: async () => facts }
}

/** A Deployment of namespace shop whose pods ask for an app-id. */
export function aDeployment(appId: string, metadata: object = {}, template: object = {}): object {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'shop', ...metadata },
    spec: {
      selector: { matchLabels: { app: 'web' } },
      template: {
        metadata: { labels: { app: 'web' }, annotations: { 'dapr.io/shared': appId }, ...template },
        spec: { containers: [{ name: 'app', image: 'acme/web:1' }] },
      },
    },
  }
}

/** A review of an object that is no pod. */
export function reviewOf(
  operation: 'CREATE' | 'UPDATE' | 'DELETE',
  {
    object = null,
    oldObject = null,
    username = 'alice',
  }: { object?: unknown; oldObject?: unknown; username?: string },
): Record<string, unknown> {
  const shown = (object ?? oldObject) as { apiVersion: string; kind: string; metadata: { name: string } }
  const [group = '', version] = shown.apiVersion.includes('/')
    ? shown.apiVersion.split('/')
    : ['', shown.apiVersion]
  const review = aReview({
    uid: 'aa11',
    operation,
    name: shown.metadata.name,
    kind: { group, version, kind: shown.kind },
    resource: { group, version, resource: `${shown.kind.toLowerCase()}s` },
    object,
    oldObject,
  })
  return { ...review, request: { ...(review['request'] as object), userInfo: { username } } }
}
