import { join } from 'node:path'
import type { Assets } from './assets.ts'
import type { ClusterProgram } from './programs.ts'

/** What the command lines of one cluster are made of. Files and folders are absolute paths. */
export interface ClusterLayout {
  dir: string
  assets: Assets
  ports: { etcd: number; etcdPeer: number; apiServer: number }
  /** Made by the API server itself at its first start; the certificate signs itself, so it is the CA as well. */
  caFile: string
  serviceAccountKey: string
  tokens: string
  kubeconfigs: Record<'kube-controller-manager' | 'kube-scheduler' | 'kwok', string>
  audit?: { policy: string; log: string }
  apiServerFlags: string[]
}

/** The command line of each program that runs for as long as the cluster does. */
export function commandLines(layout: ClusterLayout): Record<Exclude<ClusterProgram, 'kubectl'>, string[]> {
  const { assets, kubeconfigs } = layout
  return {
    etcd: [assets.programs.etcd, ...etcdFlags(layout)],
    'kube-apiserver': [assets.programs['kube-apiserver'], ...apiServerFlags(layout)],
    'kube-controller-manager': [
      assets.programs['kube-controller-manager'],
      `--kubeconfig=${kubeconfigs['kube-controller-manager']}`,
      // They would take the fake nodes for dead ones, and want volumes and address ranges for them.
      '--controllers=*,-node-ipam-controller,-node-lifecycle-controller,-persistentvolume-attach-detach-controller',
      // So that a webhook sees the users that it sees in a real cluster.
      '--use-service-account-credentials=true',
      `--service-account-private-key-file=${layout.serviceAccountKey}`,
      `--root-ca-file=${layout.caFile}`,
      // It makes some forty ServiceAccounts at its start: at the default rate that takes five seconds.
      '--kube-api-qps=500',
      '--kube-api-burst=1000',
      '--leader-elect=false',
      '--secure-port=0',
    ],
    'kube-scheduler': [
      assets.programs['kube-scheduler'],
      `--kubeconfig=${kubeconfigs['kube-scheduler']}`,
      '--leader-elect=false',
      '--secure-port=0',
    ],
    kwok: [
      assets.programs.kwok,
      `--kubeconfig=${kubeconfigs.kwok}`,
      '--manage-all-nodes=true',
      ...assets.stages.map((stage) => `--config=${stage}`),
      // For the addresses of pods. The range is reserved for benchmarks: nothing real can be reached by mistake.
      '--cidr=198.18.0.0/16',
    ],
  }
}

function etcdFlags({ dir, ports }: ClusterLayout): string[] {
  const client = `http://127.0.0.1:${ports.etcd}`
  const peer = `http://127.0.0.1:${ports.etcdPeer}`
  return [
    `--data-dir=${join(dir, 'etcd')}`,
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=default=${peer}`,
    '--unsafe-no-fsync',
    '--log-level=warn',
  ]
}

function apiServerFlags({
  dir,
  ports,
  serviceAccountKey,
  tokens,
  audit,
  ...layout
}: ClusterLayout): string[] {
  const auditFlags = audit ? [`--audit-policy-file=${audit.policy}`, `--audit-log-path=${audit.log}`] : []
  return [
    `--etcd-servers=http://127.0.0.1:${ports.etcd}`,
    // A test says when old revisions go, not the clock.
    '--etcd-compaction-interval=0',
    '--bind-address=127.0.0.1',
    '--advertise-address=127.0.0.1',
    `--secure-port=${ports.apiServer}`,
    `--cert-dir=${join(dir, 'apiserver-certs')}`,
    `--token-auth-file=${tokens}`,
    '--authorization-mode=RBAC',
    `--service-account-key-file=${serviceAccountKey}`,
    `--service-account-signing-key-file=${serviceAccountKey}`,
    '--service-account-issuer=https://kubernetes.default.svc.cluster.local',
    '--service-cluster-ip-range=10.96.0.0/16',
    // The Endpoints of the API server may not hold a loopback address, so it must not try.
    '--endpoint-reconciler-type=none',
    // Webhooks behind a Service are called at the addresses of its EndpointSlices: nothing here routes cluster IPs.
    '--enable-aggregator-routing=true',
    '--allow-privileged=true',
    // Else the watches of the controllers hold a polite stop up for a minute.
    '--shutdown-watch-termination-grace-period=2s',
    ...auditFlags,
    ...layout.apiServerFlags,
  ]
}
