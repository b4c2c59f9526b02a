import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'

/**
 * Finds `count` TCP ports of 127.0.0.1 that nobody listens on.
 *
 * They lie below the range from which systems take the ports of outgoing connections (32768 and up),
 * else a client could sit on the API server's port while a test has it stopped.
 */
export async function findFreePorts(count: number): Promise<number[]> {
  const ports = new Set<number>()
  for (let tries = 0; ports.size < count; tries++) {
    if (tries > 1000) throw new Error('no free port on 127.0.0.1 between 20000 and 32767')
    const port = randomInt(20_000, 32_768)
    if (await isFree(port)) ports.add(port)
  }
  return [...ports]
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1')
  try {
    await once(server, 'listening')
    return true
  } catch {
    return false
  } finally {
    server.close()
  }
}
