import type { NamespaceFacts } from '../../core/cluster-facts.ts'
import type { Labels } from '../../core/policy.ts'
import { NoSuchNamespace } from '../../facts/fact-source.ts'
import type { NamespaceLabels } from '../../facts/namespace-labels.ts'

/** A Namespace among what is about to be applied, if there is one. */
export type WrittenNamespace = (name: string) => NamespaceFacts | undefined

/**
 * The labels that namespaces will have once the files are applied: those of a file go before the cluster's, which keeps
 * what the file does not name; and a namespace that is not there yet has those that the API server gives to each.
 */
export function underWritten(cluster: NamespaceLabels, written: WrittenNamespace): NamespaceLabels {
  const over = (labels: Labels, name: string): Labels => ({ ...labels, ...written(name)?.labels })
  return {
    peek(name) {
      const labels = cluster.peek(name)
      return labels && over(labels, name)
    },
    async get(name, signal) {
      try {
        return over(await cluster.get(name, signal), name)
      } catch (error) {
        if (!(error instanceof NoSuchNamespace) || written(name) === undefined) throw error
        return { ...over({}, name), 'kubernetes.io/metadata.name': name }
      }
    },
  }
}
