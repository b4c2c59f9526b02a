import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test, vi } from 'vitest'
import { certificatesIn } from '../../../src/certs/pem-bundle.ts'
import { ApiError } from '../../../src/kube/call-errors.ts'
import type { KubeClient } from '../../../src/kube/kube-client.ts'
import { SECRET_PATH, textsOf } from '../cluster-parts.ts'
import type { MemoryApi } from '../memory-api.ts'
import { PATIENCE } from '../patience.ts'
import { laggingClient } from './lagging-client.ts'
import { annotate, bundles, configuration, openBuiltIn, PATHS, until } from './open-built-in.ts'

vi.setConfig(PATIENCE)

const inService = (api: MemoryApi): string => textsOf(api)['ca.crt'] ?? ''
const untilAtRest = (api: MemoryApi): Promise<void> =>
  until(() => expect(bundles(api)).toEqual([[inService(api)], [inService(api)]]))

/** A cluster in which all is in place, as a leader that is gone has left it. */
async function certified(): Promise<MemoryApi> {
  const { api, ready, end } = await openBuiltIn()
  await ready()
  await untilAtRest(api)
  await end()
  return api
}

/** Another who leads changes the CA, to the end. */
async function changeAuthority(api: MemoryApi): Promise<void> {
  const old = inService(api)
  const other = await openBuiltIn({ api })
  annotate(api, 'ca')
  await until(() => expect(inService(api)).not.toBe(old))
  await untilAtRest(api)
  await other.end()
}

/** Whether every caBundle has the CA in service, after each write of one. */
function watchTrust(api: MemoryApi): boolean[] {
  const trusted: boolean[] = []
  const put = api.put.bind(api)
  api.put = (path, object) => {
    put(path, object)
    if (PATHS.includes(path)) trusted.push(bundles(api).every((bundle) => bundle.includes(inService(api))))
  }
  return trusted
}

test('a Secret that may not be read is not taken for none: nothing is written', async () => {
  const api = await certified()
  const before = textsOf(api)
  const get: KubeClient['get'] = (path, options) =>
    path.endsWith('/secrets')
      ? Promise.reject(new ApiError({ status: 403, reason: 'Forbidden', message: 'secrets is forbidden' }))
      : api.get(path, options)
  api.written.length = 0
  const { source } = await openBuiltIn({ api, client: laggingClient(api, { get }).client })
  await sleep(1_500)
  expect(textsOf(api)).toEqual(before)
  expect(api.written).toEqual([])
  expect(source.problem()).toContain('secrets is forbidden')
})

test('a Secret that is there again, though the watch does not show it yet, is left as it is', async () => {
  const api = await certified()
  const whole = api.read(SECRET_PATH)
  const before = textsOf(api)
  api.put(SECRET_PATH, undefined)
  const { client, freeze } = laggingClient(api)
  const { lead } = await openBuiltIn({ api, client, leads: false })
  freeze()
  api.put(SECRET_PATH, whole)
  lead()
  await sleep(2_500)
  expect(textsOf(api)).toEqual(before)
})

test('who leads with watches that stand still takes no CA away, whether in doubt or not', async () => {
  const api = await certified()
  const { client, freeze } = laggingClient(api)
  const { lead, source } = await openBuiltIn({ api, client, leads: false })
  freeze()
  await changeAuthority(api)
  const trusted = watchTrust(api)
  lead()
  await sleep(1_200)
  source.distrusted()
  await sleep(1_500)
  expect(trusted).not.toContain(false)
  await untilAtRest(api)
})

test('a watch that catches up while the API server is asked: what it had shown before is not published', async () => {
  const api = await certified()
  const { client, freeze, thaw } = laggingClient(api, {
    async get(path, options) {
      const answer = await api.get(path, options)
      if (path.endsWith('/secrets') && isAsked) {
        thaw()
        await sleep(100)
      }
      return answer
    },
  })
  let isAsked = false
  const { lead, source } = await openBuiltIn({ api, client, leads: false })
  freeze()
  await changeAuthority(api)
  const trusted = watchTrust(api)
  isAsked = true
  source.distrusted()
  lead()
  await sleep(1_500)
  expect(trusted).not.toContain(false)
  await untilAtRest(api)
})

test('a Secret put back from a backup: its leaf is served once its CA is trusted, and the one in service stays so', async () => {
  const api = await certified()
  const backup = api.read(SECRET_PATH)
  await changeAuthority(api)
  const old = inService(api)
  const follower = await openBuiltIn({ api, leads: false, settleMs: 1_000 })
  await follower.ready()
  const served: boolean[] = []
  follower.source.onChange(({ caPem = '' }) =>
    served.push(bundles(api).every((bundle) => bundle.includes(certificatesIn(caPem)[0] ?? ''))),
  )
  api.put(SECRET_PATH, backup)
  await sleep(500)
  expect(follower.source.current().caPem).toBe(old)
  await openBuiltIn({ api, settleMs: 1_000 })
  await until(() => expect(follower.source.current().caPem).toBe(inService(api)))
  expect(inService(api)).not.toBe(old)
  expect(served).toEqual([true])
  for (const bundle of bundles(api)) expect(bundle).toEqual(expect.arrayContaining([old, inService(api)]))
})

test('no leaf rests on a new CA that a caBundle has lost again, though the watch does not show it yet', async () => {
  const api = await certified()
  const old = inService(api)
  const { client, freeze, thaw } = laggingClient(api)
  const { ready } = await openBuiltIn({ api, client, settleMs: 1_500 })
  await ready()
  annotate(api, 'ca')
  await until(() => expect(bundles(api).map((bundle) => bundle.length)).toEqual([2, 2]))
  await sleep(200)
  freeze()
  api.put(PATHS[0] ?? '', configuration(old))
  await sleep(3_500)
  expect(inService(api)).toBe(old)
  thaw()
  await until(() => expect(inService(api)).not.toBe(old))
  await untilAtRest(api)
})

test('a doubt outlives a look that failed', async () => {
  const api = await certified()
  let looks = 0
  let isRefused = true
  const { client } = laggingClient(api, {
    async get(path, options) {
      if (PATHS.includes(path)) {
        looks += 1
        if (isRefused) throw new ApiError({ status: 500, reason: 'InternalError', message: 'not now' })
      }
      return api.get(path, options)
    },
  })
  const { source, ready } = await openBuiltIn({ api, client })
  await ready()
  source.distrusted()
  await until(() => expect(looks).toBeGreaterThan(0))
  isRefused = false
  looks = 0
  await until(() => expect(looks).toBe(4))
})
