import type { ServerLimits } from './limits.ts'
import { makePool, type Pool } from './shares.ts'

/** What the callers of one server share. */
export interface Pools {
  readonly connections: Pool
  /** connections that are not greeted yet */
  readonly handshakes: Pool
  /** reviews that are being decided */
  readonly inFlight: Pool
  /** bytes of bodies */
  readonly bytes: Pool
}

export function makePools({
  connections,
  handshakes,
  inFlight,
  inFlightBytes,
}: Pick<ServerLimits, 'connections' | 'handshakes' | 'inFlight' | 'inFlightBytes'>): Pools {
  return {
    connections: makePool(connections),
    handshakes: makePool(handshakes),
    inFlight: makePool(inFlight),
    bytes: makePool(inFlightBytes),
  }
}
