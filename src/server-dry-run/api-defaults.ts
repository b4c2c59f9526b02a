import { isObject } from '../core/pod.ts'

/**
 * What an API server fills into a pod by itself, besides empty values: its defaults (k8s.io/kubernetes
 * pkg/apis/core/v1/defaults.go) and what its own admission plugins give to every pod alike (ServiceAccount,
 * DefaultTolerationSeconds, Priority). Fields as in {@link Change}, without what stands in brackets.
 */
const DEFAULTS: readonly (readonly [pattern: RegExp, value?: unknown])[] = [
  [/^spec\.restartPolicy$/, 'Always'],
  [/^spec\.dnsPolicy$/, 'ClusterFirst'],
  [/^spec\.schedulerName$/, 'default-scheduler'],
  [/^spec\.terminationGracePeriodSeconds$/, 30],
  [/^spec\.enableServiceLinks$/, true],
  [/^spec\.preemptionPolicy$/, 'PreemptLowerPriority'],
  [/^spec\.serviceAccountName$/, 'default'],
  // derived from what else the pod says: the old name of the ServiceAccount, the number of its PriorityClass
  [/^spec\.serviceAccount$/],
  [/^spec\.priority$/],
  [/^spec\.imagePullSecrets(\[\])?$/],
  [/^spec\.topologySpreadConstraints\[\]\.(nodeAffinityPolicy|nodeTaintsPolicy)$/],
  [/\.terminationMessagePath$/, '/dev/termination-log'],
  [/\.terminationMessagePolicy$/, 'File'],
  [/\.imagePullPolicy$/],
  [/\.ports\[\]\.protocol$/, 'TCP'],
  [/\.ports\[\]\.hostPort$/],
  [/\.securityContext\.procMount$/, 'Default'],
  [/Probe\.timeoutSeconds$/, 1],
  [/Probe\.periodSeconds$/, 10],
  [/Probe\.successThreshold$/, 1],
  [/Probe\.failureThreshold$/, 3],
  [/\.httpGet\.scheme$/, 'HTTP'],
  [/\.httpGet\.path$/, '/'],
  [/\.grpc\.service$/, ''],
  [/\.fieldRef\.apiVersion$/, 'v1'],
  [/\.divisor$/, '0'],
  [/\.defaultMode$/, 420],
  [/\.serviceAccountToken\.expirationSeconds$/, 3600],
  [/\.hostPath\.type$/, ''],
  [/\.volumeClaimTemplate\.spec\.volumeMode$/, 'Filesystem'],
  [/^spec\.volumes\[\]\.(iscsi\.iscsiInterface|rbd\.(pool|user|keyring)|azureDisk\.\w+)$/],
]

const TOLERATED = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable']
const TOKEN_VOLUME = /^kube-api-access-/
const TOKEN_PATH = '/var/run/secrets/kubernetes.io/serviceaccount'

/** Whether something that a pod has now, and had not, is what every pod is given. */
export function isApiDefault(field: string, value: unknown): boolean {
  const plain = field.replaceAll(/\["(?:[^"\\]|\\.)*"\]/g, '[]')
  if (plain === 'spec.tolerations[]') return isObject(value) && TOLERATED.includes(String(value['key']))
  if (plain === 'spec.volumes[]') return isObject(value) && TOKEN_VOLUME.test(String(value['name']))
  if (plain.endsWith('.volumeMounts[]')) return isObject(value) && value['mountPath'] === TOKEN_PATH
  return DEFAULTS.some(
    ([pattern, wanted]) => pattern.test(plain) && (wanted === undefined || wanted === value),
  )
}
