import { isObject, type JsonObject } from '../core/pod.ts'
import { withKnativeNames } from './knative-names.ts'
import { groupOf, type Manifest, type Path } from '../state/manifest.ts'

/** A pod as a workload's controller would create it, and where its template stands in the workload. */
export interface ExpandedPod {
  /** a loose object: it is read and checked like any other pod */
  readonly pod: JsonObject
  /** where the template stands: `['spec', 'template']`; empty for a Pod itself */
  readonly path: Path
}

/** By group and kind: where the pod template stands. */
const TEMPLATES: Readonly<Record<string, Path>> = {
  'apps/Deployment': ['spec', 'template'],
  'apps/StatefulSet': ['spec', 'template'],
  'apps/DaemonSet': ['spec', 'template'],
  'apps/ReplicaSet': ['spec', 'template'],
  '/ReplicationController': ['spec', 'template'],
  'batch/Job': ['spec', 'template'],
  'batch/CronJob': ['spec', 'jobTemplate', 'spec', 'template'],
  'serving.knative.dev/Service': ['spec', 'template'],
}

/** Whether the object is a pod, or makes pods. */
export function makesPods({ apiVersion, kind }: Pick<Manifest, 'apiVersion' | 'kind'>): boolean {
  return isPod({ apiVersion, kind }) || templatePath({ apiVersion, kind }) !== undefined
}

export function isPod({ apiVersion, kind }: Pick<Manifest, 'apiVersion' | 'kind'>): boolean {
  return kind === 'Pod' && apiVersion === 'v1'
}

/** Where the pod template of this kind stands; none for kinds that make no pods. */
export function templatePath({ apiVersion, kind }: Pick<Manifest, 'apiVersion' | 'kind'>): Path | undefined {
  return TEMPLATES[`${groupOf(apiVersion)}/${kind}`]
}

/**
 * The pod of a manifest: itself, or one made of its template as a controller does, with a generated name and the
 * workload's namespace. Nothing is copied but the metadata, and what Knative gives a name.
 *
 * @param namespace the object's namespace, or what stands in for it
 */
export function expandWorkload(
  manifest: Pick<Manifest, 'apiVersion' | 'kind' | 'name' | 'object'>,
  namespace: string,
): ExpandedPod {
  const path = templatePath(manifest)
  if (path === undefined) return { pod: manifest.object, path: [] }
  const template = at(manifest.object, path)
  const metadata = at(template, ['metadata'])
  const spec = at(template, ['spec'])
  return {
    pod: {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        ...(isObject(metadata) ? metadata : {}),
        generateName: `${manifest.name}-`,
        namespace,
      },
      spec: groupOf(manifest.apiVersion) === 'serving.knative.dev' ? withKnativeNames(spec) : spec,
    },
    path,
  }
}

/** The value at a path of a loose object. */
export function at(value: unknown, path: Path): unknown {
  let current = value
  for (const step of path) {
    if (Array.isArray(current) && typeof step === 'number') current = current[step]
    else if (isObject(current)) current = current[step]
    else return undefined
  }
  return current
}
