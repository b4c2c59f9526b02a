import { describe, expect, test } from 'vitest'
import { makeRecord } from './record.ts'
import { reportOf } from './report.ts'
import { passed, type Result } from './run-faults.ts'

const resultOf = (
  act: (record: ReturnType<typeof makeRecord>['record']) => void,
  rest: Partial<Result> = {},
): Result => {
  const { record, recorded } = makeRecord()
  act(record)
  return { id: 'F1', title: 'a fault', recorded, seconds: 1.25, ...rest }
}

describe('what was seen', () => {
  test.each([
    ['equal lists', [200], [200], true],
    ['other lists', [200, 503], [200], false],
    ['equal texts', 'injected', 'injected', true],
    ['a text and a number', '0', 0, true],
  ])('is compared by value: %s', (_, got, wanted, ok) => {
    const result = resultOf((record) => record.is('it', got, wanted))
    expect(passed(result)).toBe(ok)
  })

  test.each([
    [5, true],
    [5.01, false],
    [Number.NaN, false],
  ])('is held against a bound of 5: %d', (got, ok) => {
    expect(passed(resultOf((record) => record.atMost('it', got, 5, ' s')))).toBe(ok)
    expect(passed(resultOf((record) => record.atLeast('it', -got, -5, ' s')))).toBe(ok)
  })

  test('stays when the scenario could not be carried out, which is a failure of its own', () => {
    const result = resultOf((record) => record.holds('it', true), { error: 'no control plane' })
    expect(passed(result)).toBe(false)
    expect(reportOf([result])).toMatch(
      / {2}ok {3}it: yes\n {2}NO {3}it could not be carried out: no control plane/,
    )
  })
})

describe('the report', () => {
  test('tells what was done, what stood in, what was wanted and got, and the figures', () => {
    const text = reportOf([
      resultOf((record) => {
        record.did('something')
        record.standIn('a proxy')
        record.is('pods', 'refused\n by somebody', 'injected')
        record.atMost('time', 1.5, 2, ' s')
        record.figure('calls', 7)
      }),
    ])
    expect(text).toBe(`F1  FAILED  a fault  (1.3 s)
     done: something
     stand-in: a proxy
  NO   pods: wanted injected, got refused; by somebody
  ok   time: 1.50 s (at most 2 s)
       calls: 7

1 faults, 2 required behaviours, 1 of them not met
failed: F1
with a stand-in: F1
not run: none
`)
  })

  test('names what was not run, and why', () => {
    const text = reportOf([resultOf(() => {}, { id: 'F22', title: 'an audit', notRun: 'there is none' })])
    expect(text).toContain('F22  not run  an audit\n     why: there is none\n')
    expect(text).toContain('not run: F22\n')
  })
})
