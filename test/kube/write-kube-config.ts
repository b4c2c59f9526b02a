import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface KubeConfigFile extends Disposable {
  readonly path: string
  readonly folder: string
}

/** Writes a kubeconfig, as JSON (which is YAML, too), into a folder of its own. */
export function writeKubeConfig(config: unknown): KubeConfigFile {
  const folder = mkdtempSync(join(tmpdir(), 'kube-test-'))
  const path = join(folder, 'config')
  writeFileSync(path, typeof config === 'string' ? config : JSON.stringify(config))
  return { path, folder, [Symbol.dispose]: () => rmSync(folder, { recursive: true }) }
}

/** A kubeconfig of one cluster, one user and one context, all named `test`. */
export function kubeConfigFor(server: string, cluster: object = {}, user: object = {}): object {
  return {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'test',
    clusters: [{ name: 'test', cluster: { server, ...cluster } }],
    users: [{ name: 'test', user }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
  }
}
