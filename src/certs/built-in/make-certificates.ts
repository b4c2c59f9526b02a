import { X509Certificate } from 'node:crypto'
import type { Maker } from './take-step.ts'

/**
 * A year, as cert-manager's own: at two thirds of it there are 121 days left, more than the life of any leaf, and the
 * path on which a cluster depends once in a while is walked often enough to be known to work.
 */
const AUTHORITY_DAYS = 365
const LEAF_DAYS = 90

/** Real keys and certificates. @param hosts all names by which the webhook is called */
export function makeCertificates(hosts: readonly string[], now: () => Date): Maker {
  return {
    async authority() {
      // most replicas never sign, and node-forge costs 3 MB
      const { makeAuthority } = await import('../authority.ts')
      const commonName = 'Dapr Shared Admission'
      const { certPem, keyPem } = await makeAuthority({ commonName, now, days: AUTHORITY_DAYS })
      return { certPem, keyPem, ...validityOf(certPem) }
    },
    async leaf(authority) {
      const { signServing } = await import('../authority.ts')
      const { certPem, keyPem } = await signServing({ authority, hosts, now, days: LEAF_DAYS })
      return { certPem, keyPem, ...validityOf(certPem), hasAllHosts: true }
    },
  }
}

function validityOf(certPem: string): { notBefore: Date; notAfter: Date } {
  const { validFromDate, validToDate } = new X509Certificate(certPem)
  return { notBefore: validFromDate, notAfter: validToDate }
}
