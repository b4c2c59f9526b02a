import { z } from 'zod'
import { REPOSITORY } from '../src/install/image-name.ts'
import type { ChartValue } from './chart-values.ts'

/** What the values of the chart may be. Their descriptions are the comments of values.yaml. */

const Text = z.string()
const Port = z.int().min(1).max(65_535)
const Seconds = (most: number) => z.int().min(0).max(most)
const Texts = z.record(z.string(), z.string())
/** As Kubernetes has it: the API server checks it. */
const AsIs = z.record(z.string(), z.unknown())
const Namespace = z.string().regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/)
const Name = z.string().regex(/^([a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?)?$/)
const Path = z.string().regex(/^(\/.*)?$/)
const Duration = z.string().regex(/^([0-9]+(h|m|s))+$/)
const Id = z.int().min(1).nullable()
const Switch = z.strictObject({ enabled: z.boolean() })

const Values = z.strictObject({
  image: z.strictObject({
    repository: z.string().regex(REPOSITORY),
    tag: z.string().regex(/^([\w][\w.-]{0,127})?$/),
    digest: z.string().regex(/^(sha256:[0-9a-f]{64})?$/),
    pullPolicy: z.enum(['Always', 'IfNotPresent', 'Never']),
    pullSecrets: z.array(z.strictObject({ name: Name })),
  }),
  replicas: z.int().min(1),
  allowSingleReplica: z.boolean(),
  resources: AsIs,
  drainSeconds: Seconds(600),
  ports: z.strictObject({ webhook: Port.min(1024), ops: Port.min(1024) }),
  service: z.strictObject({
    port: Port,
    ipFamilyPolicy: z.enum(['', 'SingleStack', 'PreferDualStack', 'RequireDualStack']),
    ipFamilies: z.array(z.enum(['IPv4', 'IPv6'])).max(2),
    annotations: Texts,
  }),
  // without a port, which has a value of its own
  listenAddress: z.string().regex(/^([A-Za-z0-9.-]*|[0-9a-fA-F:]+)$/),
  hostNetwork: z.boolean(),
  dnsPolicy: z.enum(['', 'ClusterFirst', 'ClusterFirstWithHostNet', 'Default', 'None']),
  clusterDomain: Name,
  webhooks: z.strictObject({
    failurePolicy: z.enum(['Fail', 'Ignore']),
    timeoutSeconds: z.int().min(1).max(10),
    excludedNamespaces: z.array(Namespace),
    annotations: Texts,
    labels: Texts,
  }),
  backstop: Switch,
  protect: Switch,
  reviewApi: Switch,
  events: Switch,
  certificates: z.strictObject({
    mode: z.enum(['built-in', 'cert-manager', 'provided']),
    caSettleSeconds: Seconds(600),
    certManager: z.strictObject({
      issuerRef: z.strictObject({
        name: z.string().min(1).optional(),
        kind: z.string().optional(),
        group: z.string().optional(),
      }),
      duration: Duration,
      renewBefore: Duration,
    }),
    provided: z.strictObject({ secretName: Name, certFile: Path, keyFile: Path, caBundle: Text }),
  }),
  clientAuth: z.strictObject({
    caSecret: Name,
    caConfigMap: Name,
    key: z.string().min(1),
    names: z.array(z.string().regex(/^[^,]+$/)),
  }),
  limits: z.strictObject({
    maxInFlight: z.int().min(1).max(100_000),
    maxConnections: z.int().min(1).max(100_000),
  }),
  logLevel: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']),
  skipContainers: z.array(Namespace),
  extraArgs: z.array(z.string().regex(/^--[a-z]/)),
  extraEnv: z.array(z.looseObject({ name: z.string().min(1) })),
  extraVolumes: z.array(AsIs),
  extraVolumeMounts: z.array(AsIs),
  initContainers: z.array(AsIs),
  serviceAccount: z.strictObject({ annotations: Texts }),
  podAnnotations: Texts,
  podLabels: Texts,
  podSecurity: z.strictObject({ runAsUser: Id, runAsGroup: Id, fsGroup: Id }).partial(),
  nodeSelector: Texts,
  tolerations: z.array(AsIs),
  affinity: AsIs,
  topologySpread: z.strictObject({
    whenUnsatisfiable: z.enum(['ScheduleAnyway', 'DoNotSchedule']),
    topologyKeys: z.array(z.string().min(1)),
  }),
  priorityClassName: Name,
  podDisruptionBudget: z.strictObject({ enabled: z.boolean(), maxUnavailable: z.int().min(1) }),
  autoscaling: z.strictObject({
    enabled: z.boolean(),
    minReplicas: z.int().min(1),
    maxReplicas: z.int().min(1),
    targetCPUUtilizationPercentage: z.int().min(1).max(100),
  }),
  networkPolicy: z.strictObject({
    enabled: z.boolean(),
    apiServerCIDRs: z.array(z.string().regex(/^[0-9a-fA-F.:]+\/[0-9]{1,3}$/)),
    metricsFrom: z.array(AsIs),
    extraIngress: z.array(AsIs),
  }),
  serviceMonitor: z.strictObject({ enabled: z.boolean(), interval: Duration, labels: Texts }),
  prometheusRule: z.strictObject({ enabled: z.boolean(), labels: Texts, runbookBase: Text }),
  dashboard: z.strictObject({ enabled: z.boolean(), labels: Texts, annotations: Texts }),
  crds: z.strictObject({ enabled: z.boolean(), keep: z.boolean() }),
  takeOver: z.boolean(),
  userRoles: Switch,
  test: z.strictObject({ dryRunNamespace: Namespace }),
  // what a chart hands to those that it is made of
  global: AsIs.optional(),
})

interface SchemaNode {
  description?: string
  required?: string[]
  properties?: Record<string, SchemaNode>
  [keyword: string]: unknown
}

/** values.schema.json: nothing is required, as every value has a default, and nothing else is let in. */
export function valuesSchema(values: readonly ChartValue[]): object {
  const schema = z.toJSONSchema(Values, { target: 'draft-7' }) as SchemaNode
  const descriptions = new Map(values.map(({ path, description }) => [path, description]))
  describe(schema, '', descriptions)
  return { ...schema, title: 'Values of the chart dapr-shared-admission' }
}

function describe(node: SchemaNode, path: string, descriptions: ReadonlyMap<string, string>): void {
  delete node.required
  const description = descriptions.get(path)
  if (description !== undefined) node.description = description
  for (const [key, child] of Object.entries(node.properties ?? {}))
    describe(child, path === '' ? key : `${path}.${key}`, descriptions)
}
