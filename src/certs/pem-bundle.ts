import { X509Certificate } from 'node:crypto'

const BLOCK = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g

/**
 * The certificates of a PEM text, each once, written in one way so that two of them are equal as text. What is no
 * certificate is passed over: a `caBundle` may hold whatever somebody put there.
 */
export function certificatesIn(pem: string): string[] {
  return [...new Set((pem.match(BLOCK) ?? []).flatMap(readBlock))]
}

function readBlock(block: string): string[] {
  try {
    return [new X509Certificate(block).toString()]
  } catch {
    return []
  }
}

/** Whether two bundles trust the same CAs; the order says nothing. */
export function isSameBundle(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && isWithin(one, other)
}

/** Whether every CA of the first is in the second. */
export function isWithin(some: readonly string[], all: readonly string[]): boolean {
  return some.every((certificate) => all.includes(certificate))
}
