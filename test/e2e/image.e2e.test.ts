import { chmod, copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { describeOnCluster } from '../cluster/describe-on-cluster.ts'
import { waitUntil } from '../cluster/wait-until.ts'
import { buildImage, type Image } from './support/image-root.ts'
import { canConfine, type Confinement } from './support/image-run.ts'
import { runInImage, startImage, type RunningImage } from './support/image-server.ts'
import { createInstance } from './support/instances.ts'
import { applyInstall, NAME, renderInstall, SYSTEM_NAMESPACE } from './support/installation.ts'
import { createNamespace } from './support/objects.ts'
import { aPod } from './support/pods.ts'
import { reviewOf } from './support/reviews.ts'

/*
 * No container engine is needed: the stages of the Dockerfile are performed in folders, and what comes of them runs as the
 * image's user in a root of its own, with its token where a pod has it. Namespaces take bubblewrap; CI installs it, and
 * elsewhere, without it, only the files are looked at.
 */

const NAMESPACE = 'rehearsed'
const ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount'
const CERTIFICATES = '/etc/dapr-shared/certs'
const isConfined = canConfine() || process.env['CI'] === 'true'

let dir = ''
let image: Image

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'dapr-shared-image-'))
  await chmod(dir, 0o755)
  image = await buildImage(dir)
})
afterAll(() => rm(dir, { recursive: true, force: true }))

describe('the files of the image', () => {
  test('are Node, the program and what its base has, and nothing with which it was built', async () => {
    const files = await readdir(image.root, { recursive: true })
    expect(files).toEqual(expect.arrayContaining(['nodejs/bin/node', 'app/dapr-shared.mjs', 'app/LICENSE']))
    const odd = /(^|\/)(sh|bash|busybox|npm|npx|node_modules|package(-lock)?\.json|src|test)$|\.ts$/
    expect(files.filter((file) => odd.test(file))).toEqual([])
  })

  test('tell what the program is made of, and where from', async () => {
    const place = image.labels['io.dapr.shared.sbom'] ?? ''
    const { bomFormat, components } = JSON.parse(await readFile(join(image.root, place), 'utf8')) as {
      bomFormat: string
      components: { name: string; version: string }[]
    }
    const { dependencies } = JSON.parse(await readFile('package.json', 'utf8')) as {
      dependencies: Record<string, string>
    }
    expect(bomFormat).toBe('CycloneDX')
    for (const [name, version] of Object.entries(dependencies))
      expect(components.find((one) => one.name === name)?.version).toBe(version)
    expect(components.map(({ name }) => name)).not.toContain('vitest')
    for (const label of ['version', 'revision', 'source', 'licenses'])
      expect(image.labels[`org.opencontainers.image.${label}`]).toMatch(/./)
  })
})

describe.skipIf(!isConfined)('the image', () => {
  describeOnCluster('runs as a pod', (cluster) => {
    let own: Confinement
    let server: RunningImage

    beforeAll(async () => {
      const rendered = await renderInstall(cluster)
      await applyInstall(cluster, rendered, 1)
      await createNamespace(cluster, NAMESPACE)
      await createInstance(cluster, NAMESPACE, 'orders')
      const account = join(dir, 'account')
      const certificates = join(dir, 'certificates')
      await mkdir(account)
      await mkdir(certificates)
      await writeFile(join(account, 'token'), await tokenOf(cluster.request))
      await writeFile(join(account, 'namespace'), SYSTEM_NAMESPACE)
      await copyFile(cluster.caFile, join(account, 'ca.crt'))
      await copyFile(rendered.certFile, join(certificates, 'tls.crt'))
      await copyFile(rendered.keyFile, join(certificates, 'tls.key'))
      await chmod(join(certificates, 'tls.key'), 0o644)
      const { hostname, port } = new URL(cluster.url)
      own = {
        ...image,
        volumes: { [ACCOUNT]: account, [CERTIFICATES]: certificates },
        env: {
          ...image.env,
          KUBERNETES_SERVICE_HOST: hostname,
          KUBERNETES_SERVICE_PORT: port,
          DAPR_SHARED_TLS_CERT: `${CERTIFICATES}/tls.crt`,
          DAPR_SHARED_TLS_KEY: `${CERTIFICATES}/tls.key`,
          DAPR_SHARED_DRAIN_SECONDS: '1',
        },
      }
      server = await startImage(image, own, {
        limit: limitOf(rendered.yaml),
        caPem: rendered.caPem,
      })
      await waitUntil('it is ready', async () => (await server.ask('/readyz')).status === 200)
    })
    afterAll(async () => void (await server.stop()))

    test('it lives, is ready, and injects', async () => {
      expect((await server.ask('/livez')).status).toBe(200)
      const { status, body } = await server.review('mutate', reviewOf(aPod('shop', 'orders'), NAMESPACE))
      expect(status).toBe(200)
      expect(JSON.parse(body)).toMatchObject({ response: { allowed: true, patchType: 'JSONPatch' } })
    })

    test('HEALTHCHECK finds it well, and nothing where nothing listens', async () => {
      const env = { ...image.env, DAPR_SHARED_OPS_PORT: server.opsPort }
      expect((await runInImage({ ...own, env }, image.healthcheck)).code).toBe(0)
      expect(
        (await runInImage({ ...own, env: { ...env, DAPR_SHARED_OPS_PORT: '1' } }, image.healthcheck)).code,
      ).toBe(1)
    })

    test('it is nobody, without rights, and can write nowhere', async () => {
      const { stdout } = await runInImage(own, ['node', '-e', LOOK_AROUND])
      const { uid, status, written } = JSON.parse(stdout) as {
        uid: number
        status: string
        written: string[]
      }
      expect(uid).toBe(65_532)
      expect(status).toMatch(/CapEff:\s+0+\n[^]*CapBnd:\s+0+\n[^]*NoNewPrivs:\s+1/)
      expect(written).toEqual([])
    })

    test('Node takes what the image has compiled', async () => {
      const env = { ...own.env, NODE_DEBUG_NATIVE: 'COMPILE_CACHE' }
      const [node = '', ...flags] = image.entrypoint
      const program = await runInImage({ ...own, env }, [node, ...flags, '--version'])
      expect(program.stderr).toMatch(/dapr-shared\.mjs.* was accepted/)
      // the server's own part, which no other command loads
      const parts = await readdir(join(image.root, 'app'))
      const part = parts.find((file) => /^app-.*\.mjs$/.test(file)) ?? ''
      const load = ['--input-type=module', '--eval', `await import('/app/${part}')`]
      const { stderr } = await runInImage({ ...own, env }, [node, ...flags.slice(0, -1), ...load])
      expect(stderr).toMatch(/\/app-\S+\.mjs was accepted/)
      expect(stderr).not.toMatch(/\.mjs.* was rejected/)
    })

    test('it may not have more memory than its Deployment allows', async () => {
      const eat =
        'const all = []; for (let i = 0; i < 40; i++) all.push(Buffer.alloc(10 << 20, 1)); console.log("ate")'
      const limited = { ...own, mostData: server.mostData }
      expect(await runInImage(limited, ['node', '-e', eat])).not.toMatchObject({ code: 0 })
      expect(await runInImage(own, ['node', '-e', eat])).toMatchObject({ code: 0, stdout: 'ate\n' })
    })

    test('SIGTERM: it answers to the last, and ends with 0', async () => {
      const ended = server.stop()
      await waitUntil('it drains', async () => (await server.ask('/readyz')).status === 503)
      const { status } = await server.review('mutate', reviewOf(aPod('late', 'orders'), NAMESPACE))
      expect(status).toBe(200)
      expect(await ended).toBe(0)
    })
  })

  test('that lacks a file does not start', async () => {
    const folder = await mkdtemp(join(dir, 'broken-'))
    await chmod(folder, 0o755)
    const broken = await buildImage(folder, (text) =>
      text.replaceAll(/^COPY --from=build \S+\/dist \.\n(?=COPY --from=compiled)/gm, ''),
    )
    const { code, stderr } = await runInImage(broken, [...broken.entrypoint, '--version'])
    expect(code).not.toBe(0)
    expect(stderr).toContain('/app/dapr-shared.mjs')
  })
})

/** What a process in the image is, and where it can write. */
const LOOK_AROUND = `
const { readFileSync, writeFileSync } = require('node:fs')
const written = ['/', '/app', '/app/compiled', '/tmp', '/etc', '/run', '/home/nonroot', '${ACCOUNT}'].filter((folder) => {
  try { writeFileSync(folder + '/mark', ''); return true } catch { return false }
})
console.log(JSON.stringify({ uid: process.getuid(), status: readFileSync('/proc/self/status', 'utf8'), written }))`

/** Of the Deployment, in bytes. */
function limitOf(yaml: string): number {
  const [, mebibytes] = /limits:\s+memory: (\d+)Mi/.exec(yaml) ?? []
  if (mebibytes === undefined) throw new Error('the Deployment has no limits.memory in Mi')
  return Number(mebibytes) * 2 ** 20
}

async function tokenOf(request: (method: string, path: string, body: unknown) => Promise<{ body: unknown }>) {
  const path = `/api/v1/namespaces/${SYSTEM_NAMESPACE}/serviceaccounts/${NAME}/token`
  const { body } = await request('POST', path, { spec: { expirationSeconds: 3600 } })
  return (body as { status: { token: string } }).status.token
}
