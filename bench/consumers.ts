import { readFileSync } from 'node:fs'
import { appIdOf, namespaceOf, type Fleet } from './fleet.ts'
import { NAMESPACE_LABELS } from './policies.ts'

// The pods that use a fleet's instances, what makes them, and where they live.

/** The pod of a Deployment, recorded from kube-apiserver: 3.4 kB. */
export const RECORDED = new URL(
  '../test/fixtures/admission-reviews/005-create-pods-checkout-84c4b89d54-.json',
  import.meta.url,
)

interface RecordedPod {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: {
    readonly labels: Readonly<Record<string, string>>
    readonly ownerReferences: readonly [{ readonly name: string; readonly uid: string }]
    readonly [field: string]: unknown
  }
  readonly spec: object
}

const { object: recorded } = (
  JSON.parse(readFileSync(RECORDED, 'utf8')) as { request: { object: RecordedPod } }
).request

const [replicaSet] = recorded.metadata.ownerReferences
const DEPLOYMENT = { name: 'checkout', uid: '00000000-0000-4000-a000-000000000000' }

/** A pod that was injected, as an API server stores it. */
export function podOf(index: number, fleet: Fleet): object {
  const instance = index % fleet.instances
  const appId = appIdOf(instance)
  const namespace = namespaceOf(instance, fleet)
  const made = `${appId}-client-84c4b89d54`
  return {
    ...recorded,
    metadata: {
      ...recorded.metadata,
      name: `${made}-${String(index).padStart(5, '0')}`,
      generateName: `${made}-`,
      namespace,
      uid: `00000000-0000-4000-b000-${String(index).padStart(12, '0')}`,
      resourceVersion: String(index + 1),
      labels: {
        ...recorded.metadata.labels,
        'shared.dapr.io/app-id': appId,
        'shared.dapr.io/app-namespace': namespace,
      },
      ownerReferences: [{ ...replicaSet, name: made }],
    },
    status: { phase: 'Running' },
  }
}

/** What the pods of the reviews name as their owner. */
export function replicaSetOf(namespace: string): object {
  const metadata = { ...replicaSet, namespace, ownerReferences: [ownerOf('Deployment', DEPLOYMENT)] }
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata,
    spec: { selector: selecting('pod-template-hash') },
  }
}

export function deploymentOf(namespace: string): object {
  const metadata = { ...DEPLOYMENT, namespace }
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec: { selector: selecting('app') } }
}

export function namespaceObjectOf(index: number): object {
  const name = `team-${index}`
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: {
      name,
      uid: `00000000-0000-4000-9000-${String(index).padStart(12, '0')}`,
      resourceVersion: String(index + 1),
      labels: { 'kubernetes.io/metadata.name': name, ...NAMESPACE_LABELS },
    },
  }
}

function ownerOf(kind: string, { name, uid }: { name: string; uid: string }): object {
  return { apiVersion: 'apps/v1', kind, name, uid, controller: true, blockOwnerDeletion: true }
}

function selecting(label: string): object {
  return { matchLabels: { [label]: recorded.metadata.labels[label] } }
}
