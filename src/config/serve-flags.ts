import { SERVICE_NAMESPACE } from '../core/vocabulary.ts'
import { LOG_LEVELS } from './log-level.ts'
import { BUILT_IN_SECRET, TLS_MODES } from './tls-settings.ts'

/** A flag of `serve`, its environment variable, and what `--help` says. */
export interface Flag {
  readonly name: string
  readonly value: string
  readonly help: string
}

export const SERVE_FLAGS: readonly Flag[] = [
  {
    name: 'host',
    value: 'ADDRESS',
    help: 'address to listen on (127.0.0.1 with --state, all with --cluster)',
  },
  { name: 'port', value: 'PORT', help: 'port of the webhook (8443)' },
  { name: 'ops-port', value: 'PORT', help: 'port of probes and metrics (8080)' },
  { name: 'tls-cert', value: 'FILE', help: 'certificate chain, PEM; without it a certificate is made' },
  { name: 'tls-key', value: 'FILE', help: 'its private key, PEM' },
  {
    name: 'tls-mode',
    value: 'MODE',
    help: `where the certificate comes from: ${TLS_MODES.join(', ')} (by the other flags, else self-made)`,
  },
  {
    name: 'tls-secret',
    value: 'NAME',
    help: `Secret of our own namespace with tls.crt and tls.key, with --cluster (built-in: ${BUILT_IN_SECRET})`,
  },
  {
    name: 'ca-settle-seconds',
    value: 'N',
    help: 'seconds that a new caBundle is in place before a certificate rests on it, with --tls-mode built-in (60)',
  },
  {
    name: 'client-ca',
    value: 'FILE',
    help: 'CA of client certificates, PEM: only callers with one are let in',
  },
  { name: 'client-names', value: 'A,B', help: 'names of client certificates that are let in (all)' },
  {
    name: 'cluster-domain',
    value: 'DOMAIN',
    help: 'DNS domain of the cluster (found in the cluster, else cluster.local)',
  },
  { name: 'kubeconfig', value: 'FILE', help: 'kubeconfig for --cluster' },
  { name: 'context', value: 'NAME', help: 'context of the kubeconfig' },
  {
    name: 'own-namespace',
    value: 'NAME',
    help: `namespace of the service itself, which is not served (${SERVICE_NAMESPACE})`,
  },
  { name: 'skip-containers', value: 'A,B', help: 'containers to leave alone besides the built-in list' },
  { name: 'log-level', value: 'LEVEL', help: `${LOG_LEVELS.join(', ')} (info)` },
  {
    name: 'drain-seconds',
    value: 'N',
    help: 'seconds to go on serving after SIGTERM (15 with --cluster, 0 with --state)',
  },
  {
    name: 'events',
    value: 'on|off',
    help: 'whether refusals become Events on what owns the pod, with --cluster (on)',
  },
  {
    name: 'max-in-flight',
    value: 'N',
    help: 'reviews that are decided at one time; more are handed over (500)',
  },
  { name: 'max-connections', value: 'N', help: 'connections to the webhook at one time (2000)' },
  {
    name: 'review-api',
    value: 'WHO',
    help: 'who may POST manifests to /v1/review: token (with --cluster), loopback (with --state), off (off)',
  },
]
