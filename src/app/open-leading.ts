import type { ServeSettings } from '../config/serve-settings.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Observed } from '../telemetry/metrics.ts'
import { startLeading, statusDuty, type Duty } from './lead.ts'
import type { OpenedCertificates } from './open-certificates.ts'
import type { OpenedSource } from './open-source.ts'

export interface OpenedLeading extends AsyncDisposable {
  /** what metrics tell of it; nothing where there is nobody to lead */
  readonly observed: Pick<Observed, 'isLeader'>
}

/** Has one replica write statuses, and keep the certificates where they are our own; without a cluster there is nothing to do. */
export function openLeading(
  { ownNamespace }: Pick<ServeSettings, 'ownNamespace'>,
  cluster: OpenedSource['cluster'],
  certificates: OpenedCertificates,
  log: Logger,
): OpenedLeading {
  if (cluster === undefined) return NOTHING_TO_LEAD
  const { client, watched } = cluster
  const duties: Duty[] = [statusDuty({ client, source: watched, log })]
  if (certificates.lead !== undefined) duties.push(certificates.lead)
  const keepsCertificates = certificates.lead !== undefined
  const leading = startLeading({ client, ownNamespace, duties, keepsCertificates, log })
  return {
    observed: { isLeader: () => leading.isLeader() },
    [Symbol.asyncDispose]: () => leading[Symbol.asyncDispose](),
  }
}

const NOTHING_TO_LEAD: OpenedLeading = {
  observed: {},
  async [Symbol.asyncDispose]() {
    // nobody leads
  },
}
