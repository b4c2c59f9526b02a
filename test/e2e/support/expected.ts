import { envOf, type StoredPod } from './pods.ts'

/** An instance as its consumers know it; by default one of the current chart, installed with its app-id as release. */
export interface KnownInstance {
  readonly namespace: string
  readonly appId: string
  readonly strategy: 'daemonset' | 'deployment'
  readonly service: string
  readonly httpPort: number
  /** none where daprd has no token */
  readonly tokenSecret: string | undefined
}

export function knownInstance(
  namespace: string,
  appId: string,
  differences: Partial<KnownInstance> = {},
): KnownInstance {
  return {
    namespace,
    appId,
    strategy: 'daemonset',
    service: `${appId}-dapr`,
    httpPort: 3500,
    tokenSecret: `${appId}-dapr-shared-chart`,
    ...differences,
  }
}

/** The variables that an injected container begins with, in their order. */
export function variablesFor({ namespace, service, httpPort, tokenSecret }: KnownInstance): object[] {
  const host = `${service}.${namespace}.svc.cluster.local`
  return [
    { name: 'DAPR_HTTP_ENDPOINT', value: `http://${host}:${httpPort}` },
    { name: 'DAPR_GRPC_ENDPOINT', value: `http://${host}:50001` },
    ...(tokenSecret === undefined
      ? []
      : [
          {
            name: 'DAPR_API_TOKEN',
            valueFrom: { secretKeyRef: { name: tokenSecret, key: 'dapr-api-token' } },
          },
        ]),
  ]
}

/** The value of `dapr.io/shared-status`, to the letter. */
export function statusFor(
  { namespace, appId, strategy, service }: KnownInstance,
  containers: string[],
): string {
  return JSON.stringify({
    instance: `${namespace}/${appId}`,
    strategy,
    service: `${namespace}/${service}`,
    containers,
  })
}

/** What tells of an injection, to be compared at once: our marks, and the whole `env` of each container. */
export function injectionOf(pod: StoredPod): object {
  const { labels, annotations } = pod.metadata
  const containers = [...pod.spec.initContainers, ...pod.spec.containers]
  return {
    labels: Object.fromEntries(Object.entries(labels).filter(([key]) => key.startsWith('shared.dapr.io/'))),
    status: annotations['dapr.io/shared-status'],
    env: Object.fromEntries(containers.map(({ name }) => [name, envOf(pod, name)])),
  }
}

/** What {@link injectionOf} says of a pod whose `app` container alone uses the instance, and has `own` variables. */
export function injectedWith(instance: KnownInstance, own: readonly object[] = []): object {
  return {
    labels: labelsFor(instance),
    status: statusFor(instance, ['app']),
    env: { app: [...variablesFor(instance), ...own] },
  }
}

export function labelsFor({ appId, namespace }: Pick<KnownInstance, 'appId' | 'namespace'>): object {
  return { 'shared.dapr.io/app-id': appId, 'shared.dapr.io/app-namespace': namespace }
}
