import { SYSTEM_NAMESPACES } from '../core/vocabulary.ts'

/** What everything that we install is called; it sorts before `dapr-sidecar-injector`, so we run before it. */
export const NAME = 'dapr-shared-admission'

export const WEBHOOK = {
  mutate: 'mutate.shared.dapr.io',
  validate: 'validate.shared.dapr.io',
  workloads: 'workloads.shared.dapr.io',
  protect: 'protect.shared.dapr.io',
} as const

/** The ValidatingAdmissionPolicies, which the API server evaluates by itself: they hold while we are down. */
export const LABEL_GUARD = 'dapr-shared-labels'
export const BACKSTOP = 'dapr-shared-backstop'

/** The names by which the API server and others in the cluster call the Service. */
export function serviceHosts(namespace: string): string[] {
  return [`${NAME}.${namespace}.svc`, `${NAME}.${namespace}.svc.cluster.local`, `${NAME}.${namespace}`]
}

/** Labels by which our own objects are told; the recommended ones of Kubernetes. */
export function ownLabels(version: string): Readonly<Record<string, string>> {
  return {
    'app.kubernetes.io/name': NAME,
    'app.kubernetes.io/version': version,
    'app.kubernetes.io/part-of': 'dapr-shared',
  }
}

export const POD_SELECTOR = { 'app.kubernetes.io/name': NAME } as const

/** Everything but the namespaces that must come up without us; the key is set by the API server and cannot be forged. */
export function servedNamespaces(ownNamespace: string): object {
  return {
    matchExpressions: [
      { key: 'kubernetes.io/metadata.name', operator: 'NotIn', values: [...SYSTEM_NAMESPACES, ownNamespace] },
    ],
  }
}
