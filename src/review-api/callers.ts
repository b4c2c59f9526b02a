import type { IncomingHttpHeaders } from 'node:http'

/** Who asks. */
export interface Caller {
  /** for the log and for limits: `system:serviceaccount:ci:bot`, empty where nobody is asked for his name */
  readonly name: string
  /**
   * Whether he may ask about pods of a namespace.
   *
   * @throws FactUnavailable where nobody can tell now
   */
  readonly mayAsk: (namespace: string, signal: AbortSignal) => Promise<boolean>
}

/**
 * Finds out who asks, from the headers alone.
 *
 * @throws Refusal for somebody unknown, FactUnavailable where nobody can tell now
 */
export type Identify = (
  request: { readonly headers: IncomingHttpHeaders; readonly remoteAddress: string },
  signal: AbortSignal,
) => Promise<Caller>

/** On one's own machine, with a folder of manifests for a cluster: whoever reaches the port may read the folder, too. */
export const anybody: Identify = async () => ({ name: '', mayAsk: async () => true })
