import { describe, expect, test } from 'vitest'
import type { DaprdFacts } from '../../src/core/cluster-facts.ts'
import { readDaprd } from '../../src/discovery/read-daprd.ts'

const withArgs = (...args: unknown[]): DaprdFacts => readDaprd({ name: 'daprd', args }).facts
const appIds = (...args: unknown[]): string[] => readDaprd({ name: 'daprd', args }).appIds

describe('an argument', () => {
  test.each([
    [['--app-id=orders'], ['orders']],
    [['--app-id', 'orders'], ['orders']],
    [['-app-id=orders'], ['orders']],
    [['/daprd', '--app-id', 'orders', '--mode=kubernetes'], ['orders']],
    [['--mode', 'kubernetes', '--app-id', 'orders'], ['orders']],
    [['--app-id=a=b'], ['a=b']],
    [['--app-id='], ['']],
    [['--app-id'], ['']],
    [['--app-id', '--mode=kubernetes'], ['']],
    [['--app-id', 'true'], ['true']],
    [
      ['--app-id=a', '--app-id', 'b'],
      ['a', 'b'],
    ],
    [['--app-ids=orders', '--my-app-id=orders', 'app-id=orders', ' --app-id=orders'], []],
    [[7, null, '--app-id', 7], ['']],
  ])('%j has the app-ids %j', (args, ids) => {
    expect(appIds(...args)).toEqual(ids)
  })

  test('may stand in command as well', () => {
    expect(readDaprd({ command: ['/daprd', '--app-id=orders'], args: ['--dapr-http-port=1'] })).toMatchObject(
      {
        appIds: ['orders'],
        facts: { httpPort: 1 },
      },
    )
  })

  test('that stands twice counts the last time', () => {
    expect(withArgs('--dapr-http-port=1', '--dapr-http-port=2').httpPort).toBe(2)
  })
})

describe('ports', () => {
  test("are daprd's own where nothing says otherwise", () => {
    expect(withArgs()).toMatchObject({
      httpPort: 3500,
      grpcPort: 50_001,
      appChannel: undefined,
      listenAddresses: [],
    })
  })

  test.each(['0', '65536', '-1', 'http', '3500.5', ''])('%j is none, so the usual one counts', (port) => {
    expect(withArgs(`--dapr-http-port=${port}`, `--dapr-grpc-port=${port}`)).toMatchObject({
      httpPort: 3500,
      grpcPort: 50_001,
    })
  })

  test('are read in both forms', () => {
    expect(withArgs('--dapr-http-port', '3600', '--dapr-grpc-port=50100')).toMatchObject({
      httpPort: 3600,
      grpcPort: 50_100,
    })
  })
})

test.each([
  [['--app-port=80', '--app-channel-address=orders.shop'], { address: 'orders.shop', port: 80 }],
  [['--app-port=80'], { address: '127.0.0.1', port: 80 }],
  [['--app-port=80', '--app-channel-address='], { address: '127.0.0.1', port: 80 }],
  [['--app-port=0', '--app-channel-address=orders'], undefined],
  [['--app-channel-address=orders'], undefined],
])('%j delivers to %j', (args, appChannel) => {
  expect(withArgs(...args).appChannel).toEqual(appChannel)
})

test.each([
  ['--dapr-listen-addresses=0.0.0.0', ['0.0.0.0']],
  ['--dapr-listen-addresses=[::1],127.0.0.1', ['[::1]', '127.0.0.1']],
  ['--dapr-listen-addresses=', []],
])('%s listens on %j', (argument, addresses) => {
  expect(withArgs(argument).listenAddresses).toEqual(addresses)
})

describe('the token', () => {
  const tokenOf = (env: unknown): DaprdFacts['token'] => readDaprd({ name: 'daprd', env }).facts.token
  const reference = (secretKeyRef: unknown): unknown => [
    { name: 'DAPR_API_TOKEN', valueFrom: { secretKeyRef } },
  ]

  test('is a reference to a Secret, with optional as it stands', () => {
    expect(tokenOf(reference({ name: 's', key: 'k' }))).toEqual({
      kind: 'secret',
      secret: { name: 's', key: 'k' },
    })
    expect(tokenOf(reference({ name: 's', key: 'k', optional: true }))).toEqual({
      kind: 'secret',
      secret: { name: 's', key: 'k', optional: true },
    })
    expect(tokenOf(reference({ name: 's', key: 'k', optional: false }))).toMatchObject({
      secret: { optional: false },
    })
  })

  test.each<[string, unknown]>([
    ['no variables', undefined],
    ['other variables', [{ name: 'APP_API_TOKEN', value: 'x' }]],
    ['an empty value', [{ name: 'DAPR_API_TOKEN', value: '' }]],
    ['no value', [{ name: 'DAPR_API_TOKEN' }]],
    [
      'a value that a later entry empties',
      [{ name: 'DAPR_API_TOKEN', value: 'x' }, { name: 'DAPR_API_TOKEN' }],
    ],
  ])('is none with %s', (_, env) => {
    expect(tokenOf(env)).toEqual({ kind: 'none' })
  })

  test.each<[string, unknown]>([
    ['a literal', [{ name: 'DAPR_API_TOKEN', value: 'x' }]],
    ['a ConfigMap', [{ name: 'DAPR_API_TOKEN', valueFrom: { configMapKeyRef: { name: 'c', key: 'k' } } }]],
    ['a Secret of no name', reference({ key: 'k' })],
    ['a Secret of a name that cannot be', reference({ name: 'Not A Name', key: 'k' })],
    ['a key that cannot be', reference({ name: 's', key: 'a/b' })],
  ])('comes from elsewhere with %s', (_, env) => {
    expect(tokenOf(env)).toEqual({ kind: 'elsewhere' })
  })
})

test.each([
  ['daprio/daprd:1.15.7', [1, 15, 7]],
  ['docker.io/daprio/daprd:1.18.0-rc.1', [1, 18, 0]],
  ['daprio/daprd:v1.14.4', [1, 14, 4]],
  ['registry:5000/daprd:1.17.0@sha256:0123', [1, 17, 0]],
  ['daprio/daprd:1.16', [1, 16, 0]],
  ['daprio/daprd:1.16-mariner', [1, 16, 0]],
  ['daprio/daprd:latest', undefined],
  ['daprio/daprd:edge', undefined],
  ['daprio/daprd', undefined],
  ['registry:5000/daprd', undefined],
  ['daprd@sha256:0123', undefined],
  [undefined, undefined],
])('the image %s is of version %j', (image, version) => {
  expect(readDaprd({ name: 'daprd', image }).facts.version).toEqual(version)
})

describe('what a finding may be made of', () => {
  test.each([
    ['--enable-mtls=true', true],
    ['--enable-mtls=1', true],
    ['--enable-mtls', true],
    ['--enable-mtls=false', false],
    ['--enable-mtls=0', false],
    ['--log-level=info', false],
  ])('%s: mTLS %s', (argument, mtls) => {
    expect(withArgs(argument).mtls).toBe(mtls)
  })

  test('is the Sentry address and the scheduler', () => {
    const env = [
      { name: 'DAPR_CONTROLPLANE_NAMESPACE', value: 'dapr-system' },
      { name: 'DAPR_SCHEDULER_HOST_ADDRESS', value: 'scheduler:50006' },
    ]
    expect(readDaprd({ args: ['--sentry-address=dapr-sentry:443'], env }).facts).toMatchObject({
      sentryAddress: 'dapr-sentry:443',
      controlPlaneNamespace: 'dapr-system',
      schedulerByEnvOnly: true,
    })
    expect(readDaprd({ args: ['--scheduler-host-address=s:1'], env }).facts.schedulerByEnvOnly).toBe(false)
  })

  test.each([
    [{ httpGet: { path: '/v1.0/healthz', port: 3501 } }, true],
    [{ httpGet: { path: '/v1.0/healthz/outbound', port: 3501 } }, false],
    [{ tcpSocket: { port: 3500 } }, false],
    [undefined, false],
  ])('is a liveness probe that waits for the application: %j, %s', (livenessProbe, waits) => {
    expect(readDaprd({ livenessProbe }).facts.livenessIsHealth).toBe(waits)
  })
})
