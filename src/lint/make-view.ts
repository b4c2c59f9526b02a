import { objectOr } from '../core/cluster-facts.ts'
import { asksForShared, isPodProblem, readPod } from '../core/pod.ts'
import { writtenKind } from '../facts/owner-reference.ts'
import { compilePolicy } from '../policy/compile.ts'
import { isMeantAsOurs, isResourceKind, KINDS } from '../policy/kinds.ts'
import { isProblems, readResource, type Resource } from '../policy/read-resource.ts'
import { buildSnapshot } from '../state/build-snapshot.ts'
import { groupOf, type Manifest } from '../state/manifest.ts'
import { isState } from '../state/state-store.ts'
import { expandWorkload, makesPods } from '../workloads/expand.ts'
import { ownersOf } from '../workloads/owners-of.ts'
import type { AskingPod, View, Written, WrittenPolicy } from './view.ts'

export interface ViewOptions {
  /** for objects without one */
  readonly defaultNamespace: string
  readonly clusterDomain: string
  /** milliseconds since the epoch */
  readonly now: number
}

/** Whether an object is one of the four kinds that are linted for themselves, or was meant to be. */
export function isOurs(manifest: Manifest): boolean {
  return isMeantAsOurs(manifest)
}

/** The namespace that an object is in, once it is applied; empty for one that is in none. */
export function namespaceIn({ kind, namespace }: Manifest, defaultNamespace: string): string {
  const inNone = kind === 'Namespace' || (isResourceKind(kind) && KINDS[kind].scope === 'Cluster')
  return inNone ? '' : namespace || defaultNamespace
}

/** What makes an object the same as another one. */
export function keyOf(manifest: Manifest, defaultNamespace: string): string {
  const { apiVersion, kind, name } = manifest
  return `${groupOf(apiVersion)}/${kind}/${namespaceIn(manifest, defaultNamespace)}/${name}`
}

/**
 * Puts together what the checks look at. Resources that the API server would refuse are left out: what is wrong with them is
 * a finding of its own, and nothing more can be told of them.
 *
 * @param manifests each object once
 * @throws ManifestError for the name of a workload that Kubernetes refuses
 */
export function makeView(
  manifests: readonly Manifest[],
  { defaultNamespace, clusterDomain, now }: ViewOptions,
): View {
  const resources: { readonly manifest: Manifest; readonly resource: Resource }[] = []
  const usable: Manifest[] = []
  for (const manifest of manifests) {
    const reading = isOurs(manifest) ? readResource(manifest.object) : undefined
    if (reading !== undefined && isProblems(reading)) continue
    if (reading !== undefined) resources.push({ manifest, resource: reading })
    usable.push(manifest)
  }
  const { inventory, namespaces } = buildSnapshot(usable.filter(isState), { defaultNamespace, clusterDomain })
  const byKey = new Map(usable.map((manifest) => [keyOf(manifest, defaultNamespace), manifest]))
  const written = <Spec>(manifest: Manifest, spec: Spec): Written<Spec> => ({
    manifest,
    name: manifest.name,
    namespace: namespaceIn(manifest, defaultNamespace),
    spec,
  })
  return {
    policies: resources.flatMap(({ manifest, resource }): WrittenPolicy[] => {
      const { value: compiled } = compilePolicy(manifest.object)
      if (resource.kind !== 'DaprSharedPolicy' || compiled === undefined) return []
      return [{ ...written(manifest, resource.spec), compiled }]
    }),
    grants: resources.flatMap(({ manifest, resource }) =>
      resource.kind === 'DaprSharedGrant' ? [written(manifest, resource.spec)] : [],
    ),
    exceptions: resources.flatMap(({ manifest, resource }) =>
      resource.kind === 'DaprSharedException' ? [written(manifest, resource.spec)] : [],
    ),
    namespaces: new Map(
      [...namespaces.values()].map(({ name, labels }) => [name, { ...labels, ...nameLabel(name) }]),
    ),
    pods: usable.filter(makesPods).flatMap((manifest) => askingPod(manifest, defaultNamespace)),
    inventory,
    find: (kind, namespace, name) =>
      byKey.get(`${kind === 'DaprSharedInstance' ? 'shared.dapr.io' : 'apps'}/${kind}/${namespace}/${name}`),
    now,
  }
}

/** The one label that every namespace has, whatever its manifest says. */
export function nameLabel(namespace: string): Readonly<Record<string, string>> {
  return { 'kubernetes.io/metadata.name': namespace }
}

function askingPod(manifest: Manifest, defaultNamespace: string): AskingPod[] {
  const namespace = manifest.namespace || defaultNamespace
  const pod = readPod(expandWorkload(manifest, namespace).pod)
  if (isPodProblem(pod) || !asksForShared(pod)) return []
  const { owners, controller } = ownersOf(manifest)
  const isBare = objectOr(manifest.object['metadata'])['ownerReferences'] === undefined
  const own = owners?.at(-1)?.kind ?? (isBare ? 'Pod' : undefined)
  return [{ pod, namespace, kind: controller === undefined ? own : writtenKind(controller) }]
}
