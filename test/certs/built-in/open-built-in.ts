import { onTestFinished, expect, vi } from 'vitest'
import { openBuiltInSource } from '../../../src/certs/built-in/built-in-source.ts'
import { certificatesIn } from '../../../src/certs/pem-bundle.ts'
import type { KubeClient } from '../../../src/kube/kube-client.ts'
import { clusterParts, NAMESPACE, SECRET, SECRET_PATH } from '../cluster-parts.ts'
import type { MemoryApi } from '../memory-api.ts'

export const until = (holds: () => void): Promise<void> => vi.waitFor(holds, { timeout: 20_000 })

const SERVICE = 'dapr-shared-admission'
const HOSTS = ['localhost', '127.0.0.1', '::1']
export const PATHS = ['mutating', 'validating'].map(
  (kind) => `/apis/admissionregistration.k8s.io/v1/${kind}webhookconfigurations/${SERVICE}`,
)

interface Webhook {
  name: string
  clientConfig: { caBundle?: string; url?: string }
}

export const configuration = (caPem = '') => ({
  webhooks: [
    {
      name: 'ours',
      clientConfig: {
        service: { name: SERVICE, namespace: NAMESPACE },
        ...(caPem !== '' && { caBundle: Buffer.from(caPem).toString('base64') }),
      },
    },
    { name: 'foreign', clientConfig: { url: 'https://example.test/', caBundle: 'Zm9yZWlnbg==' } },
  ],
})

export const webhooksOf = (api: MemoryApi, path = PATHS[0] ?? ''): Webhook[] =>
  (api.read(path)?.['webhooks'] ?? []) as Webhook[]

/** The CAs of our webhook, of each configuration that there is. */
export const bundles = (api: MemoryApi): string[][] =>
  PATHS.map((path) => {
    const [ours] = webhooksOf(api, path)
    return certificatesIn(Buffer.from(ours?.clientConfig.caBundle ?? '', 'base64').toString('utf8'))
  })

export async function openBuiltIn({
  leads = true,
  settleMs = 0,
  api: given,
  client,
}: {
  leads?: boolean
  settleMs?: number
  /** one that there is already */
  api?: MemoryApi
  /** another way to it */
  client?: KubeClient
} = {}) {
  const way = client ?? given
  const parts = clusterParts(way === undefined ? {} : { client: way })
  const api = given ?? parts.api
  if (given === undefined) for (const path of PATHS) api.put(path, configuration())
  const source = await openBuiltInSource({
    ...parts.parts,
    namespace: NAMESPACE,
    name: SECRET,
    service: SERVICE,
    hosts: HOSTS,
    settleMs,
  })
  const stop = new AbortController()
  let isHeld = true
  let led: Promise<void> | undefined
  const lead = (): void =>
    void (led = source.lead({ signal: stop.signal, isHeld: () => isHeld && !stop.signal.aborted }))
  if (leads) lead()
  const end = async (): Promise<void> => {
    stop.abort()
    await led
  }
  onTestFinished(async () => {
    await end()
    await source[Symbol.asyncDispose]()
  })
  const ready = (): Promise<void> => until(() => expect(source.problem()).toBeUndefined())
  return { ...parts, api, source, ready, lead, end, loseUnnoticed: () => void (isHeld = false) }
}

export function annotate(api: MemoryApi, what: string): void {
  const secret = api.read(SECRET_PATH) ?? {}
  const metadata = { ...(secret['metadata'] as object), annotations: { 'shared.dapr.io/rotate': what } }
  api.put(SECRET_PATH, { ...secret, metadata })
}
