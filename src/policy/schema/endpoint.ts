import type * as z from 'zod'
import { text } from './text.ts'

/**
 * A host is a DNS name. Its last label begins with a letter, which keeps out IP addresses in every notation that URL
 * parsers know (`10.0.0.1`, `0x7f.1`, `[::1]`): what a resolver may not be asked for cannot be reached by a typing trick.
 */
const LABEL = '[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?'
const LAST_LABEL = '[a-z]([-a-z0-9]{0,61}[a-z0-9])?'
const HOST = `(${LABEL}\\.)*${LAST_LABEL}`
const PORT = '([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])'

/** SDKs differ in the port that they assume where none is said, so it must be said. */
export function endpoint(sentence: string): z.ZodString {
  return text(sentence, {
    max: 267,
    pattern: new RegExp(`^https?://${HOST}:${PORT}$`),
    wanted:
      'scheme, DNS name and port in lower case and nothing else (no IP address, no path), such as https://dapr.example.com:443',
  })
}

/** `*.example.com` stands for every name below example.com, not for itself. */
export function hostPattern(sentence: string): z.ZodString {
  return text(sentence, {
    max: 255,
    pattern: new RegExp(`^(\\*\\.)?${HOST}$`),
    wanted: 'a DNS name in lower case, such as dapr.example.com, or *.example.com for every name below it',
  })
}
