import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** A span as preloaded-sdk.ts writes it. */
export interface WrittenSpan {
  readonly name: string
  /** 1: of a server */
  readonly kind: number
  readonly traceId: string
  readonly spanId: string
  readonly parent?: string
  readonly attributes: Readonly<Record<string, unknown>>
  readonly status: { readonly code: number; readonly message?: string }
  readonly events: readonly { readonly name: string }[]
}

/** The environment in which a process of Node.js has an SDK and writes its spans to a file. */
export function withSdk(file: string): Readonly<Record<string, string>> {
  const sdk = fileURLToPath(new URL('preloaded-sdk.ts', import.meta.url))
  return { NODE_OPTIONS: `--import=${sdk}`, SPANS_FILE: file }
}

export function readSpans(file: string): WrittenSpan[] {
  if (!existsSync(file)) return []
  const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1)
  return lines.map((line) => JSON.parse(line) as WrittenSpan)
}
