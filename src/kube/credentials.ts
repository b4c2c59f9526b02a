import type { RequestOptions } from 'node:https'
import type { KubeConfig } from '@kubernetes/client-node'
import { KubeConfigError } from './kube-config.ts'

/** What one request needs to be let in. */
export interface Credentials {
  readonly headers: Readonly<Record<string, string>>
  readonly transport: Transport
}

/** What a connection is made with; two that are equal can share one. */
export interface Transport {
  readonly server: URL
  readonly proxy: string | undefined
  readonly tls: TlsMaterial
}

const TLS_FIELDS = ['ca', 'cert', 'key', 'pfx', 'passphrase', 'rejectUnauthorized', 'servername'] as const

export type TlsMaterial = Pick<RequestOptions, (typeof TLS_FIELDS)[number]>

export interface CredentialSource {
  /** The credentials of this moment. Throws `KubeConfigError`. */
  current(): Promise<Credentials>
  /** The server did not accept them: begin anew from the kubeconfig. */
  refused(): void
}

/**
 * Asks client-node for the credentials of each request: it reads certificates and tokens from their files, runs exec
 * plugins and renews OIDC tokens as they age. Requests that come together share one answer, so that two hundred of them
 * do not read the files two hundred times, nor run a plugin twice.
 *
 * `load` reads the kubeconfig. It is read again after a 401, since client-node keeps an exec plugin's credential that
 * has no expiry for ever, and a kubeconfig with credentials in it may have been replaced. If that fails, the former one
 * is kept: the file may be just being written, and a server that starts refuses good credentials, too.
 */
export function readCredentials(first: KubeConfig, load: () => KubeConfig): CredentialSource {
  let config = first
  let isRefused = false
  let reading: Promise<Credentials> | undefined

  function reload(): void {
    isRefused = false
    try {
      config = load()
    } catch {
      // The next 401 tries again.
    }
  }

  async function read(): Promise<Credentials> {
    if (isRefused) reload()
    try {
      return await credentialsOf(config)
    } catch (error) {
      const why = error instanceof Error ? error.message.trim() : String(error)
      throw new KubeConfigError(`the credentials for the API server cannot be had: ${why}`, { cause: error })
    }
  }

  return {
    current: () => {
      reading ??= read().finally(() => {
        reading = undefined
      })
      return reading
    },
    refused: () => {
      isRefused = true
    },
  }
}

async function credentialsOf(config: KubeConfig): Promise<Credentials> {
  const cluster = config.getCurrentCluster()
  if (!cluster) throw new Error('the current context has no cluster')
  const options: RequestOptions = {}
  await config.applyToHTTPSOptions(options)
  return {
    headers: { ...headersOf(options), ...basic(options.auth) },
    transport: {
      server: new URL(cluster.server),
      proxy: cluster.proxyUrl || undefined,
      tls: tlsOf(options),
    },
  }
}

function headersOf({ headers = {} }: RequestOptions): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value).trim()]))
}

function basic(auth: string | null | undefined): Record<string, string> {
  return auth ? { Authorization: `Basic ${Buffer.from(auth).toString('base64')}` } : {}
}

// Only what is there: a present but undefined `rejectUnauthorized` would override Node's own default.
function tlsOf(options: RequestOptions): TlsMaterial {
  const present = TLS_FIELDS.filter((field) => options[field] !== undefined)
  return Object.fromEntries(present.map((field) => [field, options[field]]))
}
