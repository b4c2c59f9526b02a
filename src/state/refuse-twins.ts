import { objectOr } from '../core/cluster-facts.ts'
import { isDnsSubdomain } from '../core/dns-names.ts'
import { quote } from '../core/quote.ts'
import { describe, groupOf, ManifestError, type Manifest } from './manifest.ts'

const CLUSTER_WIDE: ReadonlySet<string> = new Set(['Namespace', 'DaprSharedPolicy'])

/**
 * A cluster has an object once: of two there is no telling which is meant.
 *
 * @throws ManifestError for the second of two, and for a name that Kubernetes refuses
 */
export function refuseTwins(manifests: readonly Manifest[], defaultNamespace: string): void {
  const seen = new Map<string, Manifest>()
  for (const manifest of manifests) {
    if (isUnnamed(manifest)) continue
    const namespace = CLUSTER_WIDE.has(manifest.kind) ? '' : manifest.namespace || defaultNamespace
    if (!isDnsSubdomain(manifest.name)) {
      throw new ManifestError(
        { ...manifest.source, line: manifest.lineOf(['metadata', 'name']) },
        `${manifest.kind} with the name ${quote(manifest.name)}, which Kubernetes refuses.`,
      )
    }
    const key = `${groupOf(manifest.apiVersion)}/${manifest.kind}/${namespace}/${manifest.name}`
    const twin = seen.get(key)
    if (twin !== undefined) {
      const first = `${twin.source.file}:${twin.source.line}`
      throw new ManifestError(
        manifest.source,
        `${describe({ ...manifest, namespace })} stands at ${first} too. Keep one of the two.`,
      )
    }
    seen.set(key, manifest)
  }
}

/** A workload that gets its name when it is created is no instance, and may be created many times. */
function isUnnamed({ apiVersion, object }: Manifest): boolean {
  const { name, generateName } = objectOr(object['metadata'])
  return groupOf(apiVersion) === 'apps' && name === undefined && generateName !== undefined
}
