import { instancesOf } from '../core/inventory.ts'
import type { InventorySource } from '../discovery/source.ts'
import { checkReadiness, type ReadinessCheck } from '../operations/readiness.ts'
import type { Observed } from '../telemetry/metrics.ts'
import type { OpenedCertificates } from './open-certificates.ts'

/** What must hold for the server to be ready. It stays ready through an outage of the cluster: what is known is served. */
export function readinessChecks(
  source: InventorySource,
  certificates: OpenedCertificates,
  state: { readonly draining: boolean },
): ReadinessCheck[] {
  return [
    { name: 'serving', problem: () => (state.draining ? 'draining' : undefined) },
    {
      name: 'certificate',
      problem: () =>
        certificates.problem?.() ??
        (certificates.current().notAfter.getTime() < Date.now() ? 'expired' : undefined),
    },
    ...source.health().map(({ resource }) => ({
      name: `cache ${resource}`,
      problem: () => {
        const health = source.health().find((one) => one.resource === resource)
        return health?.synced === true ? undefined : (health?.lastError ?? 'not read completely yet')
      },
    })),
  ]
}

/** What metrics read when they are asked for. */
export function observe(
  source: InventorySource,
  certificates: OpenedCertificates,
  checks: readonly ReadinessCheck[],
): Observed {
  return {
    isReady: () => checkReadiness(checks).ready,
    *instances() {
      for (const { strategy, readiness } of instancesOf(source.current() ?? new Map())) {
        yield { strategy, ready: readiness.known ? String(readiness.ready > 0) : 'unknown' }
      }
    },
    policies: () => source.policyCounts(),
    resources: () => source.health(),
    *certificates() {
      // a throw-away one is none
      if (certificates.problem?.() !== undefined) return
      const { notAfter, caNotAfter } = certificates.current()
      yield { certificate: 'serving', notAfter }
      if (caNotAfter !== undefined) yield { certificate: 'ca', notAfter: caNotAfter }
    },
    caBundles: () => certificates.caBundles?.() ?? [],
  }
}
