/**
 * Every program that can be built here: its Go package, and the folder of the module that pins it.
 * Helm has a module of its own: with it in the first one, newer libraries than Kubernetes was
 * released with would get into the API server.
 */
export const programSources = {
  etcd: { goPackage: 'go.etcd.io/etcd/server/v3', module: '.' },
  'kube-apiserver': { goPackage: 'k8s.io/kubernetes/cmd/kube-apiserver', module: '.' },
  'kube-controller-manager': { goPackage: 'k8s.io/kubernetes/cmd/kube-controller-manager', module: '.' },
  'kube-scheduler': { goPackage: 'k8s.io/kubernetes/cmd/kube-scheduler', module: '.' },
  kubectl: { goPackage: 'k8s.io/kubernetes/cmd/kubectl', module: '.' },
  kwok: { goPackage: 'sigs.k8s.io/kwok/cmd/kwok', module: '.' },
  helm: { goPackage: 'helm.sh/helm/v3/cmd/helm', module: 'helm' },
  kubeconform: { goPackage: 'github.com/yannh/kubeconform/cmd/kubeconform', module: 'kubeconform' },
  promtool: { goPackage: 'github.com/prometheus/prometheus/cmd/promtool', module: 'promtool' },
} as const

export type Program = keyof typeof programSources

/** What a cluster needs; Helm is built only for those who ask for it. */
export const clusterPrograms = [
  'etcd',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kubectl',
  'kwok',
] as const satisfies Program[]

export type ClusterProgram = (typeof clusterPrograms)[number]

export function isProgram(name: string): name is Program {
  return Object.hasOwn(programSources, name)
}
