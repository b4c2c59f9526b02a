import { describe, expect, test } from 'vitest'
import { readServeSettings } from '../../src/config/serve-settings.ts'

const read = (flags: Record<string, string>, env: NodeJS.ProcessEnv = {}, state = ['dir'], cluster = false) =>
  readServeSettings({ flags, state, cluster }, env)

describe('what serve is told', () => {
  test('a folder is served to this machine alone, a cluster to everybody', () => {
    expect(read({}).settings).toMatchObject({ host: '127.0.0.1', port: 8443, opsPort: 8080, drainSeconds: 0 })
    expect(read({}, {}, [], true).settings).toMatchObject({ host: '::', drainSeconds: 15 })
  })

  test('a flag goes before its variable, and that before the default', () => {
    const env = { DAPR_SHARED_PORT: '1000', DAPR_SHARED_OPS_PORT: '1001' }
    expect(read({ port: '2000' }, env).settings).toMatchObject({ port: 2000, opsPort: 1001 })
  })

  test('state and cluster have variables too', () => {
    expect(read({}, { DAPR_SHARED_STATE: 'a:b' }, []).settings?.source).toEqual({
      kind: 'state',
      paths: ['a', 'b'],
    })
    expect(read({}, { DAPR_SHARED_CLUSTER: 'true' }, []).settings?.source).toMatchObject({ kind: 'cluster' })
  })

  test.each(['yes', 'TRUE', '1'])('DAPR_SHARED_CLUSTER=%s is not passed over, whatever flags say', (text) => {
    for (const state of [[], ['dir']])
      expect(read({}, { DAPR_SHARED_CLUSTER: text }, state).problems).toEqual([
        `DAPR_SHARED_CLUSTER: wanted true or false, got "${text}".`,
      ])
  })

  test('DAPR_SHARED_CLUSTER=false is no cluster', () => {
    expect(read({}, { DAPR_SHARED_CLUSTER: 'false' }).settings?.source.kind).toBe('state')
  })

  test('all problems are told at once, each with flag and variable', () => {
    const { settings, problems } = read(
      { port: 'x', 'log-level': 'loud', 'tls-cert': 'c.pem', 'drain-seconds': '-1' },
      { DAPR_SHARED_OPS_PORT: '70000' },
      [],
    )
    expect(settings).toBeUndefined()
    expect(problems).toEqual([
      'neither --state nor --cluster: say where instances come from. Try: --state deploy/examples/shop',
      '--port (DAPR_SHARED_PORT): wanted a port from 0 to 65535, got "x".',
      '--ops-port (DAPR_SHARED_OPS_PORT): wanted a port from 0 to 65535, got "70000".',
      '--tls-cert without --tls-key (DAPR_SHARED_TLS_KEY). Give both, or neither.',
      '--log-level (DAPR_SHARED_LOG_LEVEL): wanted trace, debug, info, warn, error, fatal, silent, got "loud".',
      '--drain-seconds (DAPR_SHARED_DRAIN_SECONDS): wanted seconds from 0 to 600, got "-1".',
    ])
  })

  test("what Kubernetes' service links put there is ignored, and said", () => {
    const { settings, warnings } = read({}, { DAPR_SHARED_PORT: 'tcp://10.0.0.1:80' })
    expect(settings?.port).toBe(8443)
    expect(warnings).toEqual([expect.stringContaining('DAPR_SHARED_PORT is ignored')])
  })

  describe('of certificates', () => {
    const inCluster = (flags: Record<string, string>) => read(flags, {}, [], true)

    test('the mode follows from the other flags', () => {
      expect(inCluster({}).settings?.tls).toEqual({ mode: 'self-made' })
      expect(inCluster({ 'tls-cert': 'a', 'tls-key': 'b' }).settings?.tls).toEqual({
        mode: 'files',
        certFile: 'a',
        keyFile: 'b',
      })
      expect(inCluster({ 'tls-secret': 'mine' }).settings?.tls).toEqual({ mode: 'secret', secret: 'mine' })
      expect(inCluster({ 'tls-mode': 'built-in', 'ca-settle-seconds': '5' }).settings?.tls).toEqual({
        mode: 'built-in',
        secret: 'dapr-shared-admission-certificates',
        settleSeconds: 5,
      })
    })

    test.each<[Record<string, string>, string]>([
      [{ 'tls-mode': 'built-in', 'tls-cert': 'a', 'tls-key': 'b' }, 'files are for mode files'],
      [
        { 'tls-secret': 's', 'tls-cert': 'a', 'tls-key': 'b' },
        'a Secret is for the modes secret and built-in',
      ],
      [{ 'tls-mode': 'secret' }, 'Name the Secret'],
      [{ 'tls-mode': 'files' }, 'Give both'],
      [{ 'ca-settle-seconds': '5' }, 'is for --tls-mode built-in'],
      [{ 'tls-mode': 'magic' }, 'wanted files, secret, built-in, self-made'],
      [{ 'client-names': 'apiserver' }, '--client-names without --client-ca'],
      [{ 'max-in-flight': '0' }, 'wanted a number from 1'],
    ])('%j cannot be meant', (flags, problem) => {
      expect(inCluster(flags).problems).toEqual([expect.stringContaining(problem)])
    })

    test('without a cluster there is no Secret, and nobody takes Events', () => {
      expect(read({ 'tls-mode': 'built-in', events: 'on' }).problems).toEqual([
        expect.stringContaining('no cluster that has a Secret'),
        expect.stringContaining('no cluster that takes Events'),
      ])
    })
  })

  test('--state and --cluster exclude each other', () => {
    expect(read({}, {}, ['dir'], true).problems).toEqual([expect.stringContaining('Keep one of the two')])
  })

  test('a Secret is not asked for where there is no cluster that has one', () => {
    expect(read({ 'tls-mode': 'secret' }).problems).toEqual([
      expect.stringContaining('with --state there is no cluster that has a Secret'),
    ])
  })

  describe('of the review API', () => {
    const modeOf = (...args: Parameters<typeof read>) => read(...args).settings?.reviewApi

    test('is off unless said otherwise, by flag or variable', () => {
      expect(modeOf({})).toBe('off')
      expect(modeOf({ 'review-api': 'loopback' })).toBe('loopback')
      expect(modeOf({}, { DAPR_SHARED_REVIEW_API: 'token' }, [], true)).toBe('token')
    })

    test.each(['127.0.0.1', '127.1.2.3', '::1', 'localhost'])('loopback takes --host %s', (host) => {
      expect(modeOf({ 'review-api': 'loopback', host })).toBe('loopback')
    })

    test.each(['0.0.0.0', '::', '10.0.0.1', 'example.com', '127.0.0.1.example.com', '1127.0.0.1'])(
      'loopback refuses --host %s: nobody would be asked for a token',
      (host) => {
        expect(read({ 'review-api': 'loopback', host }).problems).toEqual([
          expect.stringMatching(/^--review-api loopback .* can be reached from elsewhere\. Use --host 127/),
        ])
      },
    )

    test('needs a cluster to check tokens, and never opens a cluster to everybody', () => {
      expect(read({ 'review-api': 'token' }).problems).toEqual([
        expect.stringContaining('no cluster that could check a token. Use --review-api loopback'),
      ])
      expect(read({ 'review-api': 'loopback' }, {}, [], true).problems).toEqual([
        expect.stringContaining('Use --review-api token'),
      ])
      expect(read({ 'review-api': 'on' }).problems).toEqual([
        '--review-api (DAPR_SHARED_REVIEW_API): wanted off, token, loopback, got "on".',
      ])
    })
  })
})
