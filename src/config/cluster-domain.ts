import { readFile } from 'node:fs/promises'

export const DEFAULT_CLUSTER_DOMAIN = 'cluster.local'

/**
 * The cluster's DNS domain as a pod's resolver shows it: the rest of the search entry `svc.<domain>`, which is how Dapr
 * finds it too (dapr/kit GetKubeClusterDomain).
 */
export function clusterDomainOf(resolvConf: string): string | undefined {
  const searched = resolvConf.split('\n').flatMap((line) => {
    const [keyword, ...domains] = line.trim().split(/\s+/)
    return keyword === 'search' ? domains : []
  })
  return searched.find((domain) => domain.startsWith('svc.'))?.slice('svc.'.length)
}

/** Reads the domain of the pod that this process runs in; none outside a cluster. */
export async function findClusterDomain(file = '/etc/resolv.conf'): Promise<string | undefined> {
  return clusterDomainOf(await readFile(file, 'utf8').catch(() => ''))
}
