import { runApp } from '../admission/an-app.ts'
import { LIMITS } from './in-process.ts'
import { clusterFile } from './read-cluster.ts'
import { onTheWire, type Target } from './target.ts'

/** The whole program on a port of 127.0.0.1, over real TLS. */
export async function openOverTls(cluster: string): Promise<Target & AsyncDisposable> {
  const running = await runApp({
    paths: [clusterFile(cluster)],
    limits: LIMITS,
    settings: { logLevel: 'silent' },
  })
  return {
    open: running.open,
    async send(request) {
      const socket = await running.open()
      socket.send(...onTheWire(request))
      const [answer] = await socket.answers(1)
      socket.destroy()
      if (answer === undefined) throw new Error('no answer')
      return answer
    },
    [Symbol.asyncDispose]: () => running[Symbol.asyncDispose](),
  }
}
