import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { makeOperationsServer, type OperationsOptions } from '../../src/operations/server.ts'
import { PATIENT } from '../admission/patience.ts'

vi.setConfig(PATIENT)

function operations(parts: Partial<OperationsOptions> = {}) {
  const app = makeOperationsServer({
    checks: () => [],
    metrics: () => ({ contentType: 'text/plain; version=0.0.4', metrics: async () => 'a_metric 1\n' }),
    version: { version: '1.2.3', node: 'v24.0.0' },
    ...parts,
  })
  onTestFinished(() => app.close())
  return app
}

describe('/livez', () => {
  test('says only that the process answers: it stays 200 while nothing is ready', async () => {
    const checks = [{ name: 'cache services', problem: () => 'not read completely yet' }]
    const { statusCode, body } = await operations({ checks: () => checks }).inject('/livez')
    expect({ statusCode, body }).toEqual({ statusCode: 200, body: 'ok\n' })
  })
})

describe('/startupz', () => {
  const unready = () => [{ name: 'cache services', problem: () => 'not read completely yet' }]

  test('is 503 until everything is opened', async () => {
    const { statusCode, body } = await operations({ metrics: () => undefined }).inject('/startupz')
    expect({ statusCode, body }).toEqual({ statusCode: 503, body: 'not started yet\n' })
  })

  test('is 200 from then on, also while nothing can be decided', async () => {
    const { statusCode, body } = await operations({ checks: unready }).inject('/startupz')
    expect({ statusCode, body }).toEqual({ statusCode: 200, body: 'ok\n' })
  })
})

describe('/readyz', () => {
  const checks = [
    { name: 'serving', problem: () => undefined },
    { name: 'certificate', problem: () => undefined },
  ]

  test('is short when ready', async () => {
    const { statusCode, body, headers } = await operations({ checks: () => checks }).inject('/readyz')
    expect({ statusCode, body }).toEqual({ statusCode: 200, body: 'ok\n' })
    expect(headers['content-type']).toMatch(/^text\/plain/)
  })

  test.each(['/readyz?verbose', '/readyz?verbose=true', '/readyz?verbose='])(
    '%s tells of each condition',
    async (path) => {
      const { statusCode, body } = await operations({ checks: () => checks }).inject(path)
      expect({ statusCode, body }).toEqual({
        statusCode: 200,
        body: '[+] serving ok\n[+] certificate ok\nready\n',
      })
    },
  )

  test('is 503 with the reason when not, without being asked for it', async () => {
    const draining = [...checks, { name: 'serving', problem: () => 'draining' }]
    const { statusCode, body } = await operations({ checks: () => draining }).inject('/readyz')
    expect(statusCode).toBe(503)
    expect(body).toContain('[-] serving: draining\nnot ready\n')
  })
})

describe('/metrics and /version', () => {
  test('/metrics has the registry’s text and type', async () => {
    const { statusCode, body, headers } = await operations().inject('/metrics')
    expect({ statusCode, body }).toEqual({ statusCode: 200, body: 'a_metric 1\n' })
    expect(headers['content-type']).toBe('text/plain; version=0.0.4')
  })

  test('a metric that cannot be read fails the scrape, and nothing else', async () => {
    const metrics = { contentType: 'text/plain', metrics: () => Promise.reject(new Error('a bug')) }
    const app = operations({ metrics: () => metrics })
    expect((await app.inject('/metrics')).statusCode).toBe(500)
    expect((await app.inject('/livez')).statusCode).toBe(200)
  })

  test('/version says what runs', async () => {
    expect((await operations().inject('/version')).json()).toEqual({ version: '1.2.3', node: 'v24.0.0' })
  })

  test.each(['/', '/mutate', '/debug/pprof', '/livez/x'])('%s is 404', async (path) => {
    expect((await operations().inject(path)).statusCode).toBe(404)
  })

  test('nothing can be changed', async () => {
    for (const method of ['POST', 'PUT', 'DELETE'] as const) {
      for (const url of ['/livez', '/readyz', '/metrics', '/version']) {
        expect((await operations().inject({ method, url })).statusCode).toBe(404)
      }
    }
  })
})
