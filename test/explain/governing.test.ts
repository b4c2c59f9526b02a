import { expect, test } from 'vitest'
import { reviewWithGoverning } from '../../src/explain/governing.ts'
import { buildSnapshot } from '../../src/state/build-snapshot.ts'
import { parseManifests } from '../../src/state/parse-manifests.ts'
import { instance, pod } from '../cli/run.ts'
import { settings } from '../core/builders.ts'

const policy = (name: string, match: string): string => `
apiVersion: shared.dapr.io/v1alpha1
kind: DaprSharedPolicy
metadata: {name: ${name}}
spec: {match: ${match}, rules: {strategies: {allowed: [DaemonSet]}}}
`
const STATE = [
  instance('order'),
  policy('all', '{excludeNamespaces: [elsewhere]}'),
  policy('billing', '{appIds: [billing]}'),
  policy('deployments', '{workloadKinds: [Deployment]}'),
].join('---')

async function governing(object: string): Promise<readonly string[]> {
  const { inventory, policies, facts } = buildSnapshot(parseManifests(STATE, 'state.yaml').manifests, {
    defaultNamespace: 'default',
    clusterDomain: 'cluster.local',
  })
  const [manifest] = parseManifests(object, 'pod.yaml').manifests
  if (manifest === undefined) throw new Error('no object')
  const answer = await reviewWithGoverning(manifest, {
    known: { inventory, policies, settings: settings(), now: 0 },
    facts,
    defaultNamespace: 'shop',
    signal: AbortSignal.timeout(10_000),
  })
  expect(answer.reviewed.item.object.name).toBe('app')
  return answer.policies
}

const DEPLOYMENT = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: app, namespace: shop}
spec: {template: {metadata: {annotations: {dapr.io/shared: billing}}, spec: {containers: [{name: app}]}}}
`
const PLAIN = pod('order').replace(', annotations: {dapr.io/shared: order}', '')

test.for([
  ['a pod', pod('order'), ['all']],
  ['a workload of the kind and app-id', DEPLOYMENT, ['all', 'billing', 'deployments']],
  ['a pod that does not ask', PLAIN, []],
  ['a pod of a namespace that is not served', pod('order', { namespace: 'kube-system' }), []],
  ['a pod of a namespace that one leaves out', pod('order', { namespace: 'elsewhere' }), []],
] as const)('%s is governed by the policies whose match fits', async ([, object, wanted]) => {
  expect(await governing(object)).toEqual(wanted)
})
