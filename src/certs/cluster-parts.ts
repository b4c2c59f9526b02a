import type { Sleep } from '../kube/deadline.ts'
import type { KubeClient } from '../kube/kube-client.ts'
import type { CertificateLog } from './source.ts'
import type { SetTimer } from './timer.ts'

/** What it takes to keep certificates in a cluster. */
export interface ClusterParts {
  readonly client: KubeClient
  readonly now: () => Date
  /** milliseconds, monotonic */
  readonly clock: () => number
  readonly random: () => number
  readonly sleep: Sleep
  readonly setTimer: SetTimer
  readonly log: CertificateLog & { debug(facts: object, message: string): void }
}
