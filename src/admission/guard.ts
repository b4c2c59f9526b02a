import type { Socket } from 'node:net'
import type { ClientRefusal } from './client-certificates.ts'
import type { ConnectionRefusal } from './connections.ts'
import type { ServerLimits } from './limits.ts'
import { makePools, type Pools } from './pools.ts'

/** What stands between callers and the handler besides limits. A server without it lets everybody in at any time. */
export interface Guard {
  readonly pools: Pools
  /** whether an answer within so many milliseconds would come too late */
  readonly isLate: (limitMs: number) => boolean
  /** why a connection may not ask for reviews; nothing where it may */
  readonly clientRefusal: (socket: Socket) => ClientRefusal | undefined
  readonly onConnectionRefused: (reason: ConnectionRefusal) => void
  readonly onClientRefused: (reason: ClientRefusal) => void
}

/** Limits, and nothing else. */
export function unguarded(limits: ServerLimits): Guard {
  return {
    pools: makePools(limits),
    isLate: () => false,
    clientRefusal: () => undefined,
    onConnectionRefused: () => undefined,
    onClientRefused: () => undefined,
  }
}
