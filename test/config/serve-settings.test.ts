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

  test('--state and --cluster exclude each other', () => {
    expect(read({}, {}, ['dir'], true).problems).toEqual([expect.stringContaining('Keep one of the two')])
  })
})
