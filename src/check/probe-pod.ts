import type { Instance } from '../core/instance.ts'
import type { JsonObject } from '../core/pod.ts'
import { ANNOTATION } from '../core/vocabulary.ts'

/** Where the dry-run pod is asked for, and what it asks. */
export interface Target {
  readonly namespace: string
  readonly appId: string
}

/** No instance has this app-id: that it is refused shows that the path works, too. */
export const NO_INSTANCE = 'dapr-shared-check'

/**
 * A namespace that has an instance, as there the whole of the answer can be seen; else `default`, where a refusal is expected.
 *
 * @param wanted the namespace that was named; none for any
 */
export function chooseTarget(
  instances: readonly Pick<Instance, 'namespace' | 'appId' | 'readiness'>[],
  excluded: ReadonlySet<string>,
  wanted: string | undefined,
): Target {
  const candidates = instances
    .filter(({ namespace }) => (wanted === undefined ? !excluded.has(namespace) : namespace === wanted))
    .toSorted((a, b) => Number(isReady(b)) - Number(isReady(a)) || (keyOf(a) < keyOf(b) ? -1 : 1))
  const [first] = candidates
  return first === undefined
    ? { namespace: wanted ?? 'default', appId: NO_INSTANCE }
    : { namespace: first.namespace, appId: first.appId }
}

function isReady({ readiness }: Pick<Instance, 'readiness'>): boolean {
  return readiness.known && readiness.ready > 0
}

function keyOf({ namespace, appId }: Target): string {
  return `${namespace}/${appId}`
}

/**
 * A pod that passes the restricted Pod Security Standard and small quotas. It is asked for with a dry run alone, so its image is
 * pulled by nobody.
 *
 * @param appId empty for a pod that does not ask
 */
export function probePod({ namespace, appId }: Target): JsonObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      generateName: 'dapr-shared-check-',
      namespace,
      annotations: appId === '' ? {} : { [ANNOTATION.shared]: appId },
    },
    spec: {
      restartPolicy: 'Never',
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      securityContext: { runAsNonRoot: true, runAsUser: 65_534, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [
        {
          name: 'app',
          image: 'registry.k8s.io/pause:3.10',
          resources: {
            requests: { cpu: '1m', memory: '8Mi' },
            limits: { cpu: '10m', memory: '16Mi' },
          },
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'] },
          },
        },
      ],
    },
  }
}
