import { NAME, POD_SELECTOR } from './names.ts'

export interface WorkloadOptions {
  readonly namespace: string
  readonly image: string
  readonly labels: Readonly<Record<string, string>>
  /** whether the review API is served */
  readonly reviewApi: boolean
  readonly certificate: { readonly certPem: string; readonly keyPem: string; readonly caPem: string }
}

const CERTIFICATE_DIR = '/etc/dapr-shared/certs'
const ADMISSION_PORT = 8443
const OPS_PORT = 8080

/** The service itself: its certificate, two replicas, and what keeps one of them up. */
export function serviceObjects(options: WorkloadOptions): object[] {
  return [certificateSecret(options), deployment(options), service(options), disruptionBudget(options)]
}

export function namespaceObject({
  namespace,
  labels,
}: Pick<WorkloadOptions, 'namespace' | 'labels'>): object {
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: namespace, labels: { ...labels, 'pod-security.kubernetes.io/enforce': 'restricted' } },
  }
}

function certificateSecret({ namespace, labels, certificate }: WorkloadOptions): object {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: NAME, namespace, labels },
    type: 'kubernetes.io/tls',
    stringData: {
      'tls.crt': certificate.certPem,
      'tls.key': certificate.keyPem,
      'ca.crt': certificate.caPem,
    },
  }
}

function deployment({ namespace, labels, image, reviewApi }: WorkloadOptions): object {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: NAME, namespace, labels },
    spec: {
      replicas: 2,
      selector: { matchLabels: POD_SELECTOR },
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      template: {
        metadata: { labels },
        spec: {
          serviceAccountName: NAME,
          // a Service named dapr-shared would put DAPR_SHARED_PORT=tcp://... into our environment
          enableServiceLinks: false,
          // the drain takes 15 s, and requests under way may take some more
          terminationGracePeriodSeconds: 45,
          topologySpreadConstraints: ['kubernetes.io/hostname', 'topology.kubernetes.io/zone'].map(
            (topologyKey) => ({
              maxSkew: 1,
              topologyKey,
              whenUnsatisfiable: 'ScheduleAnyway',
              labelSelector: { matchLabels: POD_SELECTOR },
              // replicas of the version before, which a rollout takes away, do not count
              matchLabelKeys: ['pod-template-hash'],
            }),
          ),
          securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
          containers: [container(image, reviewApi)],
          volumes: [{ name: 'certs', secret: { secretName: NAME } }],
        },
      },
    },
  }
}

function container(image: string, reviewApi: boolean): object {
  // under load an answer may be late
  const probe = (path: string): object => ({ httpGet: { path, port: 'ops' }, timeoutSeconds: 5 })
  return {
    name: 'admission',
    image,
    args: [
      'serve',
      '--cluster',
      '--tls-cert',
      `${CERTIFICATE_DIR}/tls.crt`,
      '--tls-key',
      `${CERTIFICATE_DIR}/tls.key`,
      ...(reviewApi ? ['--review-api', 'token'] : []),
    ],
    env: [
      { name: 'DAPR_SHARED_OWN_NAMESPACE', valueFrom: { fieldRef: { fieldPath: 'metadata.namespace' } } },
    ],
    ports: [
      { name: 'admission', containerPort: ADMISSION_PORT },
      { name: 'ops', containerPort: OPS_PORT },
    ],
    startupProbe: { ...probe('/startupz'), periodSeconds: 1, failureThreshold: 60 },
    livenessProbe: { ...probe('/livez'), periodSeconds: 10, failureThreshold: 3 },
    readinessProbe: { ...probe('/readyz'), periodSeconds: 2, failureThreshold: 2 },
    resources: { requests: { cpu: '50m', memory: '160Mi' }, limits: { memory: '320Mi' } },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    },
    volumeMounts: [{ name: 'certs', mountPath: CERTIFICATE_DIR, readOnly: true }],
  }
}

function service({ namespace, labels }: WorkloadOptions): object {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: NAME, namespace, labels },
    spec: {
      selector: POD_SELECTOR,
      ports: [
        { name: 'admission', port: 443, targetPort: 'admission' },
        { name: 'ops', port: OPS_PORT, targetPort: 'ops' },
      ],
    },
  }
}

function disruptionBudget({ namespace, labels }: WorkloadOptions): object {
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: NAME, namespace, labels },
    spec: {
      maxUnavailable: 1,
      unhealthyPodEvictionPolicy: 'AlwaysAllow',
      selector: { matchLabels: POD_SELECTOR },
    },
  }
}
