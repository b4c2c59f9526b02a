/** A generated set of Dapr Shared instances, spread evenly over namespaces. */
export interface Fleet {
  readonly instances: number
  readonly namespaces: number
  /** what governs its consumers; none where there is no policy */
  readonly governed?: Governed
  /** pods that use the instances, spread evenly over them; one workload for each instance */
  readonly pods?: number
}

/** The policies of a fleet. */
export interface Governed {
  /** policies that govern every pod of the benchmark, and others that govern none */
  readonly matching: number
  readonly others?: number
  /**
   * `kept`: nothing that they demand is missing; `recorded`: something is, which a policy in its roll-out only records, or
   * an exception excuses; `broken`: nearly everything is; `bounds`: as `kept`, with every list as long as it may be
   */
  readonly demands: 'kept' | 'recorded' | 'broken' | 'bounds'
  /** some ask whether the ServiceAccount may use the instance, which only a cluster can answer */
  readonly rbac?: true
}

export function appIdOf(index: number): string {
  return `app-${index}`
}

export function namespaceOf(index: number, { namespaces }: Fleet): string {
  return `team-${index % namespaces}`
}

/** The DaemonSet that the dapr-shared chart makes with its default values, as an API server lists it. */
export function daemonSetOf(index: number, fleet: Fleet): object {
  const appId = appIdOf(index)
  const labels = selectorLabels(appId)
  const spec = {
    selector: { matchLabels: labels },
    template: {
      metadata: {
        annotations: { 'dapr.io/app-id': appId },
        labels: { ...labels, 'dapr.io/app-id': appId },
      },
      spec: {
        initContainers: [
          {
            name: 'shared-init-container',
            image: 'docker.io/daprio/dapr-shared:0.0.15',
            args: ['init', `--config-map=${appId}-shared-cm`],
          },
        ],
        containers: [daprdOf(appId)],
        restartPolicy: 'Always',
        dnsPolicy: 'ClusterFirst',
        schedulerName: 'default-scheduler',
        serviceAccountName: workloadNameOf(appId),
      },
    },
  }
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: metadataOf(workloadNameOf(appId), index, fleet, spec),
    spec,
    status: { desiredNumberScheduled: 3, currentNumberScheduled: 3, numberReady: 3, numberMisscheduled: 0 },
  }
}

/** The Service in front of it. */
export function serviceOf(index: number, fleet: Fleet): object {
  const appId = appIdOf(index)
  const port = (name: string, number: number): object => ({
    name,
    port: number,
    targetPort: number,
    protocol: 'TCP',
  })
  const spec = {
    type: 'ClusterIP',
    selector: selectorLabels(appId),
    internalTrafficPolicy: 'Cluster',
    ipFamilies: ['IPv4'],
    ports: [
      port('dapr-http', 3500),
      port('dapr-grpc', 50001),
      port('dapr-internal', 50002),
      port('dapr-metrics', 9090),
    ],
  }
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: metadataOf(`${appId}-dapr`, index, fleet, spec),
    spec,
  }
}

function daprdOf(appId: string): object {
  const fromField = (name: string, fieldPath: string): object => ({
    name,
    valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath } },
  })
  const probe = { httpGet: { path: '/v1.0/healthz', port: 'public-http', scheme: 'HTTP' }, periodSeconds: 10 }
  return {
    name: 'daprd',
    image: 'docker.io/daprio/daprd:1.15.7',
    imagePullPolicy: 'IfNotPresent',
    args: [
      '/daprd',
      '--mode=kubernetes',
      '--log-level=info',
      '--log-as-json=true',
      '--dapr-http-port=3500',
      '--dapr-grpc-port=50001',
      '--dapr-internal-grpc-port=50002',
      '--dapr-listen-addresses=0.0.0.0',
      '--dapr-public-port=3501',
      `--app-id=${appId}`,
      '--app-port=0',
      '--app-protocol=http',
      '--control-plane-address=dapr-api.dapr-system.svc.cluster.local:80',
      '--placement-host-address=dapr-placement-server.dapr-system.svc.cluster.local:50005',
      '--sentry-address=dapr-sentry.dapr-system.svc.cluster.local:80',
      '--enable-metrics',
      '--metrics-port=9090',
      '--enable-mtls=false',
    ],
    env: [
      { name: 'DAPR_CONTROLPLANE_NAMESPACE', value: 'dapr-system' },
      {
        name: 'DAPR_API_TOKEN',
        valueFrom: { secretKeyRef: { name: workloadNameOf(appId), key: 'dapr-api-token' } },
      },
      fromField('NAMESPACE', 'metadata.namespace'),
      fromField('POD_NAME', 'metadata.name'),
    ],
    ports: [
      { name: 'http', containerPort: 3500, protocol: 'TCP' },
      { name: 'grpc', containerPort: 50001, protocol: 'TCP' },
      { name: 'public-http', containerPort: 3501, protocol: 'TCP' },
    ],
    livenessProbe: probe,
    readinessProbe: probe,
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
  }
}

function workloadNameOf(appId: string): string {
  return `${appId}-dapr-shared-chart`
}

/** In the order of an API server, which sorts the keys of maps. */
function selectorLabels(appId: string): Record<string, string> {
  return { 'app.kubernetes.io/instance': appId, 'app.kubernetes.io/name': 'dapr-shared-chart' }
}

function metadataOf(name: string, index: number, fleet: Fleet, spec: object): object {
  return {
    name,
    namespace: namespaceOf(index, fleet),
    uid: `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`,
    resourceVersion: String(index + 1),
    creationTimestamp: '2026-11-21T06:38:45Z',
    labels: { ...selectorLabels(appIdOf(index)), 'helm.sh/chart': 'dapr-shared-chart-0.0.16' },
    managedFields: [
      { manager: 'helm', operation: 'Update', fieldsType: 'FieldsV1', fieldsV1: fieldsOf(spec) },
    ],
  }
}

/** Field ownership as API servers keep it: a third of what an object weighs. */
function fieldsOf(value: unknown): object {
  if (typeof value !== 'object' || value === null) return {}
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [`f:${key}`, fieldsOf(child)]))
}
