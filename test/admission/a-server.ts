import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'
import type { Stage } from '../../src/admission/decide-review.ts'
import type { Guard } from '../../src/admission/guard.ts'
import type { Handler } from '../../src/admission/handle.ts'
import { verdict } from '../../src/admission/reply.ts'
import { DEFAULT_LIMITS, type Patience, type ServerLimits } from '../../src/admission/limits.ts'
import { makeAdmissionServer, type AdmissionServer } from '../../src/admission/server.ts'
import { makeAuthority, signServing } from '../../src/certs/authority.ts'
import { openSocket, type RawSocket } from './raw-socket.ts'

const now = (): Date => new Date()

async function certify() {
  const authority = await makeAuthority({ commonName: 'A test CA', now, days: 2 })
  const sign = () => signServing({ authority, hosts: ['localhost', '127.0.0.1'], now, days: 1 })
  return { ca: authority.certPem, first: await sign(), sign }
}

let made: ReturnType<typeof certify> | undefined

/** One CA for all tests of a file: making keys takes a second. */
export function testCertificates(): ReturnType<typeof certify> {
  made ??= certify()
  return made
}

export interface ServerParts {
  readonly handle?: Handler
  readonly limits?: Partial<Omit<ServerLimits, 'patience'>>
  readonly patience?: Partial<Patience>
  readonly serves?: (host: string) => boolean
  readonly onShed?: (stage: Stage) => void
  readonly guard?: Partial<Guard>
  /** CA of client certificates, PEM */
  readonly clientCaPem?: string
}

export interface RunningServer {
  readonly app: AdmissionServer
  readonly port: number
  readonly url: string
  readonly ca: string
  /** what the program says of itself; a test changes it */
  readonly state: { draining: boolean; closing: boolean }
  readonly open: () => Promise<RawSocket>
}

/** An admission server on 127.0.0.1 that admits everything unless told otherwise, closed with the test. */
export async function runServer(parts: ServerParts = {}): Promise<RunningServer> {
  const { ca, first } = await testCertificates()
  const state = { draining: false, closing: false }
  const app = makeAdmissionServer({
    certificate: { ...first, clientCaPem: parts.clientCaPem },
    handle: parts.handle ?? (() => verdict('{"admitted":true}')),
    serves: parts.serves ?? (() => true),
    isDraining: () => state.draining,
    isClosing: () => state.closing,
    onShed: parts.onShed ?? (() => undefined),
    ...(parts.guard === undefined ? {} : { guard: parts.guard }),
    limits: {
      ...DEFAULT_LIMITS,
      ...parts.limits,
      patience: { ...DEFAULT_LIMITS.patience, ...parts.patience },
    },
  })
  await app.listen({ host: '127.0.0.1', port: 0 })
  onTestFinished(() => {
    app.server.closeAllConnections()
    return app.close()
  })
  // a server that listens on a host and port has an address with both
  const { port } = app.server.address() as AddressInfo
  return { app, port, url: `https://127.0.0.1:${port}`, ca, state, open: () => openSocket(port, { ca }) }
}
