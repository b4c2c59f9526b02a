import { Writable } from 'node:stream'
import { describe, expect, test, vi } from 'vitest'
import { makeLogger } from '../../src/telemetry/logger.ts'
import { aReview } from '../admission/a-review.ts'
import { makeAdmissionEvents } from '../../src/telemetry/admission-events.ts'
import { makeMetrics } from '../../src/telemetry/metrics.ts'
import { aHandler, verdictOf } from '../admission/a-handler.ts'
import { PATIENT } from '../admission/patience.ts'

vi.setConfig(PATIENT)

describe('the log', () => {
  test('is one JSON object a line, with the level in words and the time as text', () => {
    const lines: string[] = []
    makeLogger('info', { write: (line) => lines.push(line) }).info({ webhook: 'mutate' }, 'two\nlines')
    expect(lines).toHaveLength(1)
    expect(lines[0]).toMatch(/^[^\n]*\n$/)
    expect(JSON.parse(lines[0] ?? '')).toEqual({
      level: 'info',
      time: expect.stringMatching(/Z$/) as string,
      webhook: 'mutate',
      msg: 'two\nlines',
    })
  })

  test('leaves out what is below its level', () => {
    const lines: string[] = []
    const log = makeLogger('warn', { write: (line) => lines.push(line) })
    log.info({}, 'not told')
    log.warn({}, 'told')
    expect(lines).toHaveLength(1)
  })
})

describe('a sink that cannot be written to', () => {
  const answerWith = async (sink: Parameters<typeof makeLogger>[1]) => {
    const metrics = makeMetrics(
      {
        instances: () => [],
        policies: () => ({ accepted: 0, invalid: 0 }),
        resources: () => [],
        certificates: () => [],
      },
      { version: '0' },
      () => 0,
    )
    const { handle } = aHandler({ events: makeAdmissionEvents(metrics, makeLogger('trace', sink)) })
    return verdictOf(await handle('mutate', aReview({ uid: 'aa11' }), 1000)).allowed
  }

  test('does not stop admission when it throws', async () => {
    const full = {
      write() {
        throw new Error('ENOSPC: no space left on device')
      },
    }
    expect(await answerWith(full)).toBe(true)
  })

  // a stream that nobody listens to ends the process with its error
  test('does not stop admission when it fails later', async () => {
    const failed: Error[] = []
    const gone = new Writable({
      write: (_chunk, _encoding, done) => done(new Error('EPIPE: broken pipe')),
    })
    const closed = new Promise((resolve) => gone.once('close', resolve))
    gone.on('error', (error) => failed.push(error))
    gone.removeAllListeners('error')
    expect(await answerWith(gone)).toBe(true)
    await closed
    expect(gone.listenerCount('error')).toBeGreaterThan(0)
  })
})
