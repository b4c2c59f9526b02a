import type { BodyLimits } from './read-body.ts'

/** What one server takes on at one time. */
export interface ServerLimits extends BodyLimits {
  /** connections that are open, used or not */
  readonly connections: number
  /** connections that shake hands at one time; others wait for their turn */
  readonly handshakes: number
  /** reviews that are being decided at one time */
  readonly inFlight: number
  /** bytes of all bodies that are being read */
  readonly inFlightBytes: number
  /** milliseconds for one review where the API server does not say */
  readonly decisionMs: number
  readonly patience: Patience
}

/** How many milliseconds a client may take. */
export interface Patience {
  readonly handshakeMs: number
  readonly headersMs: number
  /** headers and body together */
  readonly requestMs: number
  /** between two requests */
  readonly idleMs: number
  /** how often Node looks for those that take longer */
  readonly checkMs: number
}

export const DEFAULT_LIMITS: ServerLimits = {
  bytes: 8 * 1024 * 1024,
  json: { depth: 200, tokens: 250_000 },
  connections: 2000,
  // so many take half a second of a CPU
  handshakes: 500,
  inFlight: 500,
  inFlightBytes: 64 * 1024 * 1024,
  decisionMs: 4500,
  patience: {
    handshakeMs: 5000,
    headersMs: 10_000,
    requestMs: 15_000,
    // Go keeps idle connections 90 s: closing first would cut a review that is on its way
    idleMs: 120_000,
    // Node's own 30 s would let slow clients live that long
    checkMs: 1000,
  },
}
