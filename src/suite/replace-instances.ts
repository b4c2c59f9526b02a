import { selects } from '../core/cluster-facts.ts'
import { recognizeExternal } from '../discovery/recognize-external.ts'
import { recognizeService } from '../discovery/recognize-service.ts'
import { recognizeWorkload } from '../discovery/recognize.ts'
import { groupOf, type Manifest } from '../state/manifest.ts'
import type { InstanceShorthand } from './schema.ts'

/**
 * Manifests without the instances that a test says otherwise: their workloads and Services, and whatever has the name
 * of what the shorthand makes.
 *
 * @param defaultNamespace of objects that name none
 */
export function withoutReplaced(
  manifests: readonly Manifest[],
  replacing: readonly InstanceShorthand[],
  defaultNamespace: string,
): readonly Manifest[] {
  if (replacing.length === 0) return manifests
  const keys = new Set(replacing.map(({ namespace, appId }) => `${namespace}/${appId}`))
  const made = new Set(
    replacing.flatMap(({ namespace, appId, strategy = 'DaemonSet' }) => [
      `${strategy}/${namespace}/${appId}`,
      `Service/${namespace}/${appId}-dapr`,
      `Secret/${namespace}/${appId}`,
    ]),
  )
  const namespaceOf = ({ namespace }: Manifest): string => namespace || defaultNamespace
  const gone: { readonly namespace: string; readonly podLabels: Readonly<Record<string, string>> }[] = []
  const kept = manifests.filter((manifest) => {
    const namespace = namespaceOf(manifest)
    const found = instanceIn(manifest)
    const isReplaced = found !== undefined && keys.has(`${namespace}/${found.appId}`)
    if (isReplaced) gone.push({ namespace, podLabels: found.podLabels })
    return !isReplaced && !made.has(`${manifest.kind}/${namespace}/${manifest.name}`)
  })
  return kept.filter((manifest) => {
    if (manifest.kind !== 'Service' || manifest.apiVersion !== 'v1') return true
    const selector = recognizeService(manifest.object)?.selector ?? {}
    return !gone.some(
      ({ namespace, podLabels }) => namespace === namespaceOf(manifest) && selects(selector, podLabels),
    )
  })
}

function instanceIn({
  apiVersion,
  kind,
  object,
}: Manifest): { readonly appId: string; readonly podLabels: Readonly<Record<string, string>> } | undefined {
  switch (`${groupOf(apiVersion)}/${kind}`) {
    case 'apps/DaemonSet':
    case 'apps/Deployment': {
      const found = recognizeWorkload(kind === 'DaemonSet' ? 'DaemonSet' : 'Deployment', object)
      return found !== undefined && 'instance' in found ? found.instance : undefined
    }
    case 'shared.dapr.io/DaprSharedInstance': {
      const found = recognizeExternal(object)
      return found !== undefined && 'external' in found
        ? { appId: found.external.appId, podLabels: {} }
        : undefined
    }
    default:
      return undefined
  }
}
