import { beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import type { Authority, CertifiedKey } from '../../src/certs/authority.ts'
import { openSecretSource } from '../../src/certs/secret-source.ts'
import { ApiError } from '../../src/kube/call-errors.ts'
import { aSecret, clusterParts, NAMESPACE, SECRET, SECRET_PATH } from './cluster-parts.ts'
import { LOCAL, newAuthority, threePairs } from './fresh-pki.ts'
import { PATIENCE } from './patience.ts'
import { certificateSourceCases } from './source.cases.ts'

vi.setConfig(PATIENCE)

const until = (holds: () => void): Promise<void> => vi.waitFor(holds, { timeout: 20_000 })

let authority: Authority
let pairs: [CertifiedKey, CertifiedKey, CertifiedKey]

beforeAll(async () => {
  authority = await newAuthority()
  pairs = await threePairs(authority)
})

const secretOf = ({ certPem, keyPem }: CertifiedKey, differences: Record<string, string> = {}) =>
  aSecret({ 'tls.crt': certPem, 'tls.key': keyPem, 'ca.crt': authority.certPem, ...differences })

async function open(first: object | undefined) {
  const { api, log, pending, parts } = clusterParts()
  if (first !== undefined) api.put(SECRET_PATH, { ...first })
  const source = await openSecretSource({ ...parts, namespace: NAMESPACE, name: SECRET })
  onTestFinished(() => source[Symbol.asyncDispose]())
  return { api, log, source, pending }
}

certificateSourceCases('a Secret that somebody else keeps', async () => {
  const { api, source, log, pending } = await open(secretOf(pairs[0]))
  let turn = 0
  return {
    source,
    log,
    pendingTimers: pending,
    async provoke() {
      turn += 1
      const next = pairs[turn % 3]
      if (next !== undefined) api.put(SECRET_PATH, secretOf(next))
    },
  }
})

test('that is not there yet: there is a certificate to listen with, and a reason why it is none to serve', async () => {
  const { api, source, log } = await open(undefined)
  await until(() =>
    expect(source.problem()).toMatch(/^Secret dapr-shared-system\/certificates does not exist: /),
  )
  expect(source.current().keyPem).toContain('PRIVATE KEY')
  expect(LOCAL.some((host) => source.current().serves(host))).toBe(false)
  expect(log.warnings).toHaveLength(1)

  api.put(SECRET_PATH, aSecret({}))
  await until(() => expect(source.problem()).toMatch(/has no tls.crt and tls.key/))
  api.put(SECRET_PATH, secretOf(pairs[0]))
  await until(() => expect(source.problem()).toBeUndefined())
  expect(source.current().certPem).toBe(pairs[0].certPem)
})

test('that cannot be read: the reason is that of the API server', async () => {
  const { api, log, parts } = clusterParts()
  api.failure = new ApiError({ status: 403, reason: 'Forbidden', message: 'secrets is forbidden' })
  const source = await openSecretSource({ ...parts, namespace: NAMESPACE, name: SECRET })
  onTestFinished(() => source[Symbol.asyncDispose]())
  expect(source.problem()).toBe(
    'Secret dapr-shared-system/certificates was not read yet: 403 Forbidden: secrets is forbidden',
  )
  expect(log.warnings).toEqual(['cannot watch; what was last known is kept'])
})

const BROKEN: [string, () => object | undefined, RegExp][] = [
  ['deleted', () => undefined, /does not exist/],
  ['emptied', () => aSecret({}), /has no tls.crt and tls.key/],
  [
    'half-written',
    () => secretOf(pairs[1], { 'tls.key': pairs[0].keyPem }),
    /tls.key of .* does not match tls.crt/,
  ],
  [
    'cut off',
    () => secretOf(pairs[1], { 'tls.crt': pairs[1].certPem.slice(0, 300) }),
    /tls.crt of .* not usable PEM/,
  ],
  ['of another CA', () => secretOf(pairs[1], { 'ca.crt': pairs[2].certPem }), /ca.crt of .* did not issue/],
]

test.each(BROKEN)(
  'that is %s leaves the last good pair in service, which is told once',
  async (_, make, complaint) => {
    const { api, source, log } = await open(secretOf(pairs[0]))
    api.put(SECRET_PATH, make() as Record<string, unknown> | undefined)
    await until(() => expect(log.warnings).toHaveLength(1))
    expect(log.warnings[0]).toMatch(complaint)
    expect(log.warnings[0]).toMatch(/The certificate in service stays\.$/)
    api.put(SECRET_PATH, { ...make(), metadata: { labels: { touched: 'again' } } })
    expect(source.current().certPem).toBe(pairs[0].certPem)
    expect(source.problem()).toBeUndefined()
    api.put(SECRET_PATH, secretOf(pairs[2]))
    await until(() => expect(source.current().certPem).toBe(pairs[2].certPem))
    expect(log.text()).not.toContain('PRIVATE KEY')
  },
)

test('without ca.crt, or with an empty one, is served all the same', async () => {
  const { source, api } = await open(aSecret({ 'tls.crt': pairs[0].certPem, 'tls.key': pairs[0].keyPem }))
  expect(source.current().caPem).toBeUndefined()
  api.put(SECRET_PATH, secretOf(pairs[1], { 'ca.crt': '' }))
  await until(() => expect(source.current().certPem).toBe(pairs[1].certPem))
})

test('knows when its CA ends', async () => {
  const { source } = await open(secretOf(pairs[0]))
  const days = ((source.current().caNotAfter?.getTime() ?? 0) - Date.now()) / 86_400_000
  expect(Math.round(days)).toBe(30)
})

test('reads and writes nothing but that', async () => {
  const { api } = await open(secretOf(pairs[0]))
  expect(api.written).toEqual([])
})
