import { makeAuthority, signServing, type Authority, type CertifiedKey } from '../../src/certs/authority.ts'

export const now = () => new Date()

export const newAuthority = (): Promise<Authority> =>
  makeAuthority({ commonName: 'A test CA', now, days: 30 })

export const newServing = (
  authority: Authority,
  hosts: readonly string[] = ['localhost', '127.0.0.1'],
): Promise<CertifiedKey> => signServing({ authority, hosts, now, days: 7 })

/** The names of this machine. */
export const LOCAL = ['localhost', '127.0.0.1', '::1']

/** Three pairs of one CA for this machine: one to begin with, and two to change to. */
export const threePairs = async (authority: Authority): Promise<[CertifiedKey, CertifiedKey, CertifiedKey]> =>
  Promise.all([newServing(authority, LOCAL), newServing(authority, LOCAL), newServing(authority, LOCAL)])
