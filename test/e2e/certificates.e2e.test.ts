import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import type { TestCluster } from '../cluster/attach.ts'
import { describeOnCluster } from '../cluster/describe-on-cluster.ts'
import { findFreePorts } from '../cluster/free-ports.ts'
import { waitUntil } from '../cluster/wait-until.ts'
import { makeAuthority, signServing } from '../../src/certs/authority.ts'
import { certificatesIn } from '../../src/certs/pem-bundle.ts'
import {
  bundlesNow,
  CONFIGURATION_PATHS,
  installCertified,
  launchCertified,
  LEASE_PATH,
  SECRET,
  SECRET_PATH,
  shakeHands,
  startFront,
  uninstallCertified,
  type Front,
} from './support/certified-install.ts'
import { NAME, removeConfigurations, SYSTEM_NAMESPACE } from './support/installation.ts'
import { knownInstance } from './support/expected.ts'
import { createInstance } from './support/instances.ts'
import { startLoad, type Load } from './support/load.ts'
import { sumOf } from './support/metrics.ts'
import { createNamespace, mergePatch, type KubeObject } from './support/objects.ts'
import type { LaunchedServer } from './support/server-process.ts'

const NAMESPACE = 'certificates'
const SETTLE_SECONDS = 2
const secretData = z.object({ data: z.record(z.string(), z.string()).default({}) })
const base64 = (text: string): string => Buffer.from(text).toString('base64')

const untilReady = (server: LaunchedServer): Promise<unknown> =>
  waitUntil('the server is ready', async () => (await server.ask('/readyz')).status === 200)

async function secretTexts({ request }: TestCluster): Promise<Record<string, string>> {
  const { data } = secretData.parse((await request('GET', SECRET_PATH)).body)
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString('utf8')]),
  )
}

/** Tries, ten times a second, what an API server does first: to verify each server by each `caBundle`. */
function watchTrust(cluster: TestCluster, servers: readonly LaunchedServer[]) {
  const failures: string[] = []
  let tried = 0
  const stop = new AbortController()
  const done = (async () => {
    while (!stop.signal.aborted) {
      for (const bundle of new Set(await bundlesNow(cluster)))
        for (const { url } of servers) {
          tried += 1
          await shakeHands(url, bundle).catch((error: unknown) => failures.push(String(error)))
        }
      await sleep(100)
    }
  })()
  return async () => {
    stop.abort()
    await done
    return { tried, failures }
  }
}

describeOnCluster('certificates of our own making', (cluster) => {
  let front: Front
  let configurations: KubeObject[]
  let kubeconfig: string
  let servers: LaunchedServer[] = []
  let ports: number[] = []

  beforeAll(async () => {
    ports = await findFreePorts(2)
    front = await startFront(ports)
    configurations = await installCertified(cluster, front, { mode: 'built-in' })
    kubeconfig = await cluster.createServiceAccountKubeconfig(SYSTEM_NAMESPACE, NAME)
    await createNamespace(cluster, NAMESPACE)
    await createInstance(cluster, NAMESPACE, 'orders')
    const flags = ['--tls-mode=built-in', `--ca-settle-seconds=${SETTLE_SECONDS}`]
    servers = await Promise.all(ports.map((port) => launchCertified(kubeconfig, port, flags)))
    await Promise.all(servers.map(untilReady))
  })
  afterAll(async () => {
    await uninstallCertified(cluster)
    const codes = await Promise.all(servers.map((server) => server.stop()))
    await front[Symbol.asyncDispose]()
    expect(codes).toEqual([0, 0])
    for (const { log } of servers) {
      expect(JSON.stringify(log)).not.toContain('PRIVATE KEY')
      expect(log.filter(({ level }) => level === 'error')).toEqual([])
    }
  })

  const untilCarried = (bundles = 1): Promise<string[]> =>
    waitUntil(`every caBundle has ${bundles} CA`, async () => {
      const now = await bundlesNow(cluster)
      return now.every((bundle) => certificatesIn(bundle).length === bundles) && now
    })
  const metric = async (name: string, labels?: Record<string, string>): Promise<number[]> =>
    Promise.all(servers.map(async (server) => sumOf((await server.ask('/metrics')).body, name, labels)))
  const underLoad = async (work: (load: Load) => Promise<void>): Promise<void> => {
    const instance = knownInstance(NAMESPACE, 'orders')
    await using load = startLoad({ cluster, namespace: NAMESPACE, instance, asking: 15, plain: 1 })
    const trust = watchTrust(cluster, servers)
    await load.advance(10)
    await work(load)
    await load.advance(10)
    await load.stop()
    const { tried, failures } = await trust()
    expect(failures).toEqual([])
    // how many, a busy machine decides
    expect(tried).toBeGreaterThan(0)
    expect(load.asking.wrong).toEqual([])
    expect(load.asking.counts.right).toBe(load.asking.sent)
  }
  const rotate = async (what: 'serving' | 'ca'): Promise<void> => {
    const patch = { metadata: { annotations: { 'shared.dapr.io/rotate': what } } }
    expect((await mergePatch(cluster, SECRET_PATH, patch)).status).toBe(200)
  }
  const untilServed = (leaf: string): Promise<unknown> =>
    waitUntil('both servers show the certificate of the Secret', async () => {
      const texts = await secretTexts(cluster)
      const shown = await Promise.all(servers.map(({ url }) => shakeHands(url, texts['ca.crt'] ?? '')))
      const [only, ...others] = new Set(shown)
      return texts['tls.crt'] !== leaf && others.length === 0 && only !== undefined
    })

  test('two servers with the rights of the Role alone agree on one CA, which every caBundle gets', async () => {
    const [bundle = '', ...others] = await untilCarried()
    expect(new Set(others)).toEqual(new Set([bundle]))
    for (const { url } of servers) expect(await shakeHands(url, bundle)).toMatch(/^[0-9A-F]{2}:/)
    expect(new Set(await metric('dapr_shared_leader'))).toEqual(new Set([0, 1]))
    expect(await metric('dapr_shared_ca_bundle_in_sync')).toEqual([2, 2])
    const name = 'dapr_shared_certificate_expiry_timestamp_seconds'
    const days = async (certificate: string): Promise<number[]> =>
      (await metric(name, { certificate })).map((end) => Math.round((end * 1000 - Date.now()) / 86_400_000))
    expect(await days('serving')).toEqual([90, 90])
    expect(await days('ca')).toEqual([365, 365])
  })

  test('three new certificates and a new CA cost no pod', async () => {
    await underLoad(async () => {
      for (const _ of [1, 2, 3]) {
        const { 'tls.crt': leaf = '' } = await secretTexts(cluster)
        await rotate('serving')
        await untilServed(leaf)
      }
      const { 'ca.crt': old = '', 'tls.crt': leaf = '' } = await secretTexts(cluster)
      await rotate('ca')
      await untilCarried(2)
      await untilServed(leaf)
      const [bundle = ''] = await untilCarried(1)
      expect(bundle).not.toContain(old)
      const texts = await secretTexts(cluster)
      expect(Object.keys(texts).toSorted()).toEqual(['ca.crt', 'ca.key', 'tls.crt', 'tls.key'])
      expect(texts['ca.crt']).toBe(bundle)
    })
    expect(servers.every((server) => !server.hasEnded())).toBe(true)
  })

  describe('a caBundle', () => {
    test.each([
      ['blanked', { op: 'replace', path: '/webhooks/0/clientConfig/caBundle', value: '' }],
      ['removed', { op: 'remove', path: '/webhooks/0/clientConfig/caBundle' }],
    ])('that was %s is mended', async (_, operation) => {
      const before = await untilCarried()
      for (const path of CONFIGURATION_PATHS) {
        const { status } = await cluster.request('PATCH', path, [operation], {
          'content-type': 'application/json-patch+json',
        })
        expect(status).toBe(200)
      }
      await waitUntil('it is back', async () => (await bundlesNow(cluster)).join() === before.join())
    })

    test('that another manager holds is taken back', async () => {
      const before = await untilCarried()
      const stranger = await makeAuthority({ commonName: 'stranger', now: () => new Date(), days: 1 })
      const strange = JSON.parse(JSON.stringify(configurations[0])) as {
        webhooks: { clientConfig: object }[]
      }
      for (const webhook of strange.webhooks)
        Object.assign(webhook.clientConfig, { caBundle: base64(stranger.certPem) })
      await cluster.kubectl(
        ['apply', '--server-side', '--force-conflicts', '--field-manager=other', '-f', '-'],
        {
          stdin: JSON.stringify(strange),
        },
      )
      await waitUntil('it is back', async () => (await bundlesNow(cluster)).join() === before.join())
    })

    test.each([
      ['client-side', []],
      ['server-side', ['--server-side', '--force-conflicts']],
    ])('stays through an apply of the configurations without it, %s', async (_, flags) => {
      const before = await untilCarried()
      const stdin = configurations.map((object) => JSON.stringify(object)).join('\n---\n')
      await cluster.kubectl(['apply', ...flags, '-f', '-'], { stdin })
      expect(await bundlesNow(cluster)).toEqual(before)
    })
  })

  test('a caller who does not trust the certificate is counted as the API server would be', async () => {
    const { certPem } = await makeAuthority({ commonName: 'stranger', now: () => new Date(), days: 1 })
    const file = join(cluster.dir, 'stranger.crt')
    await writeFile(file, certPem)
    const [first] = servers
    const url = first?.url ?? ''
    const counted = async (reason: string): Promise<number> =>
      (await metric('dapr_shared_tls_handshake_failures_total', { reason }))[0] ?? 0
    const before = await counted('bad_certificate')
    // the TLS library of the API server
    const flags = [
      `--server=${url}`,
      `--certificate-authority=${file}`,
      `--tls-server-name=${NAME}.${SYSTEM_NAMESPACE}.svc`,
    ]
    await cluster.kubectl([...flags, 'get', '--raw', '/'], { allowFailure: true })
    await waitUntil('it is counted', async () => (await counted('bad_certificate')) > before)
  })

  describe('a Secret', () => {
    const lost: [string, () => Promise<unknown>][] = [
      ['deleted', () => cluster.request('DELETE', SECRET_PATH)],
      [
        'emptied',
        () =>
          cluster.request('PATCH', SECRET_PATH, [{ op: 'remove', path: '/data' }], {
            'content-type': 'application/json-patch+json',
          }),
      ],
      [
        'corrupted',
        () =>
          mergePatch(cluster, SECRET_PATH, {
            data: { 'tls.key': base64('no key'), 'ca.key': base64('none'), 'tls.crt': base64('half') },
          }),
      ],
    ]
    test.each(lost)('that was %s is soon there again, and no pod fails', async (_, lose) => {
      const before = await secretTexts(cluster)
      await underLoad(async () => {
        await lose()
        await waitUntil('the Secret is whole', async () => {
          const texts = await secretTexts(cluster)
          return texts['tls.key']?.includes('PRIVATE KEY') === true && texts['ca.key'] !== undefined
        })
      })
      expect((await secretTexts(cluster))['ca.crt']).toBe(before['ca.crt'])
    })

    test('that nobody remembers is made anew: the old CA stays trusted for those who still show what it signed', async () => {
      const leading = (await metric('dapr_shared_leader')).indexOf(1)
      const [leader, follower] = [servers[leading], servers[1 - leading]]
      if (leader === undefined || follower === undefined) throw new Error('nobody leads')
      const old = (await secretTexts(cluster))['ca.crt'] ?? ''
      await leader.stop('SIGKILL')
      await follower.stop('SIGKILL')
      await cluster.request('DELETE', SECRET_PATH)
      const flags = ['--tls-mode=built-in', `--ca-settle-seconds=${SETTLE_SECONDS}`]
      servers = await Promise.all(ports.map((port) => launchCertified(kubeconfig, port, flags)))
      await Promise.all(servers.map(untilReady))
      const bundles = await untilCarried(2)
      for (const bundle of bundles) expect(bundle).toContain(old)
      for (const { url } of servers) expect(await shakeHands(url, bundles[0] ?? '')).toMatch(/^[0-9A-F]{2}:/)
    })
  })

  test('a Lease that was stolen: the leader stops at once, and pods are admitted on', async () => {
    await waitUntil('somebody leads', async () => (await metric('dapr_shared_leader')).includes(1))
    await underLoad(async (load) => {
      const spec = { holderIdentity: 'thief', leaseDurationSeconds: 5, renewTime: null }
      expect((await mergePatch(cluster, LEASE_PATH, { spec })).status).toBe(200)
      await waitUntil('nobody leads', async () => !(await metric('dapr_shared_leader')).includes(1))
      await load.advance(10)
      await waitUntil('one leads again', async () => (await metric('dapr_shared_leader')).includes(1))
    })
  })
})

describeOnCluster('a certificate that somebody else keeps in a Secret', (cluster) => {
  const put = (data: Record<string, string>): Promise<unknown> =>
    cluster.apply(
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'Secret',
        type: 'kubernetes.io/tls',
        metadata: { name: SECRET, namespace: SYSTEM_NAMESPACE },
        data: Object.fromEntries(Object.entries(data).map(([key, text]) => [key, base64(text)])),
      }),
    )
  const issue = async () => {
    const now = (): Date => new Date()
    const authority = await makeAuthority({ commonName: 'an issuer', now, days: 9 })
    const hosts = [`${NAME}.${SYSTEM_NAMESPACE}.svc`]
    const { certPem, keyPem } = await signServing({ authority, hosts, now, days: 3 })
    return { 'tls.crt': certPem, 'tls.key': keyPem, 'ca.crt': authority.certPem }
  }

  test('is waited for, served, followed, and kept when the next one is half-written', async () => {
    const [port = 0] = await findFreePorts(1)
    await installCertified(cluster, { address: '198.51.100.1', port }, { mode: 'secret', secret: SECRET })
    await removeConfigurations(cluster)
    const kubeconfig = await cluster.createServiceAccountKubeconfig(SYSTEM_NAMESPACE, NAME)
    const server = await launchCertified(kubeconfig, port, ['--tls-mode=secret', `--tls-secret=${SECRET}`])
    try {
      await waitUntil('only the certificate is missing', async () => {
        const { status, body } = await server.ask('/readyz')
        const problems = body.split('\n').filter((line) => line.startsWith('[-]'))
        return status === 503 && problems.length === 1 && problems[0]?.includes('certificate: Secret ')
      })
      const [first, second] = [await issue(), await issue()]
      await put(first)
      await untilReady(server)
      const shown = await shakeHands(server.url, first['ca.crt'])

      await put({ ...second, 'tls.key': first['tls.key'] })
      await waitUntil('the mismatch is told', async () =>
        server.log.some(({ msg }) => msg.includes('does not match')),
      )
      expect(await shakeHands(server.url, first['ca.crt'])).toBe(shown)

      await put(second)
      await waitUntil('the next one is served', async () => {
        return (await shakeHands(server.url, second['ca.crt']).catch(() => shown)) !== shown
      })
      expect(server.log.filter(({ level }) => level === 'warn').length).toBeGreaterThan(0)
      expect(JSON.stringify(server.log)).not.toContain('PRIVATE KEY')
      // only read: it has no right to more
      expect(sumOf((await server.ask('/metrics')).body, 'dapr_shared_ca_bundle_in_sync')).toBe(0)
    } finally {
      await uninstallCertified(cluster)
      expect(await server.stop()).toBe(0)
    }
  })
})
