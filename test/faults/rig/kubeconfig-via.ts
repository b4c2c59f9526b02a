import { readFileSync, writeFileSync } from 'node:fs'

/** A kubeconfig like another one that leads to another port of 127.0.0.1; returns its path. */
export function kubeconfigVia(original: string, port: number): string {
  const file = `${original}.via-${port}`
  const text = readFileSync(original, 'utf8')
  writeFileSync(file, text.replace(/(https:\/\/127\.0\.0\.1):\d+/, `$1:${port}`), { mode: 0o600 })
  return file
}
