import { isIP, isIPv4 } from 'node:net'
import { CertificateError } from './certificate-error.ts'

/** A subject alternative name. `bytes` are the address in network order: 4 for IPv4, 16 for IPv6 (RFC 5280 §4.2.1.6). */
export type Host = { kind: 'dns'; name: string } | { kind: 'ip'; name: string; bytes: Buffer }

const LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/

/**
 * Checks what a person wrote (names, wildcards, addresses; any case, brackets around IPv6, a final dot)
 * and answers each host once, in canonical form and in the order given.
 *
 * @throws {CertificateError} `no-hosts` for an empty list, `bad-host` naming the host and the cure
 */
export function readHosts(written: readonly string[]): [Host, ...Host[]] {
  const hosts = new Map(written.map(readHost).map((host) => [host.name, host]))
  const [first, ...others] = hosts.values()
  if (first === undefined) {
    throw new CertificateError(
      'no-hosts',
      'A serving certificate needs a host: give one DNS name or IP address or more, such as localhost.',
    )
  }
  return [first, ...others]
}

function readHost(written: string): Host {
  const bare = written.trim().replace(/^\[(.*)\]$/, '$1')
  if (isIP(bare) !== 0) return readAddress(bare)

  const name = bare.toLowerCase().replace(/\.$/, '')
  const complaint = dnsComplaint(name)
  if (complaint !== undefined) {
    throw new CertificateError('bad-host', `${JSON.stringify(written)} is not a host: ${complaint}.`)
  }
  return { kind: 'dns', name }
}

function readAddress(address: string): Host {
  if (isIPv4(address)) {
    return { kind: 'ip', name: address, bytes: Buffer.from(address.split('.').map(Number)) }
  }
  if (address.includes('%')) {
    throw new CertificateError(
      'bad-host',
      `"${address}" has a zone, which means nothing outside one machine: write the address without %.`,
    )
  }
  // The URL parser writes every IPv6 address in one way, dotted tails included. Not forge's own
  // bytesFromIPv6: it loses the last group of ::2:3:4:5:6:7:8 and cannot read ::ffff:1.2.3.4.
  const name = new URL(`http://[${address}]`).hostname.slice(1, -1)
  return { kind: 'ip', name, bytes: bytesOfIPv6(name) }
}

function bytesOfIPv6(canonical: string): Buffer {
  const [head = [], tail = []] = canonical
    .split('::')
    .map((half) => half.split(':').filter((group) => group !== ''))
  const zeros = Array<string>(8 - head.length - tail.length).fill('0')
  const groups = [...head, ...zeros, ...tail]
  return Buffer.from(groups.map((group) => group.padStart(4, '0')).join(''), 'hex')
}

/** RFC 1123 §2.1 for the labels, RFC 6125 §6.4.3 for the wildcard. */
function dnsComplaint(name: string): string | undefined {
  const labels = name.split('.')
  const wildcard = labels[0] === '*'
  const plain = wildcard ? labels.slice(1) : labels

  if (name === '') return 'it is empty'
  if (/[:/]/.test(name)) return 'write the name or address alone, without scheme, port or path'
  if (/[^ -~]/.test(name)) return 'write it in its ASCII form (xn--…)'
  if (name.length > 253) return `a name has at most 253 characters, this one has ${name.length}`
  // OpenSSL never matches *.com, so such a certificate would serve nobody.
  if (wildcard && plain.length < 2) return 'a wildcard needs two labels behind it, such as *.example.com'
  const bad = plain.find((label) => !LABEL.test(label))
  if (bad !== undefined) {
    return `each part is 1 to 63 letters, digits or inner hyphens (a wildcard is the whole first part), "${bad}" is not`
  }
  if (/^\d+$/.test(plain.at(-1) ?? ''))
    return 'it looks like an IPv4 address, which has four numbers up to 255'
  return undefined
}
