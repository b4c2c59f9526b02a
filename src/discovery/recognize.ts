import {
  objectOr,
  type DaprdFacts,
  type NamespaceFacts,
  type UnusableWorkload,
  type WorkloadFacts,
  type WorkloadKind,
} from '../core/cluster-facts.ts'
import { isAppId, isDnsSubdomain } from '../core/dns-names.ts'
import type { Readiness } from '../core/instance.ts'
import { readPlacement } from '../core/placement.ts'
import type { JsonObject } from '../core/pod.ts'
import { quote } from '../core/quote.ts'
import { DAPR_ANNOTATION, isTruthy, LABEL } from '../core/vocabulary.ts'
import { listOf, numberOf, objectsOf, stringsOf, textOf } from './loose.ts'
import { readDaprd } from './read-daprd.ts'

/** A workload as far as it matters: an instance, one that should be and cannot, or nothing to us. */
export type Recognition =
  { readonly instance: WorkloadFacts } | { readonly unusable: UnusableWorkload } | undefined

export const CHART_NAMES: ReadonlySet<string> = new Set([
  'dapr-shared-chart',
  'dapr-shared',
  'dapr-ambient-chart',
  'dapr-ambient',
])
export const CHART_LABEL = /^dapr-(shared|ambient)/
export const CHART_INIT_CONTAINERS: ReadonlySet<string> = new Set([
  'shared-init-container',
  'ambient-init-container',
])

/**
 * Recognises a Dapr Shared instance by its shape, in every published version of the chart: one container `daprd` with
 * `--app-id`, and a mark of the chart or our own label, on the workload or its template. Names prove nothing.
 */
export function recognizeWorkload(kind: WorkloadKind, object: unknown): Recognition {
  const workload = objectOr(object)
  const metadata = objectOr(workload['metadata'])
  const template = objectOr(objectOr(workload['spec'])['template'])
  const templateMetadata = objectOr(template['metadata'])
  const podSpec = objectOr(template['spec'])
  if (!isMarked(metadata, templateMetadata, podSpec)) return undefined
  if (isTruthy(textOf(objectOr(templateMetadata['annotations'])[DAPR_ANNOTATION.enabled]))) return undefined

  const namespace = textOf(metadata['namespace']) ?? ''
  const name = textOf(metadata['name']) ?? ''
  if (!isDnsSubdomain(name)) return undefined
  const unusable = (reason: string): Recognition => ({ unusable: { kind, namespace, name, reason } })

  const containers = objectsOf(podSpec['containers'])
  const daprds = containers.filter((container) => container['name'] === 'daprd')
  const [container] = daprds
  if (container === undefined) return undefined
  if (daprds.length > 1) return unusable('has several containers "daprd"')

  const { appIds, facts } = readDaprd(container)
  const [appId] = appIds
  if (appId === undefined) return unusable('has a container "daprd" without --app-id')
  if (appIds.length > 1) return unusable('has a container "daprd" with several --app-id')
  if (!isAppId(appId)) return unusable(`has --app-id=${quote(appId)}, which is not an app-id`)
  return {
    instance: {
      kind,
      namespace,
      name,
      createdAt: textOf(metadata['creationTimestamp']) ?? '',
      deleting: metadata['deletionTimestamp'] != null,
      appId,
      podLabels: stringsOf(templateMetadata['labels']),
      namedPorts: readNamedPorts(containers),
      daprd: facts satisfies DaprdFacts,
      issuerKeyConfigMap: readIssuerKeyConfigMap(podSpec),
      readiness: readReadiness(kind, workload['status']),
      placement: readPlacement(podSpec),
    },
  }
}

/** A namespace and its labels. */
export function recognizeNamespace(object: unknown): NamespaceFacts | undefined {
  const metadata = objectOr(objectOr(object)['metadata'])
  const name = textOf(metadata['name'])
  return name === undefined ? undefined : { name, labels: stringsOf(metadata['labels']) }
}

function isMarked(metadata: JsonObject, templateMetadata: JsonObject, podSpec: JsonObject): boolean {
  return (
    [metadata, templateMetadata].some((place) => hasMark(objectOr(place['labels']))) ||
    objectsOf(podSpec['initContainers']).some(
      ({ name }) => typeof name === 'string' && CHART_INIT_CONTAINERS.has(name),
    )
  )
}

function hasMark(labels: JsonObject): boolean {
  return (
    CHART_NAMES.has(textOf(labels['app.kubernetes.io/name']) ?? '') ||
    CHART_LABEL.test(textOf(labels['helm.sh/chart']) ?? '') ||
    labels[LABEL.instance] === 'true'
  )
}

function readNamedPorts(containers: readonly JsonObject[]): Map<string, number> {
  const named = new Map<string, number>()
  for (const container of containers) {
    for (const port of objectsOf(container['ports'])) {
      const name = textOf(port['name'])
      const number = numberOf(port['containerPort'])
      if (name !== undefined && number !== undefined) named.set(name, number)
    }
  }
  return named
}

/** The chart's init container copies Sentry's certificates, the issuer's private key among them, to a ConfigMap. */
function readIssuerKeyConfigMap(podSpec: JsonObject): string | undefined {
  const init = objectsOf(podSpec['initContainers']).find(({ name }) =>
    CHART_INIT_CONTAINERS.has(textOf(name) ?? ''),
  )
  const argument = listOf(init?.['args']).find(
    (arg) => typeof arg === 'string' && arg.startsWith('--config-map='),
  )
  return typeof argument === 'string' ? argument.slice('--config-map='.length) : undefined
}

/**
 * Readiness as the controllers report it. An empty status (a rendered manifest, or `kubectl create --dry-run`) says
 * nothing: unknown is not "none ready".
 */
function readReadiness(kind: WorkloadKind, value: unknown): Readiness {
  const status = objectOr(value)
  if (Object.keys(status).length === 0) return { known: false }
  const [ready, wanted] =
    kind === 'DaemonSet' ? ['numberReady', 'desiredNumberScheduled'] : ['readyReplicas', 'replicas']
  return {
    known: true,
    ready: numberOf(status[ready ?? '']) ?? 0,
    wanted: numberOf(status[wanted ?? '']) ?? 0,
  }
}
