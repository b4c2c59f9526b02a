import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Child } from './children.ts'
import { manifestsOf } from './cluster.ts'
import type { Fleet } from './fleet.ts'
import type { Row } from './rows.ts'

/** Where the bench keeps its files. */
export interface Places {
  readonly dir: string
  readonly tls: { readonly cert: string; readonly key: string }
}

/** The arguments of node for the reference server. */
export function bareServer({ tls }: Places): string[] {
  return [fileOf('bare-server.ts'), tls.cert, tls.key]
}

/** The arguments of our program for a row; starts the API server that it watches, where there is to be one. */
export async function serveCommand(
  places: Places,
  { from, fleet }: Row,
  start: (args: readonly string[]) => Promise<Child>,
): Promise<string[]> {
  const { dir, tls } = places
  const common = {
    '--host': '127.0.0.1',
    '--port': '0',
    '--ops-port': '0',
    '--tls-cert': tls.cert,
    '--tls-key': tls.key,
    '--cluster-domain': 'cluster.local',
    '--drain-seconds': '0',
  }
  const flags = ['serve', ...Object.entries(common).flat()]
  if (from === 'state') return [...flags, '--state', writeState(dir, fleet)]
  const { port } = await start([fileOf('api-server.ts'), JSON.stringify(fleet)])
  return [...flags, '--cluster', '--kubeconfig', writeKubeConfig(dir, port)]
}

function writeState(dir: string, fleet: Fleet): string {
  const state = join(dir, 'state')
  mkdirSync(state, { recursive: true })
  writeFileSync(
    join(state, 'fleet.json'),
    JSON.stringify({ apiVersion: 'v1', kind: 'List', items: manifestsOf(fleet) }),
  )
  return state
}

function writeKubeConfig(dir: string, port: number): string {
  const file = join(dir, 'kubeconfig')
  const name = 'bench'
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server: `http://127.0.0.1:${port}` } }],
    users: [{ name, user: {} }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    'current-context': name,
  }
  writeFileSync(file, JSON.stringify(config))
  return file
}

function fileOf(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url))
}
