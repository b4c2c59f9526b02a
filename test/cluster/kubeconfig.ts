import { writeFileSync } from 'node:fs'
import { stringify } from 'yaml'

export interface KubeconfigUser {
  url: string
  caFile: string
  token: string
  user: string
  namespace?: string
}

/** Writes a kubeconfig that client libraries and kubectl accept; returns its path. */
export function writeKubeconfig(
  file: string,
  { url, caFile, token, user, namespace }: KubeconfigUser,
): string {
  const name = 'test'
  const text = stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server: url, 'certificate-authority': caFile } }],
    users: [{ name: user, user: { token } }],
    contexts: [{ name, context: { cluster: name, user, namespace: namespace ?? 'default' } }],
    'current-context': name,
  })
  writeFileSync(file, text, { mode: 0o600 })
  return file
}
