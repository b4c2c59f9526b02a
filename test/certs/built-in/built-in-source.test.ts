import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { openBuiltInSource } from '../../../src/certs/built-in/built-in-source.ts'
import { certificatesIn } from '../../../src/certs/pem-bundle.ts'
import { ApiError } from '../../../src/kube/call-errors.ts'
import { clusterParts, NAMESPACE, SECRET, SECRET_PATH, textsOf } from '../cluster-parts.ts'
import type { MemoryApi } from '../memory-api.ts'
import { PATIENCE } from '../patience.ts'
import { certificateSourceCases } from '../source.cases.ts'

vi.setConfig(PATIENCE)

const until = (holds: () => void): Promise<void> => vi.waitFor(holds, { timeout: 20_000 })

const SERVICE = 'dapr-shared-admission'
const HOSTS = ['localhost', '127.0.0.1', '::1']
const PATHS = ['mutating', 'validating'].map(
  (kind) => `/apis/admissionregistration.k8s.io/v1/${kind}webhookconfigurations/${SERVICE}`,
)

interface Webhook {
  name: string
  clientConfig: { caBundle?: string; url?: string }
}

const configuration = (caPem = '') => ({
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

const webhooksOf = (api: MemoryApi, path = PATHS[0] ?? ''): Webhook[] =>
  (api.read(path)?.['webhooks'] ?? []) as Webhook[]

/** The CAs of our webhook, of each configuration that there is. */
const bundles = (api: MemoryApi): string[][] =>
  PATHS.map((path) => {
    const [ours] = webhooksOf(api, path)
    return certificatesIn(Buffer.from(ours?.clientConfig.caBundle ?? '', 'base64').toString('utf8'))
  })

async function open({
  leads = true,
  settleMs = 0,
  api: given,
}: { leads?: boolean; settleMs?: number; api?: MemoryApi } = {}) {
  const parts = clusterParts(given === undefined ? {} : { client: given })
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
  const led = leads
    ? source.lead({ signal: stop.signal, isHeld: () => isHeld && !stop.signal.aborted })
    : undefined
  const end = async (): Promise<void> => {
    stop.abort()
    await led
  }
  onTestFinished(async () => {
    await end()
    await source[Symbol.asyncDispose]()
  })
  const ready = (): Promise<void> => until(() => expect(source.problem()).toBeUndefined())
  return { ...parts, api, source, ready, end, loseUnnoticed: () => void (isHeld = false) }
}

function annotate(api: MemoryApi, what: string): void {
  const secret = api.read(SECRET_PATH) ?? {}
  const metadata = { ...(secret['metadata'] as object), annotations: { 'shared.dapr.io/rotate': what } }
  api.put(SECRET_PATH, { ...secret, metadata })
}

certificateSourceCases('a CA of our own', async () => {
  const { api, source, log, pending, ready } = await open()
  await ready()
  // what led to the first certificate is no part of the promise
  log.infos.length = 0
  log.warnings.length = 0
  const served: string[] = []
  const isAboutServing = (message: string): boolean => message.startsWith('The certificate')
  const own = {
    ...log,
    get infos() {
      return log.infos.filter(isAboutServing)
    },
  }
  return {
    source,
    log: own,
    pendingTimers: pending,
    async provoke() {
      served.push(source.current().fingerprint256)
      annotate(api, 'serving')
    },
  }
})

describe('a fresh install', () => {
  test('gets one CA and one leaf, and every webhook of ours trusts it', async () => {
    const { api, source, ready } = await open()
    await ready()
    const ca = textsOf(api)['ca.crt'] ?? ''
    expect(bundles(api)).toEqual([[ca], [ca]])
    expect(source.current().caPem).toBe(ca)
    expect(source.caBundles()).toEqual([
      { configuration: 'mutating', inSync: true },
      { configuration: 'validating', inSync: true },
    ])
    expect(webhooksOf(api)[1]?.clientConfig.caBundle).toBe('Zm9yZWlnbg==')
  })

  test('of two replicas that both think they lead: all agree on one CA', async () => {
    const first = await open()
    const second = await open({ api: first.api })
    await Promise.all([first.ready(), second.ready()])
    const ca = textsOf(first.api)['ca.crt'] ?? ''
    await until(() => expect(bundles(first.api)).toEqual([[ca], [ca]]))
    await until(() => expect([first.source.current().caPem, second.source.current().caPem]).toEqual([ca, ca]))
  })

  test('that nobody leads: nothing is written', async () => {
    const { api, source } = await open({ leads: false })
    expect(api.written).toEqual([])
    expect(source.problem()).toBeDefined()
  })
})

describe('whoever leads', () => {
  test('mends a caBundle that was blanked', async () => {
    const { api, ready, source } = await open()
    await ready()
    const before = bundles(api)
    for (const path of PATHS) api.put(path, configuration())
    expect(source.caBundles().length).toBe(2)
    await until(() => expect(bundles(api)).toEqual(before))
  })

  test('never makes a configuration that was deleted, and says so once', async () => {
    const { api, ready, log, source } = await open()
    await ready()
    api.put(PATHS[0] ?? '', undefined)
    await until(() => expect(log.warnings.filter((text) => text.includes('was deleted'))).toHaveLength(1))
    annotate(api, 'serving')
    await until(() => expect(api.read(SECRET_PATH)?.['metadata']).toMatchObject({ annotations: {} }))
    expect(api.read(PATHS[0] ?? '')).toBeUndefined()
    expect(source.caBundles()).toEqual([{ configuration: 'validating', inSync: true }])
  })

  test('restores a Secret that was deleted', async () => {
    const { api, ready } = await open()
    await ready()
    const before = textsOf(api)
    api.put(SECRET_PATH, undefined)
    await until(() => expect(textsOf(api)).toEqual(before))
  })

  test('changes the CA as asked: both are trusted before the leaf changes, and only the new one after', async () => {
    const { api, ready, source } = await open({ settleMs: 1_000 })
    await ready()
    const old = textsOf(api)['ca.crt'] ?? ''
    const seen: number[] = []
    source.onChange(() => seen.push(...bundles(api).map((bundle) => bundle.length)))
    annotate(api, 'ca')
    await until(() => expect(source.current().caPem).not.toBe(old))
    expect(seen).toEqual([2, 2])
    const ca = textsOf(api)['ca.crt'] ?? ''
    await until(() => expect(bundles(api)).toEqual([[ca], [ca]]))
    expect(Object.keys(textsOf(api)).toSorted()).toEqual(['ca.crt', 'ca.key', 'tls.crt', 'tls.key'])
  })

  test('and has lost the Lease without knowing writes nothing more', async () => {
    const { api, ready, loseUnnoticed } = await open()
    await ready()
    loseUnnoticed()
    api.written.length = 0
    api.put(PATHS[0] ?? '', configuration())
    await sleep(1_500)
    expect(api.written).toEqual([])
  })

  test('looks at the API server itself when somebody does not trust us', async () => {
    const { api, ready, source } = await open()
    await ready()
    let reads = 0
    const get = api.get
    api.get = (path, options) => {
      if (PATHS.includes(path)) reads += 1
      return get(path, options)
    }
    source.distrusted()
    source.distrusted()
    await until(() => expect(reads).toBe(2))
  })

  test('tells once what it may not write, and goes on when it may', async () => {
    const { api, log, ready } = await open()
    await ready()
    const { send } = api
    api.send = () =>
      Promise.reject(new ApiError({ status: 403, reason: 'Forbidden', message: 'no patch for you' }))
    api.put(PATHS[0] ?? '', configuration())
    await sleep(3_500)
    expect(log.warnings.filter((text) => text === 'the certificates cannot be kept')).toHaveLength(1)
    api.send = send
    await until(() => expect(bundles(api)[0]).toHaveLength(1))
  })
})
