import type { JsonObject } from '../core/pod.ts'
import type { InstanceShorthand } from './schema.ts'

/** The objects that an instance's shorthand stands for; what it does not say is as it should be. */
export function makeInstance(instance: InstanceShorthand): JsonObject[] {
  const { appId, namespace, apiToken } = instance
  const objects = [workload(instance), service(instance)]
  if (!apiToken) return objects
  return [...objects, { apiVersion: 'v1', kind: 'Secret', metadata: { name: appId, namespace } }]
}

function workload({
  appId,
  namespace,
  strategy = 'DaemonSet',
  ready,
  apiToken,
}: InstanceShorthand): JsonObject {
  return {
    apiVersion: 'apps/v1',
    kind: strategy,
    metadata: { name: appId, namespace, labels: { 'shared.dapr.io/instance': 'true' } },
    spec: {
      selector: { matchLabels: labels(appId) },
      template: {
        metadata: { labels: labels(appId) },
        spec: {
          containers: [
            {
              name: 'daprd',
              image: 'docker.io/daprio/daprd:1.16.0',
              args: [
                `--app-id=${appId}`,
                '--dapr-http-port=3500',
                '--dapr-grpc-port=50001',
                '--enable-mtls=true',
                '--disable-builtin-k8s-secret-store=true',
              ],
              env: apiToken ? [{ name: 'DAPR_API_TOKEN', valueFrom: tokenOf(appId) }] : [],
            },
          ],
        },
      },
    },
    ...(ready === undefined ? {} : { status: statusOf(strategy, ready) }),
  }
}

function service({ appId, namespace, internalTrafficPolicy }: InstanceShorthand): JsonObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: `${appId}-dapr`, namespace },
    spec: {
      selector: labels(appId),
      ...(internalTrafficPolicy === undefined ? {} : { internalTrafficPolicy }),
      ports: [
        { name: 'dapr-http', port: 3500 },
        { name: 'dapr-grpc', port: 50_001 },
      ],
    },
  }
}

function labels(appId: string): JsonObject {
  return { 'shared-instance': appId }
}

function tokenOf(appId: string): JsonObject {
  return { secretKeyRef: { name: appId, key: 'dapr-api-token' } }
}

function statusOf(strategy: 'DaemonSet' | 'Deployment', ready: string): JsonObject {
  const [numberReady, wanted] = ready.split('/').map(Number)
  return strategy === 'DaemonSet'
    ? { numberReady, desiredNumberScheduled: wanted }
    : { readyReplicas: numberReady, replicas: wanted }
}
