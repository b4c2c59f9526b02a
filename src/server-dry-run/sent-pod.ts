import { objectOr } from '../core/cluster-facts.ts'
import { isObject, type JsonObject } from '../core/pod.ts'
import { objectsOf, textOf } from '../discovery/loose.ts'
import type { Manifest } from '../state/manifest.ts'
import { expandWorkload, isPod } from '../workloads/expand.ts'
import type { OwnerClaim } from './owner-claim.ts'

/** What a server writes into metadata, and refuses to be told at a creation. */
const SERVER_METADATA: ReadonlySet<string> = new Set([
  'resourceVersion',
  'uid',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'generation',
  'managedFields',
  'selfLink',
])

/** What controllers take over from a template's metadata (pkg/controller/controller_utils.go GetPodFromTemplate). */
const TEMPLATE_METADATA: ReadonlySet<string> = new Set(['labels', 'annotations', 'finalizers'])

/**
 * The pod that is sent for a manifest: the pod itself without what a server wrote into it, or the one that the workload's
 * controller would create, as a pod of that workload where the cluster has it.
 */
export function sentPod(
  manifest: Pick<Manifest, 'apiVersion' | 'kind' | 'name' | 'object'>,
  namespace: string,
  owner: OwnerClaim | undefined,
): JsonObject {
  const { pod } = expandWorkload(manifest, namespace)
  const metadata = objectOr(pod['metadata'])
  if (isPod(manifest)) {
    const kept = Object.entries(metadata).filter(([key]) => !SERVER_METADATA.has(key))
    const { status: _, ...rest } = pod
    return { ...rest, metadata: { ...Object.fromEntries(kept), namespace }, ...withoutDebuggers(pod['spec']) }
  }
  const template = Object.fromEntries(Object.entries(metadata).filter(([key]) => TEMPLATE_METADATA.has(key)))
  return {
    ...pod,
    metadata: {
      ...template,
      // the owner knows its pods by these, and its controller adds them
      ...(owner === undefined ? {} : { labels: { ...owner.labels, ...objectOr(template['labels']) } }),
      generateName: `${manifest.name}-`,
      namespace,
      ...(owner === undefined ? {} : { ownerReferences: [owner.reference] }),
    },
    spec: withClaimedVolumes(manifest, pod['spec']),
  }
}

/** `kubectl debug` adds these to a pod that runs; none can be created with them. */
function withoutDebuggers(spec: unknown): JsonObject {
  if (!isObject(spec)) return {}
  const { ephemeralContainers: _, ...rest } = spec
  return { spec: rest }
}

/** The same pod under a name that nobody has: the API server makes one up. */
export function withGeneratedName(pod: JsonObject): JsonObject {
  const { name, ...metadata } = objectOr(pod['metadata'])
  return { ...pod, metadata: { ...metadata, generateName: `${textOf(name) ?? 'pod'}-` } }
}

/** A StatefulSet's controller adds a volume for each claim template, over one of that name; without it mounts lead nowhere. */
function withClaimedVolumes(
  { kind, name, object }: Pick<Manifest, 'kind' | 'name' | 'object'>,
  spec: unknown,
): unknown {
  const templates = kind === 'StatefulSet' ? objectsOf(objectOr(object['spec'])['volumeClaimTemplates']) : []
  if (templates.length === 0) return spec
  const claims = templates.map((template) => textOf(objectOr(template['metadata'])['name']) ?? '')
  const own = objectsOf(objectOr(spec)['volumes']).filter(
    (volume) => !claims.includes(String(volume['name'])),
  )
  return {
    ...objectOr(spec),
    volumes: [
      ...own,
      ...claims.map((claim) => ({ name: claim, persistentVolumeClaim: { claimName: `${claim}-${name}-0` } })),
    ],
  }
}
