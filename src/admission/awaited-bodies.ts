import type { IncomingMessage, Server, ServerResponse } from 'node:http'

/** Bodies that their clients send only when they are told to (`Expect: 100-continue`). */
export interface AwaitedBodies {
  /** whether the client still waits to be told: its body will not come */
  readonly isAwaited: (message: IncomingMessage) => boolean
  /** tells the client to send its body, if it waits for that */
  readonly ask: (message: IncomingMessage, response: ServerResponse) => void
}

/** By itself Node says yes to everything, also to what the headers tell is too large, or from somebody who may not ask. */
export function awaitBodies(server: Pick<Server, 'on' | 'emit'>): AwaitedBodies {
  const awaited = new WeakSet<IncomingMessage>()
  server.on('checkContinue', (message, response) => {
    awaited.add(message)
    server.emit('request', message, response)
  })
  return {
    isAwaited: (message) => awaited.has(message),
    ask(message, response) {
      if (awaited.delete(message)) response.writeContinue()
    },
  }
}
