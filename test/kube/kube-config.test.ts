import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { KubeConfigError, loadKubeConfig } from '../../src/kube/kube-config.ts'
import { kubeConfigFor, writeKubeConfig } from './write-kube-config.ts'

const SERVER = 'https://127.0.0.1:6443'

/** The sentence of the failure. */
function failure(load: () => unknown): string {
  try {
    load()
  } catch (error) {
    expect(error).toBeInstanceOf(KubeConfigError)
    return error instanceof Error ? error.message : ''
  }
  throw new Error('it did not fail')
}

function failureOf(config: unknown): string {
  using file = writeKubeConfig(config)
  return failure(() => loadKubeConfig({ kubeconfig: file.path }, {}))
}

function withContexts(name: string, ...contexts: string[]): object {
  return {
    ...kubeConfigFor(SERVER),
    'current-context': name,
    contexts: contexts.map((context) => ({ name: context, context: { cluster: 'test', user: 'test' } })),
  }
}

test('the file that is named', () => {
  using file = writeKubeConfig(kubeConfigFor(SERVER))
  const config = loadKubeConfig({ kubeconfig: file.path }, { KUBECONFIG: '/nowhere', HOME: '/nowhere' })
  expect(config.getCurrentCluster()?.server).toBe(SERVER)
})

test('the files of KUBECONFIG, of which the first wins and the missing do not count', () => {
  using first = writeKubeConfig(kubeConfigFor(SERVER))
  using second = writeKubeConfig({
    ...kubeConfigFor('https://127.0.0.1:1'),
    ...withContexts('other', 'other'),
  })
  const KUBECONFIG = `/nowhere:${first.path}:${second.path}`
  const config = loadKubeConfig({}, { KUBECONFIG })
  expect(config.getCurrentContext()).toBe('test')
  expect(config.getCurrentCluster()?.server).toBe(SERVER)
  expect(loadKubeConfig({ context: 'other' }, { KUBECONFIG }).getCurrentContext()).toBe('other')
})

test('~/.kube/config', () => {
  using home = writeKubeConfig('')
  mkdirSync(join(home.folder, '.kube'))
  writeFileSync(join(home.folder, '.kube', 'config'), JSON.stringify(kubeConfigFor(SERVER)))
  expect(loadKubeConfig({}, { HOME: home.folder }).getCurrentCluster()?.server).toBe(SERVER)
})

test('in a pod, KUBECONFIG and a wish for a context go before the service account', () => {
  const pod = { KUBERNETES_SERVICE_HOST: '127.0.0.1', KUBERNETES_SERVICE_PORT: '443' }
  using file = writeKubeConfig(kubeConfigFor(SERVER))
  expect(loadKubeConfig({}, { ...pod, KUBECONFIG: file.path }).getCurrentContext()).toBe('test')
  expect(failure(() => loadKubeConfig({ context: 'x' }, { ...pod, HOME: '/nowhere' }))).toContain(
    'no Kubernetes cluster',
  )
})

test.skipIf(process.env['KUBERNETES_SERVICE_HOST'] !== undefined)(
  'a pod without a service account is told so',
  () => {
    const pod = { KUBERNETES_SERVICE_HOST: '127.0.0.1', KUBERNETES_SERVICE_PORT: '443' }
    expect(failure(() => loadKubeConfig({}, pod))).toMatch(
      /\/serviceaccount\/token does not exist.*automountServiceAccountToken/,
    )
  },
)

test('a context can be chosen', () => {
  using file = writeKubeConfig(withContexts('a', 'a', 'b'))
  expect(loadKubeConfig({ kubeconfig: file.path, context: 'b' }, {}).getCurrentContext()).toBe('b')
})

test('paths in a file are relative to it', () => {
  using file = writeKubeConfig(
    kubeConfigFor(SERVER, { 'certificate-authority': 'ca.crt' }, { tokenFile: 'token' }),
  )
  const config = loadKubeConfig({ kubeconfig: file.path }, {})
  expect(config.getCurrentCluster()?.caFile).toBe(join(file.folder, 'ca.crt'))
  expect(config.getCurrentUser()?.authProvider).toEqual({
    name: 'tokenFile',
    config: { tokenFile: join(file.folder, 'token') },
  })
})

test('a context needs no user, and its cluster keeps its CA', () => {
  using file = writeKubeConfig({
    ...kubeConfigFor(SERVER),
    contexts: [{ name: 'test', context: { cluster: 'test' } }],
  })
  expect(loadKubeConfig({ kubeconfig: file.path }, {}).getCurrentUser()).toEqual({ name: 'anonymous' })
})

test.each(['http://127.0.0.1:8001', 'http://localhost:8001', 'http://[::1]:8001'])('%s is fine', (server) => {
  using file = writeKubeConfig(kubeConfigFor(server))
  expect(loadKubeConfig({ kubeconfig: file.path }, {}).getCurrentCluster()?.server).toBe(server)
})

test.each([
  [
    'no file',
    () => failure(() => loadKubeConfig({ kubeconfig: '/nowhere/config' }, {})),
    /\/nowhere\/config.*ENOENT/,
  ],
  [
    'KUBECONFIG without a file',
    () => failure(() => loadKubeConfig({}, { KUBECONFIG: '/nowhere' })),
    /KUBECONFIG.*\/nowhere/,
  ],
  [
    'nothing at all',
    () => failure(() => loadKubeConfig({}, { HOME: '/nowhere' })),
    /\/nowhere\/.kube\/config.*--kubeconfig/,
  ],
  ['no YAML', () => failureOf('{'), /cannot be used/],
  ['an empty file', () => failureOf(''), /cannot be used/],
  [
    'a cluster without a server',
    () => failureOf({ ...kubeConfigFor(''), clusters: [{ name: 'test', cluster: {} }] }),
    /server is missing/,
  ],
  [
    'no current context',
    () => failureOf(withContexts('', 'a', 'b')),
    /no current context \(it has a, b\).*--context/,
  ],
  ['no contexts', () => failureOf(withContexts('')), /it has none at all/],
  ['an unknown context', () => failureOf(withContexts('c', 'a', 'b')), /no context c; it has a, b/],
  [
    'a missing cluster',
    () => failureOf({ ...kubeConfigFor(SERVER), clusters: [] }),
    /names the cluster test/,
  ],
  ['a missing user', () => failureOf({ ...kubeConfigFor(SERVER), users: [] }), /names the user test/],
  ['an address that is none', () => failureOf(kubeConfigFor('api.example.org')), /not an http\(s\) address/],
  ['plain http to elsewhere', () => failureOf(kubeConfigFor('http://10.0.0.1:8080')), /without TLS/],
])('says what is wrong: %s', (_, message, sentence) => expect(message()).toMatch(sentence))
