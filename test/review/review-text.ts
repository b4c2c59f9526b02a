import { settingsOf } from '../../src/cli/world/world-options.ts'
import { SERVICE_NAMESPACE } from '../../src/core/vocabulary.ts'
import { makeResult, type ReviewItem, type ReviewResult } from '../../src/review/result.ts'
import {
  isReviewable,
  reviewManifest,
  type Reviewed,
  type ReviewContext,
} from '../../src/review/review-manifest.ts'
import { NOW } from '../core/a-question.ts'
import { buildSnapshot } from '../../src/state/build-snapshot.ts'
import { isState } from '../../src/state/state-store.ts'
import type { Manifest } from '../../src/state/manifest.ts'
import { parseManifests } from '../../src/state/parse-manifests.ts'

/** An instance in namespace shop that nothing is to be said of: orders, or another app-id. */
export function instanceYaml(appId = 'orders'): string {
  return `apiVersion: apps/v1
kind: DaemonSet
metadata: {name: ${appId}, namespace: shop, labels: {shared.dapr.io/instance: "true"}}
spec:
  template:
    metadata: {labels: {instance: ${appId}}}
    spec:
      containers:
      - name: daprd
        args: [--app-id=${appId}, --enable-mtls=true, --disable-builtin-k8s-secret-store=true]
        env: [{name: DAPR_API_TOKEN, valueFrom: {secretKeyRef: {name: ${appId}, key: token}}}]
---
apiVersion: v1
kind: Service
metadata: {name: ${appId}-dapr, namespace: shop}
spec: {selector: {instance: ${appId}}, internalTrafficPolicy: Local, ports: [{port: 3500}, {name: grpc, port: 50001}]}
`
}

const STATE = parseManifests(instanceYaml(), 'state.yaml').manifests

export function contextOf(manifests: readonly Manifest[] = STATE): ReviewContext {
  const { inventory, policies, facts } = buildSnapshot(manifests.filter(isState), {
    defaultNamespace: 'default',
    clusterDomain: 'cluster.local',
  })
  const settings = settingsOf({ state: [], clusterDomain: 'cluster.local', ownNamespace: SERVICE_NAMESPACE })
  const known = { inventory, policies, settings, now: NOW }
  return { known, facts, defaultNamespace: 'default', signal: AbortSignal.timeout(10_000) }
}

/** Everything that can be decided about in a text, against the instance orders in shop. */
export function reviewAll(text: string, context = contextOf()): Promise<Reviewed[]> {
  const { manifests } = parseManifests(text, 'input.yaml')
  return Promise.all(manifests.filter(isReviewable).map((manifest) => reviewManifest(manifest, context)))
}

export async function resultOf(text: string): Promise<ReviewResult> {
  return makeResult(
    (await reviewAll(text)).map(({ item }) => item),
    [],
  )
}

export async function itemOf(text: string): Promise<ReviewItem> {
  const [item, ...more] = (await resultOf(text)).items
  if (item === undefined || more.length > 0) throw new Error('wanted one item')
  return item
}

/** A pod in namespace shop, in one line. */
export function podYaml(name: string, annotations: string, spec = '{containers: [{name: app}]}'): string {
  return `{apiVersion: v1, kind: Pod, metadata: {name: ${name}, namespace: shop, annotations: ${annotations}}, spec: ${spec}}\n`
}
