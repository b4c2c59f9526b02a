import { makeAuthority, signServing } from './authority.ts'
import { readServingCertificate, type ServingCertificate } from './source.ts'

/**
 * Stands in while there is no certificate yet. Nobody trusts it, and it has the name of nobody; but a TLS server that has
 * one can listen, and is given the real one later.
 */
export async function makeThrowAway(now: () => Date): Promise<ServingCertificate> {
  const authority = await makeAuthority({ commonName: 'Dapr Shared Admission, not ready', now, days: 1 })
  const hosts = ['not-ready.invalid']
  return readServingCertificate(await signServing({ authority, hosts, now, days: 1 }))
}
