import { readFileSync } from 'node:fs'
import type { RequestListener } from 'node:http'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { CheckResult } from '../../src/check/result.ts'
import { CountingServer } from '../kube/counting-server.ts'
import { kubeConfigFor } from '../kube/write-kube-config.ts'
import { run, type Ran } from './run.ts'

/** A cluster that has nothing of ours, but for what a test puts there; or one that forbids everything. */
let objects: Record<string, object>
let isForbidden: boolean
/** how far the clock of the API server is from ours */
let skewMs: number
let asked: { readonly method: string; readonly url: URL }[]
let cluster: CountingServer

const answer: RequestListener = (request, response) => {
  const url = new URL(request.url ?? '', 'http://cluster')
  const method = request.method ?? ''
  asked.push({ method, url })
  const reply = (code: number, body: object): void => {
    const date = new Date(Date.now() + skewMs).toUTCString()
    response.writeHead(code, { 'content-type': 'application/json', date }).end(JSON.stringify(body))
  }
  void text(request).then((body) => {
    if (url.pathname === '/version') return reply(200, { gitVersion: 'v1.36.3' })
    if (isForbidden)
      return reply(403, { kind: 'Status', reason: 'Forbidden', message: `${url.pathname} is forbidden` })
    if (method === 'POST' && url.pathname.endsWith('/subjectaccessreviews'))
      return reply(201, { status: { allowed: false } })
    if (method === 'POST') return reply(201, { ...(JSON.parse(body) as object) })
    const object = objects[url.pathname]
    return object === undefined
      ? reply(404, { kind: 'Status', reason: 'NotFound', message: 'not found' })
      : reply(200, object)
  })
}

beforeAll(async () => {
  cluster = await CountingServer.http(answer)
  objects = {}
  isForbidden = false
  skewMs = 0
  asked = []
  // what only this command loads takes a while, which is no test's
  await check('--no-dry-run')
}, 60_000)
afterAll(async () => cluster[Symbol.asyncDispose]())
beforeEach(() => {
  objects = {}
  isForbidden = false
  skewMs = 0
  asked = []
})

const check = (...args: readonly string[]): Promise<Ran> =>
  run(['check', '--cluster', '--kubeconfig', 'config', ...args], {
    files: { config: JSON.stringify(kubeConfigFor(cluster.url)) },
  })
const resultOf = ({ out }: Ran): CheckResult => JSON.parse(out) as CheckResult

describe('check', () => {
  test('of a cluster that has nothing of ours says so and how to install: exit 1', async () => {
    const { code, out, err } = await check()
    expect({ code, err }).toEqual({ code: 1, err: '' })
    expect(out).toContain('✗ there is no namespace dapr-shared-system: nothing is installed there.')
    expect(out).toContain('helm install dapr-shared --namespace dapr-shared-system')
  })

  test('prints what its schema promises', async () => {
    const path = join(import.meta.dirname, '../../deploy/schemas/check-result.schema.json')
    const isValid = new Ajv2020().compile(JSON.parse(readFileSync(path, 'utf8')) as object)
    const ran = await check('-o', 'json')
    expect(isValid(JSON.parse(ran.out)), JSON.stringify(isValid.errors)).toBe(true)
    expect(resultOf(ran)).toMatchObject({ server: cluster.url, namespace: 'dapr-shared-system' })
  })

  test('changes nothing: it asks for rights, and for pods by a dry run alone', async () => {
    await check()
    const sent = asked.filter(({ method }) => method !== 'GET')
    const pods = sent.filter(({ url }) => url.pathname.endsWith('/pods'))
    expect(pods.map(({ url }) => url.searchParams.get('dryRun'))).toEqual(['All', 'All'])
    const others = sent.filter((one) => !pods.includes(one)).map(({ url }) => url.pathname)
    expect(new Set(others)).toEqual(new Set(['/apis/authorization.k8s.io/v1/subjectaccessreviews']))
  })

  test('asks for no pod with --no-dry-run, nor where other groups are wanted', async () => {
    await check('--no-dry-run')
    await check('--only', 'kubernetes', 'access')
    expect(asked.filter(({ url }) => url.pathname.endsWith('/pods'))).toEqual([])
  })

  test.each([40_000, -3_600_000])(
    'holds the Lease against the clock of the API server, %d ms off',
    async (skew) => {
      skewMs = skew
      objects['/apis/coordination.k8s.io/v1/namespaces/dapr-shared-system/leases/dapr-shared-admission'] = {
        spec: {
          holderIdentity: 'one',
          leaseDurationSeconds: 15,
          renewTime: new Date(Date.now() + skew).toISOString(),
        },
      }
      const { items } = resultOf(await check('--only', 'installation', '-o', 'json'))
      expect(items.find(({ id }) => id === 'installation.lease')).toMatchObject({ level: 'ok' })
    },
  )

  test('tells the groups that are wanted', async () => {
    const { items } = resultOf(await check('--only', 'kubernetes', '-o', 'json'))
    expect(new Set(items.map(({ group }) => group))).toEqual(new Set(['kubernetes']))
  })

  test('does not know what it may not see: exit 3, or 0 where that is allowed', async () => {
    isForbidden = true
    const { code, items } = { ...(await check()), items: resultOf(await check('-o', 'json')).items }
    expect(code).toBe(3)
    // the version is open to everybody
    const levels = Map.groupBy(items, ({ level }) => level)
    expect([...levels.keys()].toSorted()).toEqual(['ok', 'unknown'])
    expect(levels.get('ok')?.map(({ id }) => id)).toEqual(['kubernetes.version'])
    expect((await check('--allow-unknown')).code).toBe(0)
  })

  test.each(['text', 'json', 'sarif', 'junit', 'markdown'])(
    'shows nothing of a key in %s',
    async (format) => {
      const secret = {
        data: {
          'tls.crt': Buffer.from('no certificate').toString('base64'),
          'tls.key': Buffer.from('canary-key').toString('base64'),
          'ca.key': Buffer.from('canary-ca').toString('base64'),
        },
      }
      const deployment = {
        spec: { template: { spec: { containers: [{ args: ['--tls-mode=built-in'] }] } } },
      }
      const own = 'namespaces/dapr-shared-system'
      objects[`/apis/apps/v1/${own}/deployments/dapr-shared-admission`] = deployment
      objects[`/api/v1/${own}/secrets/dapr-shared-admission-certificates`] = secret
      const configuration = { webhooks: [{ name: 'mutate.shared.dapr.io', clientConfig: {} }] }
      objects['/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/dapr-shared-admission'] =
        configuration
      const { out, err } = await check('-o', format)
      expect(asked.some(({ url }) => url.pathname.includes('/secrets/'))).toBe(true)
      expect(out).toContain('holds no serving certificate')
      for (const key of ['canary', 'Y2FuYXJ5']) expect(out + err).not.toContain(key)
    },
  )

  test.each([
    [['--own-namespace', 'A B'], '--own-namespace: wanted the name of a namespace, got "A B".'],
    [['--dry-run-namespace', '../x'], '--dry-run-namespace: wanted the name of a namespace, got "../x".'],
    [['--cluster-domain', 'a..b'], '--cluster-domain: wanted a DNS domain'],
    [['--expiry-days', 'soon'], '--expiry-days: wanted a number of days, got "soon".'],
    [['--no-dry-run', '--dry-run-namespace', 'a'], 'contradict each other'],
    [['--only', 'everything'], 'Allowed choices are kubernetes, installation'],
    [['--fail-on', 'Deny'], 'Allowed choices are Fail, Warn'],
  ])('%j: exit 2 and a sentence', async (args, sentence) => {
    const { code, out, err } = await check(...args)
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toContain(sentence)
    expect(asked).toEqual([])
  })

  test('nobody answers: exit 3', async () => {
    const files = { config: JSON.stringify(kubeConfigFor('http://127.0.0.1:9')) }
    const { code, out, err } = await run(['check', '--kubeconfig', 'config'], { files })
    expect({ code, out }).toEqual({ code: 3, out: '' })
    expect(err).toMatch(
      /^nothing can be checked: http:\/\/127\.0\.0\.1:9 does not answer \(connect ECONNREFUSED [^()]*\)\.\n$/,
    )
  })
})
