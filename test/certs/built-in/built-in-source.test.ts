import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test, vi } from 'vitest'
import { ApiError } from '../../../src/kube/call-errors.ts'
import { SECRET_PATH, textsOf } from '../cluster-parts.ts'
import { PATIENCE } from '../patience.ts'
import { certificateSourceCases } from '../source.cases.ts'
import {
  annotate,
  bundles,
  configuration,
  openBuiltIn as open,
  PATHS,
  until,
  webhooksOf,
} from './open-built-in.ts'

vi.setConfig(PATIENCE)

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
    const { api, source, lead, ready } = await open({ leads: false })
    await sleep(1_500)
    expect(api.written).toEqual([])
    expect(source.problem()).toBeDefined()
    lead()
    await ready()
    expect(api.written).not.toEqual([])
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
    await until(() =>
      expect(Object.keys(textsOf(api)).toSorted()).toEqual(['ca.crt', 'ca.key', 'tls.crt', 'tls.key']),
    )
    // the Secret forgets a CA that nobody trusts any more: whoever leads next would keep one that it does not know
    await sleep(1_500)
    expect(api.written.slice(-3)).toEqual([...PATHS, SECRET_PATH].map((path) => `PATCH ${path}`))
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
    // both configurations, before each of the two is judged
    await until(() => expect(reads).toBe(4))
    await sleep(1_500)
    expect(reads).toBe(4)
  })

  test('restores a Secret that was deleted again and again, each time without waiting', async () => {
    const { api, ready } = await open()
    await ready()
    const before = textsOf(api)
    for (const _ of [1, 2, 3]) {
      api.put(SECRET_PATH, undefined)
      await vi.waitFor(() => expect(textsOf(api)).toEqual(before), { timeout: 5_000 })
      await sleep(300)
    }
  })

  test('restores the Secret and one caBundle while the other cannot be written', async () => {
    const { api, ready } = await open()
    await ready()
    await until(() => expect(bundles(api).map((bundle) => bundle.length)).toEqual([1, 1]))
    const before = textsOf(api)
    const { send } = api
    api.send = (method, path, ...rest) =>
      path === PATHS[1]
        ? Promise.reject(new ApiError({ status: 403, reason: 'Forbidden', message: 'no patch for you' }))
        : send(method, path, ...rest)
    api.put(PATHS[1] ?? '', configuration())
    // by now it is tried again every four seconds
    await sleep(4_000)
    api.put(PATHS[0] ?? '', configuration())
    api.put(SECRET_PATH, undefined)
    await vi.waitFor(
      () => {
        expect(textsOf(api)).toEqual(before)
        expect(bundles(api)[0]).toHaveLength(1)
      },
      { timeout: 2_000 },
    )
  })

  test('takes away what cannot be used in the Secret, and tells it once', async () => {
    const { api, ready, log } = await open()
    await ready()
    const before = textsOf(api)
    const secret = api.read(SECRET_PATH) ?? {}
    const data = { ...(secret['data'] as object), 'next-ca.crt': 'bm9uc2Vuc2U=' }
    api.put(SECRET_PATH, { ...secret, data })
    await until(() => expect(textsOf(api)).toEqual(before))
    expect(log.warnings.filter((text) => text.startsWith('parts of the Secret'))).toHaveLength(1)
  })

  test('leaves a configuration alone that leads elsewhere, and says so once', async () => {
    const { api, ready, source, log } = await open()
    await ready()
    api.put(PATHS[0] ?? '', { webhooks: [webhooksOf(api)[1]] })
    await until(() => expect(source.caBundles()).toEqual([{ configuration: 'validating', inSync: true }]))
    expect(log.warnings.filter((text) => text.startsWith('no webhook of the configuration'))).toHaveLength(1)
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
