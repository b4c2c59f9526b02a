import dns from 'node:dns'
import { syncBuiltinESMExports } from 'node:module'
import { isIP } from 'node:net'

// Loaded before a server: every name fails to resolve, as when no DNS server answers. Addresses are no names.

const trueLookup = dns.lookup
const lookup = (name: string, ...rest: unknown[]): void => {
  if (isIP(name) !== 0) return void Reflect.apply(trueLookup, dns, [name, ...rest])
  const done = rest.at(-1) as (error: Error) => void
  setImmediate(() => done(Object.assign(new Error(`getaddrinfo EAI_AGAIN ${name}`), { code: 'EAI_AGAIN' })))
}
Object.assign(dns, { lookup })
syncBuiltinESMExports()
