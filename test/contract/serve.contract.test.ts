import { X509Certificate } from 'node:crypto'
import { copyFile, rename, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { aPod, aReview } from '../admission/a-review.ts'
import { testCertificates } from '../admission/a-server.ts'
import { post } from '../admission/raw-socket.ts'
import { readResponse } from '../admission/response-contract.ts'
import { clusterFile } from '../corpus/read-cluster.ts'
import { runMain, serve, temporaryFolder, type Serving } from './serve-process.ts'
import { PATIENCE, PATIENT } from '../admission/patience.ts'

vi.setConfig(PATIENT)
beforeAll(() => testCertificates())

/** What a running server says to a pod that asks for this app-id. */
async function verdict({ open }: Pick<Serving, 'open'>, appId = 'cart'): Promise<string> {
  const object = aPod({ annotations: { 'dapr.io/shared': appId } })
  const socket = await open()
  socket.send(...post(JSON.stringify(aReview({ uid: 'u1', object }))))
  const [answer] = await socket.answers(1)
  socket.destroy()
  const response = readResponse(answer?.body ?? '', { uid: 'u1', stage: 'mutate' })
  return response.allowed ? 'admitted' : (response.auditAnnotations?.['rule'] ?? '')
}

describe('dapr-shared serve', () => {
  test('prints one line with its addresses, logs JSON on standard error, and answers', async () => {
    const serving = await serve(clusterFile('shop'), '--log-level', 'debug')
    expect(serving.stdout()).toMatch(
      /^dapr-shared listening on https:\/\/127\.0\.0\.1:\d+, probes and metrics on http:\/\/127\.0\.0\.1:\d+\n$/,
    )
    expect(await verdict(serving)).toBe('admitted')
    expect(await verdict(serving, 'nobody')).toBe('instance.missing')
    await expect
      .poll(() => serving.log().map(({ decision }) => decision), PATIENCE)
      .toEqual(['injected', 'denied'])
    expect(serving.stdout().split('\n')).toHaveLength(2)
  })

  test('without certificate files makes one for this machine', async () => {
    const program = runMain(['serve', '--state', clusterFile('shop'), '--port', '0', '--ops-port', '0'])
    await expect.poll(program.stdout, PATIENCE).toMatch(/listening on https/)
    program.kill('SIGTERM')
    expect(await program.exited).toBe(0)
  })

  test.each(['SIGTERM', 'SIGINT'] as const)(
    'ends with 0 on %s, though a connection that asked nothing is open',
    async (signal) => {
      const serving = await serve(clusterFile('shop'))
      await serving.open()
      serving.kill(signal)
      expect(await serving.exited).toBe(0)
      expect(serving.log().map(({ msg }) => msg)).toEqual(['draining', 'stopped'])
    },
  )

  test('goes on when nobody reads its log any more', async () => {
    const serving = await serve(clusterFile('shop'), '--log-level', 'debug')
    serving.breakStderr()
    for (let round = 0; round < 5; round++) expect(await verdict(serving)).toBe('admitted')
    expect((await serving.ops('/livez')).status).toBe(200)
    serving.kill('SIGTERM')
    expect(await serving.exited).toBe(0)
  })
})

describe('what dapr-shared serve is told', () => {
  test('all problems are reported at once, with flag and variable, and exit code 2', async () => {
    const program = runMain(['serve', '--port', '99999', '--log-level', 'loud', '--tls-cert', 'tls.crt'], {
      DAPR_SHARED_OPS_PORT: 'eighty',
    })
    expect(await program.exited).toBe(2)
    expect(program.stdout()).toBe('')
    const problems = program.stderr().trimEnd().split('\n')
    expect(problems).toHaveLength(5)
    for (const part of [
      'neither --state nor --cluster',
      '--port (DAPR_SHARED_PORT)',
      '--ops-port (DAPR_SHARED_OPS_PORT)',
      '--tls-cert without --tls-key',
      '--log-level (DAPR_SHARED_LOG_LEVEL)',
    ]) {
      expect(
        problems.filter((line) => line.includes(part)),
        part,
      ).toHaveLength(1)
    }
  })

  test('a variable that Kubernetes’ service links put there is ignored with a warning', async () => {
    const program = runMain(['serve', '--state', clusterFile('shop'), '--ops-port', '0'], {
      DAPR_SHARED_PORT: 'tcp://10.96.0.7:443',
      DAPR_SHARED_LOG_LEVEL: 'info',
    })
    await expect
      .poll(program.stderr, PATIENCE)
      .toMatch(/DAPR_SHARED_PORT is ignored.*enableServiceLinks: false/)
    await expect
      .poll(() => program.stdout() + program.stderr(), PATIENCE)
      .toMatch(/listening on https|port 8443/)
  })

  test('a port that is taken is one sentence and exit code 2', async () => {
    const taken = createServer()
    taken.listen(0, '127.0.0.1')
    await new Promise((resolve) => taken.once('listening', resolve))
    onTestFinished(() => void taken.close())
    const { port } = taken.address() as AddressInfo
    const program = runMain([
      'serve',
      '--state',
      clusterFile('shop'),
      '--port',
      String(port),
      '--ops-port',
      '0',
    ])
    expect(await program.exited).toBe(2)
    expect(program.stderr()).toBe(
      `port ${port} of 127.0.0.1 is in use: stop what listens there, or choose another with --port (0 takes a free one).\n`,
    )
  })

  test.each([
    ['a folder that is not there', ['--state', '/nowhere'], /^\/nowhere: no such file or folder/],
    [
      'certificate files that are not there',
      ['--state', clusterFile('shop'), '--tls-cert', '/nowhere.crt', '--tls-key', '/nowhere.key'],
      /\/nowhere\.(crt|key)/,
    ],
  ])('%s: a sentence and exit code 2', async (_name, args, problem) => {
    const program = runMain(['serve', ...args, '--port', '0', '--ops-port', '0'])
    expect(await program.exited).toBe(2)
    expect(program.stderr()).toMatch(problem)
    expect(program.stderr()).not.toMatch(/\n\s+at /)
  })
})

describe('what changes while it serves', () => {
  test('a folder of manifests is read again; while an edit is broken, the last good state stays', async () => {
    const state = await temporaryFolder()
    const file = join(state, 'cluster.yaml')
    await copyFile(clusterFile('nothing'), file)
    const serving = await serve(state)
    expect(await verdict(serving)).toBe('instance.missing')

    await copyFile(clusterFile('shop'), file)
    await expect.poll(() => verdict(serving), PATIENCE).toBe('admitted')

    await writeFile(file, 'kind: [broken')
    await expect
      .poll(() => serving.log().map(({ msg }) => msg), PATIENCE)
      .toContain('state not read: the last good one stays')
    expect(await verdict(serving)).toBe('admitted')
    expect((await serving.ops('/readyz')).status).toBe(200)

    await copyFile(clusterFile('nothing'), file)
    await expect.poll(() => verdict(serving), PATIENCE).toBe('instance.missing')
  })

  test('a file that an editor replaces, and one more beside it, are seen', async () => {
    const state = await temporaryFolder()
    await copyFile(clusterFile('nothing'), join(state, 'a.yaml'))
    const serving = await serve(state)
    await copyFile(clusterFile('shop-alone'), join(state, 'b.yaml'))
    await expect.poll(() => verdict(serving), PATIENCE).toBe('admitted')
    await copyFile(clusterFile('odd-services'), join(state, 'b.tmp'))
    await rename(join(state, 'b.tmp'), join(state, 'b.yaml'))
    await expect.poll(() => verdict(serving, 'headless'), PATIENCE).toBe('admitted')
  })

  test('new certificate files meet new connections, and an open one goes on', async () => {
    const serving = await serve(clusterFile('shop'))
    const second = await (await testCertificates()).sign()
    const { fingerprint256 } = new X509Certificate(second.certPem)
    const kept = await serving.open()
    kept.send(...post('{}'))
    await kept.answers(1)
    expect(kept.fingerprint).not.toBe(fingerprint256)

    await writeFile(serving.certificateFiles.keyFile, second.keyPem)
    await writeFile(serving.certificateFiles.certFile, second.certPem)
    const fingerprint = async (): Promise<string> => {
      const socket = await serving.open()
      socket.destroy()
      return socket.fingerprint
    }
    await expect.poll(fingerprint, PATIENCE).toBe(fingerprint256)
    kept.send(...post('{}'))
    expect(await kept.answers(2)).toHaveLength(2)
  })
})
