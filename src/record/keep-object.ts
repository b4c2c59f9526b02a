import { objectOr } from '../core/cluster-facts.ts'
import type { JsonObject } from '../core/pod.ts'
import { LABEL, ANNOTATION } from '../core/vocabulary.ts'
import { listOf, numberOf, objectsOf, stringsOf, textOf } from '../discovery/loose.ts'
import { at, isPod, templatePath } from '../workloads/expand.ts'
import { groupOf, type Path } from '../state/manifest.ts'
import { isResourceKind } from '../policy/kinds.ts'
import { keepMetadata } from './keep-metadata.ts'
import { keepPodSpec } from './keep-pod-spec.ts'
import { pick } from './pick.ts'

/**
 * What is recorded of an object: what decisions read, by a list of fields for each kind. Of a kind that is not known
 * here, as of a pod's owner that is somebody's own, its metadata and selector.
 */
export function keepObject(object: JsonObject): JsonObject {
  const apiVersion = textOf(object['apiVersion']) ?? ''
  const kind = textOf(object['kind']) ?? ''
  const metadata = keepMetadata(object['metadata'])
  return { apiVersion, kind, metadata, ...keepContent({ apiVersion, kind }, object) }
}

function keepContent(type: { apiVersion: string; kind: string }, object: JsonObject): JsonObject {
  if (isPod(type)) return keepPod(object)
  const path = templatePath(type)
  if (path !== undefined) return keepWorkload(type.kind, object, path)
  if (type.apiVersion === 'v1' && type.kind === 'Service') return { spec: keepServiceSpec(object['spec']) }
  if (type.apiVersion === 'v1' && type.kind === 'Namespace') return {}
  // ours have no field for a secret; what the service says in their status is its own
  if (groupOf(type.apiVersion) === 'shared.dapr.io' && isResourceKind(type.kind))
    return pick(object, ['spec'])
  return keepSelector(object)
}

function keepPod(object: JsonObject): JsonObject {
  const status = pick(objectOr(object['status']), ['phase'])
  return {
    spec: keepPodSpec(object['spec']),
    ...(Object.keys(status).length === 0 ? {} : { status }),
  }
}

function keepWorkload(kind: string, object: JsonObject, path: Path): JsonObject {
  const template = objectOr(at(object, path))
  const kept = { metadata: keepMetadata(template['metadata']), spec: keepPodSpec(template['spec']) }
  const below = path.slice(1).reduceRight<JsonObject>((inner, step) => ({ [step]: inner }), kept)
  const spec = objectOr(object['spec'])
  return {
    spec: { ...pick(spec, ['replicas', 'schedule']), ...keepSelectorOf(spec), ...below },
    ...keepStatus(kind, object['status']),
  }
}

function keepSelector(object: JsonObject): JsonObject {
  const selector = keepSelectorOf(objectOr(object['spec']))
  return Object.keys(selector).length === 0 ? {} : { spec: selector }
}

/** By labels and expressions; that of a ReplicationController is a plain map of labels. */
function keepSelectorOf(spec: JsonObject): JsonObject {
  const selector = objectOr(spec['selector'])
  if (Object.keys(selector).length === 0) return {}
  const isPlain = Object.values(selector).every((value) => typeof value === 'string')
  return { selector: isPlain ? selector : pick(selector, ['matchLabels', 'matchExpressions']) }
}

const COUNTS: Readonly<Record<string, readonly [ready: string, wanted: string]>> = {
  DaemonSet: ['numberReady', 'desiredNumberScheduled'],
  Deployment: ['readyReplicas', 'replicas'],
}

/** How many are ready. A status without counts says none, no status says nothing: the difference must stay. */
function keepStatus(kind: string, value: unknown): JsonObject {
  const status = objectOr(value)
  const counts = COUNTS[kind]
  if (counts === undefined || Object.keys(status).length === 0) return {}
  return { status: Object.fromEntries(counts.map((field) => [field, numberOf(status[field]) ?? 0])) }
}

function keepServiceSpec(value: unknown): JsonObject {
  const spec = objectOr(value)
  const selector = stringsOf(spec['selector'])
  const families = listOf(spec['ipFamilies'])
  const ips = listOf(spec['externalIPs'])
  return {
    ...pick(spec, ['type', 'internalTrafficPolicy', 'trafficDistribution']),
    ...(spec['clusterIP'] === 'None' ? { clusterIP: 'None' } : {}),
    ...(families.length === 0 ? {} : { ipFamilies: families }),
    ...(ips.length === 0 ? {} : { externalIPs: ips }),
    ...(Object.keys(selector).length === 0 ? {} : { selector }),
    ports: objectsOf(spec['ports']).map((port) => pick(port, ['name', 'port', 'targetPort', 'protocol'])),
  }
}

const HASH_LABELS = ['pod-template-hash', 'rollouts-pod-template-hash', 'serving.knative.dev/service']

/**
 * A pod that only counts as the user of an instance: by its labels and its controller. It is a whole pod, as files have no
 * half ones, with the containers that its status names.
 *
 * @param pod its metadata, as a list of metadata alone has it
 */
export function keepConsumer(pod: JsonObject): JsonObject {
  const { annotations, labels, ...metadata } = keepMetadata(pod['metadata'])
  const kept = [LABEL.appId, LABEL.appNamespace, ...HASH_LABELS]
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...metadata,
      labels: pick(objectOr(labels), kept),
      ...(annotations === undefined ? {} : { annotations }),
    },
    spec: { containers: containersOf(objectOr(annotations)).map((name) => ({ name })) },
  }
}

function containersOf(annotations: JsonObject): string[] {
  try {
    const status: unknown = JSON.parse(textOf(annotations[ANNOTATION.status]) ?? '')
    const names = listOf(objectOr(status)['containers']).filter((name) => typeof name === 'string')
    if (names.length > 0) return names
  } catch {
    // somebody else's words
  }
  return ['app']
}
