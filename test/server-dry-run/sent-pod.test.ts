import { describe, expect, test } from 'vitest'
import { claimOf, newestMade, ownerKindOf } from '../../src/server-dry-run/owner-claim.ts'
import { sentPod, withGeneratedName } from '../../src/server-dry-run/sent-pod.ts'
import { parseManifests } from '../../src/state/parse-manifests.ts'
import type { Manifest } from '../../src/state/manifest.ts'

const manifest = (yaml: string): Manifest => {
  const [first] = parseManifests(yaml, 'f.yaml').manifests
  if (first === undefined) throw new Error('no manifest')
  return first
}

describe('the pod that is sent', () => {
  test('of a pod that was taken out of a cluster has nothing that a server wrote', () => {
    const sent = sentPod(
      manifest(`
apiVersion: v1
kind: Pod
metadata:
  name: app
  uid: 1-2
  resourceVersion: "7"
  creationTimestamp: "2026-01-01T00:00:00Z"
  managedFields: [{manager: x}]
  labels: {a: b}
  annotations: {dapr.io/shared: order}
spec: {containers: [{name: app, image: app}], ephemeralContainers: [{name: debugger, image: sh}]}
status: {phase: Running}
`),
      'shop',
      undefined,
    )
    expect(sent).toEqual({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name: 'app',
        namespace: 'shop',
        labels: { a: 'b' },
        annotations: { 'dapr.io/shared': 'order' },
      },
      spec: { containers: [{ name: 'app', image: 'app' }] },
    })
    expect(withGeneratedName(sent)).toMatchObject({ metadata: { generateName: 'app-', namespace: 'shop' } })
    expect(withGeneratedName(sent)['metadata']).not.toHaveProperty('name')
  })

  test('of a workload is what its controller makes: no name of the template, its labels and annotations', () => {
    const sent = sentPod(
      manifest(`
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, uid: d-1}
spec:
  template:
    metadata: {name: odd, namespace: elsewhere, labels: {app: web}, annotations: {dapr.io/shared: order}}
    spec: {containers: [{name: app, image: app}]}
`),
      'shop',
      {
        reference: { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web-1', uid: 'r-1', controller: true },
        labels: { app: 'old', 'pod-template-hash': '1' },
      },
    )
    expect(sent['metadata']).toEqual({
      generateName: 'web-',
      namespace: 'shop',
      labels: { app: 'web', 'pod-template-hash': '1' },
      annotations: { 'dapr.io/shared': 'order' },
      ownerReferences: [
        { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web-1', uid: 'r-1', controller: true },
      ],
    })
  })

  test('of a StatefulSet has the volumes of its claims, or its mounts would lead nowhere', () => {
    const sent = sentPod(
      manifest(`
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  volumeClaimTemplates: [{metadata: {name: data}}]
  template:
    spec:
      volumes: [{name: data, emptyDir: {}}, {name: config, emptyDir: {}}]
      containers: [{name: app, image: app, volumeMounts: [{name: data, mountPath: /d}]}]
`),
      'shop',
      undefined,
    )
    expect(sent['spec']).toMatchObject({
      volumes: [{ name: 'config' }, { name: 'data', persistentVolumeClaim: { claimName: 'data-db-0' } }],
    })
  })
})

describe('the owner that a pod claims', () => {
  const replicaSet = (name: string, controller: string, created: string): object => ({
    metadata: {
      name,
      uid: `uid-${name}`,
      creationTimestamp: created,
      ownerReferences: [
        { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', uid: controller, controller: true },
      ],
    },
    spec: { selector: { matchLabels: { app: 'web', 'pod-template-hash': name } } },
  })

  test('is the newest that the workload made, and none of a namesake', () => {
    const kind = ownerKindOf('Deployment')
    if (kind?.via === undefined) throw new Error('a Deployment makes ReplicaSets')
    const newest = newestMade(kind, { metadata: { uid: 'd-1' } }, [
      replicaSet('old', 'd-1', '2026-01-01T00:00:00Z'),
      replicaSet('new', 'd-1', '2026-02-01T00:00:00Z'),
      replicaSet('other', 'd-0', '2026-03-01T00:00:00Z'),
    ])
    expect(claimOf(kind.via, newest)).toEqual({
      reference: { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'new', uid: 'uid-new', controller: true },
      labels: { app: 'web', 'pod-template-hash': 'new' },
    })
    expect(newestMade(kind, { metadata: { uid: 'd-9' } }, [replicaSet('old', 'd-1', '2026')])).toBeUndefined()
  })
})
