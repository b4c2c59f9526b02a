import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

/*
 * Starts the server once as the image does, on a cluster that is not there, and ends it: at its end, Node writes what it
 * has compiled to NODE_COMPILE_CACHE. The flags of this process are its flags, as code compiled under others does not count.
 */

const LONGEST_START_MS = 120_000
const [program = ''] = process.argv.slice(2)
const folder = join(tmpdir(), 'fill-compile-cache')
const kubeconfig = join(folder, 'kubeconfig')
mkdirSync(folder, { recursive: true })
writeFileSync(
  kubeconfig,
  JSON.stringify({
    clusters: [{ name: 'none', cluster: { server: 'http://127.0.0.1:1' } }],
    contexts: [{ name: 'none', context: { cluster: 'none', user: '' } }],
    'current-context': 'none',
  }),
)
const flags = ['--host=127.0.0.1', '--port=0', '--ops-port=0', '--drain-seconds=0', '--events=off']
const server = spawn(
  process.execPath,
  [...process.execArgv, program, 'serve', '--cluster', `--kubeconfig=${kubeconfig}`, ...flags],
  { stdio: ['ignore', 'pipe', 'inherit'] },
)
const ended = once(server, 'exit')
// a server that says nothing must not hang the build
const limit = setTimeout(() => server.kill('SIGKILL'), LONGEST_START_MS)
await Promise.race([once(createInterface(server.stdout), 'line'), ended])
clearTimeout(limit)
server.kill('SIGTERM')
const [code] = (await ended) as [number | null]
process.exitCode = code ?? 1
