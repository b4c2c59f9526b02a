/** Values that must not be installed, and a part of the sentence that says so. */
export interface RefusedValues {
  readonly what: string
  /** of `helm template` */
  readonly args: readonly string[]
  /** whether the cluster has cert-manager and the Prometheus operator; it has, unless told otherwise */
  readonly foreignKinds?: boolean
  readonly sentence: string
}

const set = (...values: string[]): string[] => values.flatMap((value) => ['--set', value])
const PROVIDED = 'certificates.mode=provided'
const BUNDLE = 'certificates.provided.caBundle'
const CA = `${BUNDLE}=-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----`

export const REFUSED_VALUES: readonly RefusedValues[] = [
  {
    what: 'the default namespace',
    args: ['-n', 'default'],
    sentence: 'namespace default: the webhook serves no pod of its own namespace',
  },
  {
    what: 'a namespace of Kubernetes',
    args: ['-n', 'kube-system'],
    sentence: 'namespace kube-system: the webhook serves no pod of its own namespace',
  },
  {
    what: 'Ignore without the backstop',
    args: set('webhooks.failurePolicy=Ignore'),
    sentence: 'webhooks.failurePolicy Ignore without backstop.enabled: while no replica answers',
  },
  {
    what: 'to keep CRDs that are not installed',
    args: set('crds.enabled=false', 'crds.keep=true'),
    sentence: 'crds.keep without crds.enabled',
  },
  {
    what: 'a single replica that nobody asked for',
    args: set('replicas=1'),
    sentence: 'replicas 1: while the only replica is gone',
  },
  {
    what: 'an autoscaler that goes down to one replica',
    args: set('autoscaling.enabled=true', 'autoscaling.minReplicas=1'),
    sentence: 'autoscaling.minReplicas 1: while the only replica is gone',
  },
  {
    what: 'an autoscaler whose least is more than its greatest',
    args: set('autoscaling.enabled=true', 'autoscaling.minReplicas=6'),
    sentence: 'autoscaling.minReplicas 6 is more than autoscaling.maxReplicas 5',
  },
  {
    what: 'a disruption budget that protects nothing',
    args: set('podDisruptionBudget.maxUnavailable=2'),
    sentence: 'podDisruptionBudget.maxUnavailable 2 with replicas 2',
  },
  {
    what: 'a provided certificate that is not named',
    args: set(PROVIDED, CA),
    sentence: 'certificates.mode provided without a certificate',
  },
  {
    what: 'a provided certificate from two places',
    args: set(
      PROVIDED,
      CA,
      'certificates.provided.secretName=x',
      'certificates.provided.certFile=/x',
      'certificates.provided.keyFile=/y',
    ),
    sentence: 'certificates.provided.secretName together with certFile and keyFile',
  },
  {
    what: 'a certificate file without its key',
    args: set(PROVIDED, CA, 'certificates.provided.certFile=/x'),
    sentence: 'certificates.provided.certFile and keyFile belong together',
  },
  {
    what: 'a provided certificate whose CA is not told',
    args: set(PROVIDED, 'certificates.provided.secretName=x'),
    sentence: 'certificates.mode provided without certificates.provided.caBundle',
  },
  {
    what: 'a CA that is cut off',
    args: set(PROVIDED, 'certificates.provided.secretName=x', `${BUNDLE}=-----BEGIN CERTIFICATE-----garbage`),
    sentence: 'certificates.provided.caBundle is no whole certificate in PEM, it begins with "-----BEGIN',
  },
  {
    what: 'the name of a file instead of a CA',
    args: set(PROVIDED, 'certificates.provided.secretName=x', `${BUNDLE}=ca.crt`),
    sentence: 'it begins with "ca.crt": the API server could check no certificate. Give the file',
  },
  {
    what: 'an issuer that the mode would not look at',
    args: set('certificates.certManager.issuerRef.name=pki'),
    sentence: 'certificates.certManager.issuerRef is set, but certificates.mode is built-in',
  },
  {
    what: 'a CA with its private key, where everybody could read it',
    args: set(PROVIDED, 'certificates.provided.secretName=x', `${CA}\n-----BEGIN PRIVATE KEY-----`),
    sentence: 'certificates.provided.caBundle has a private key',
  },
  {
    what: 'an issuer without its name',
    args: set('certificates.mode=cert-manager', 'certificates.certManager.issuerRef.kind=ClusterIssuer'),
    sentence: 'certificates.certManager.issuerRef without a name',
  },
  {
    what: 'a certificate that is renewed before it begins',
    args: set('certificates.certManager.renewBefore=90h', 'certificates.certManager.duration=1h30m'),
    sentence: 'certificates.certManager.renewBefore 90h is not less than duration 1h30m',
  },
  {
    what: 'a provided certificate that the mode would not look at',
    args: set(CA),
    sentence: 'certificates.provided is set, but certificates.mode is built-in',
  },
  {
    what: 'a CA of client certificates from two places',
    args: set('clientAuth.caSecret=x', 'clientAuth.caConfigMap=y'),
    sentence: 'clientAuth.caSecret together with clientAuth.caConfigMap',
  },
  {
    what: 'names of client certificates without their CA',
    args: set('clientAuth.names={kube-apiserver}'),
    sentence: 'clientAuth.names without a CA',
  },
  {
    what: 'one port for two servers',
    args: set('ports.ops=8443'),
    sentence: 'ports.webhook and ports.ops are both 8443',
  },
  {
    what: "the kubelet's port on the network of the node",
    args: set('hostNetwork=true', 'networkPolicy.enabled=false', 'ports.webhook=10250'),
    sentence: 'ports.webhook 10250 with hostNetwork',
  },
  {
    what: 'a NetworkPolicy on the network of the node',
    args: set('hostNetwork=true'),
    sentence: 'networkPolicy.enabled with hostNetwork',
  },
  {
    what: 'a ServiceMonitor behind a NetworkPolicy that keeps Prometheus out',
    args: set('serviceMonitor.enabled=true'),
    sentence: 'serviceMonitor.enabled with networkPolicy.enabled, but without networkPolicy.metricsFrom',
  },
  {
    what: 'one port of the Service for two servers',
    args: set('service.port=8080'),
    sentence: 'service.port 8080: in the Service that is the port of probes and metrics',
  },
  {
    what: 'a review API that nobody may call',
    args: set('reviewApi.enabled=true', 'networkPolicy.apiServerCIDRs={10.0.0.0/28}'),
    sentence: 'reviewApi.enabled with networkPolicy.apiServerCIDRs, but without networkPolicy.extraIngress',
  },
  {
    what: 'a test in a namespace that is not served',
    args: set('test.dryRunNamespace=kube-system'),
    sentence: 'test.dryRunNamespace kube-system is not served',
  },
  {
    what: 'to leave out the namespace that the test is made in by default',
    args: set('webhooks.excludedNamespaces={default}'),
    sentence: 'test.dryRunNamespace default (which it is where it is not set) is not served',
  },
  {
    what: 'two families of a Service of one',
    args: set('service.ipFamilies={IPv4,IPv6}'),
    sentence: 'service.ipFamilies has two families, but service.ipFamilyPolicy is not',
  },
  {
    what: 'cert-manager where it is not installed',
    args: set('certificates.mode=cert-manager'),
    foreignKinds: false,
    sentence: 'the cluster has no cert-manager.io/v1',
  },
  {
    what: 'a PrometheusRule where nobody reads it',
    args: set('prometheusRule.enabled=true'),
    foreignKinds: false,
    sentence: 'the cluster has no monitoring.coreos.com/v1',
  },
  {
    what: 'a flag that a value sets',
    args: set('extraArgs={--log-level=debug}'),
    sentence: 'extraArgs has --log-level, which values of the chart stand for',
  },
  {
    what: 'a flag that a value would set',
    args: set('extraArgs={--events=off}'),
    sentence: 'extraArgs has --events, which values of the chart stand for',
  },
  {
    what: 'a flag that there is not',
    args: set('extraArgs={--evnts=off}'),
    sentence: 'extraArgs has --evnts=off, which serve does not know',
  },
  {
    what: 'a variable that a flag goes before',
    args: set('extraEnv[0].name=DAPR_SHARED_LOG_LEVEL', 'extraEnv[0].value=debug'),
    sentence: 'extraEnv has DAPR_SHARED_LOG_LEVEL: a flag goes before it',
  },
  {
    what: 'a value that there is not',
    args: set('replica=3'),
    sentence: "additional properties 'replica' not allowed",
  },
  {
    what: 'a value of the wrong kind',
    args: set('webhooks.timeoutSeconds=60'),
    sentence: 'webhooks/timeoutSeconds',
  },
]
