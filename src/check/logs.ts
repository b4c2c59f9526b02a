import { objectOr } from '../core/cluster-facts.ts'
import { textOf } from '../discovery/loose.ts'
import { NAME } from '../install/names.ts'
import type { ClusterFacts } from './facts.ts'

/** The command that shows what all replicas say: of a Deployment kubectl shows one of them alone. */
export function logsOfAll(namespace: string): string {
  return `kubectl logs -n ${namespace} -l app.kubernetes.io/name=${NAME} --prefix --tail=-1`
}

/** The command that shows what the replica with the duties says; what all say where it is not known. */
export function logsOfHolder({ namespace, lease }: Pick<ClusterFacts, 'namespace' | 'lease'>): string {
  const spec = objectOr(lease.known ? lease.value?.['spec'] : undefined)
  // `<host name>_<random>`; with hostNetwork the host is a node
  const [pod = ''] = (textOf(spec['holderIdentity']) ?? '').split('_')
  return pod.startsWith(`${NAME}-`) ? `kubectl logs -n ${namespace} ${pod}` : logsOfAll(namespace)
}
