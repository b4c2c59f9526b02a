import { randomUUID } from 'node:crypto'
import type { KubeObject } from './objects.ts'

/** What the API server would send for the creation of a pod. */
export function reviewOf(pod: KubeObject, namespace: string): object {
  return {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: randomUUID(),
      kind: { group: '', version: 'v1', kind: 'Pod' },
      resource: { group: '', version: 'v1', resource: 'pods' },
      operation: 'CREATE',
      namespace,
      userInfo: { username: 'system:admin' },
      object: { ...pod, metadata: { ...pod.metadata, namespace } },
      // a dry run would leave no trace in the metrics
      dryRun: false,
    },
  }
}
