import { describe, expect, test } from 'vitest'
import { answerCheck } from '../../src/check/answer-check.ts'
import { fail, ok, unknown, warn, type Line } from '../../src/check/line.ts'
import { checkExitCode, makeCheckResult, renderCheckText } from '../../src/check/result.ts'
import { render } from '../../src/report/render.ts'

const place = { server: 'https://api.test', namespace: 'dapr-shared-system' }
const fine = ok('kubernetes.version', 'Kubernetes 1.36.3')
const warned = warn('installation.replicas', { what: 'One.', wanted: '2', got: '1', cure: 'Scale it.' })
const failed = fail('certificates.chain', { what: 'No \u001B[31mtrust.', cure: 'Mend it.' })
const open = unknown('access.rights', { what: 'Nobody tells.', cure: 'Ask.' })
const of = (...lines: readonly Line[]) => makeCheckResult(lines, place)

describe('the exit code', () => {
  const strict = { failOn: 'Fail', allowUnknown: false } as const
  test.each([
    ['all fine', of(fine), strict, 0],
    ['a warning', of(fine, warned), strict, 0],
    ['a warning, told to fail by one', of(fine, warned), { ...strict, failOn: 'Warn' as const }, 1],
    ['a failure', of(fine, failed), strict, 1],
    ['something unknown', of(fine, open), strict, 3],
    ['a failure and something unknown', of(failed, open), strict, 1],
    ['something unknown that is allowed', of(open), { ...strict, allowUnknown: true }, 0],
  ])('%s', (_, result, verdict, expected) => {
    expect(checkExitCode(result, verdict)).toBe(expected)
  })
})

test('a person reads groups, signs, and under what is wrong how to mend it; nothing steers the terminal', () => {
  expect(renderCheckText(of(fine, warned, failed, open), { colour: false })).toBe(`Kubernetes
  ✓ Kubernetes 1.36.3

Installation
  ! One.
      wanted: 2
      got:    1
      cure:   Scale it.
      docs/check.md#installationreplicas

Certificates
  ✗ No \\u{1b}[31mtrust.
      cure:   Mend it.
      docs/check.md#certificateschain

Rights of the service
  ? Nobody tells.
      cure:   Ask.
      docs/check.md#accessrights

1 fine, 1 warning, 1 failed, 1 unknown
`)
})

test('other tools get the same: what fails as an error, what is warned of as a warning, what is unknown as unjudged', async () => {
  const verdict = { failOn: 'Fail', allowUnknown: false, exitCode: 1 } as const
  const answer = answerCheck(of(fine, warned, failed, open), verdict)
  expect(answer.report().entries.map(({ name, outcome }) => [name, outcome])).toEqual([
    ['kubernetes.version', 'passed'],
    ['installation.replicas', 'passed'],
    ['certificates.chain', 'failed'],
    ['access.rights', 'error'],
  ])
  for (const format of ['junit', 'sarif', 'github', 'markdown', 'tap', 'openreports'] as const)
    expect(await render(format, answer, { colour: false })).toContain('Mend it.')
  const strict = answerCheck(of(warned), { ...verdict, failOn: 'Warn' })
  expect(strict.report().entries[0]).toMatchObject({ outcome: 'failed', problems: [{ level: 'error' }] })
})
