import type { Source } from '../state/manifest.ts'

/** What standard input is called as a file. */
const STDIN = '<stdin>'

/** The place of what stands in no file. */
export const NOWHERE: Source = { file: '', document: 1, line: 0 }

/** `pod.yaml:3`; what a cluster has stands in no line; empty for what stands nowhere. */
export function placeOf({ file, line }: Source): string {
  return line === 0 ? file : `${file}:${line}`
}

/** Whether it stands in a file, and neither came by standard input nor from a cluster. */
export function isFile({ file }: Source): boolean {
  return file !== '' && file !== STDIN && !isServer(file)
}

/**
 * The file as a URI reference (RFC 3986): relative where the path is, so that it means the same on another machine;
 * `stdin` for standard input; the address of a server for what a cluster has.
 */
export function uriOf({ file }: Source): string {
  if (file === STDIN) return 'stdin'
  if (isServer(file)) return file
  const segments = file
    .toWellFormed()
    .replace(/^(\.\/+)+/, '')
    .split('/')
  return `${file.startsWith('/') ? 'file://' : ''}${segments.map(encodeURIComponent).join('/')}`
}

function isServer(file: string): boolean {
  return /^https?:\/\/[\w.:[\]/-]+$/.test(file)
}
