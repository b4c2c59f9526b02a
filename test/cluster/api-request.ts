import { readFileSync } from 'node:fs'
import { Agent, request } from 'undici'
import type { Dispatcher } from 'undici'

export interface ApiResponse {
  status: number
  /** Parsed where the answer is JSON, else its text. */
  body: unknown
  headers: Record<string, string | string[] | undefined>
}

export type ApiRequest = (
  method: Dispatcher.HttpMethod,
  path: string,
  body?: unknown,
  headers?: Record<string, string>,
) => Promise<ApiResponse>

/** A client of one API server and one user, for raw requests. Ended by `close`. */
export interface ApiClient {
  request: ApiRequest
  close(): Promise<void>
}

export function createApiClient(url: string, caFile: string, token: string): ApiClient {
  let agent: Agent | undefined
  const connect = (): Agent => {
    // Read as late as can be: the API server writes the file at its first start, and may be at it.
    const ca = readFileSync(caFile, 'utf8')
    if (!ca.includes('END CERTIFICATE')) throw new Error(`${caFile} is not written yet`)
    return new Agent({ connect: { ca }, allowH2: false })
  }

  return {
    async request(method, path, body, headers = {}) {
      agent ??= connect()
      const response = await request(new URL(path, url), {
        method,
        dispatcher: agent,
        headers: {
          authorization: `Bearer ${token}`,
          accept: 'application/json',
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        body: body === undefined ? null : JSON.stringify(body),
      })
      return {
        status: response.statusCode,
        body: parseIfJson(await response.body.text()),
        headers: response.headers,
      }
    },
    async close() {
      await agent?.destroy()
      agent = undefined
    },
  }
}

/** By trying, not by content type: a watch is JSON by name but several documents by content. */
function parseIfJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
