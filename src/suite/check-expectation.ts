import { isRuleId } from '../core/rules.ts'
import type { Path } from '../state/manifest.ts'
import { expectedText } from './expected-text.ts'
import { OUT_OF_REACH } from './out-of-reach.ts'
import type { Expectation, ExpectedFinding } from './schema.ts'
import type { Place, SuiteProblem } from './suite.ts'

/** What is wrong with an expectation that has the right fields, but could not fail or never hold. */
export function checkExpectation(expect: Expectation, path: Path, place: Place): SuiteProblem[] {
  const problem = (below: Path, message: string, fails = false): SuiteProblem => ({
    source: place.sourceOf([...path, ...below]),
    message,
    fails,
  })
  const { when: _, only, ...says } = expect
  if (Object.keys(says).length === 0 && only !== true) {
    return [
      problem(
        [],
        'an empty "expect" tests nothing. Say what the answer must be, such as allowed: true.',
        true,
      ),
    ]
  }
  const findings = (expect.findings ?? []).flatMap((finding, index) =>
    wrongWith(finding).map(({ field, message }) => problem(['findings', index, ...field], message)),
  )
  return [...findings, ...contradictions(expect).map(({ field, message }) => problem([field], message))]
}

function wrongWith(finding: ExpectedFinding): { readonly field: Path; readonly message: string }[] {
  if (Object.keys(finding).length === 0) {
    return [{ field: [], message: 'an empty finding fits every finding. Name its rule.' }]
  }
  const { rule, message } = finding
  const unreachable = rule === undefined || !isRuleId(rule) ? undefined : OUT_OF_REACH.get(rule)
  if (unreachable !== undefined) return [{ field: ['rule'], message: `${rule} ${unreachable}.` }]
  const text = message === undefined ? undefined : expectedText(message)
  if (text === undefined || !('problem' in text)) return []
  return [{ field: ['message'], message: `message: ${text.problem}.` }]
}

function contradictions({ allowed, env = {}, idempotent, instance = '' }: Expectation): {
  readonly field: string
  readonly message: string
}[] {
  if (allowed !== false) return []
  return [
    ...(Object.keys(env).length > 0
      ? [{ field: 'env', message: '"env" with "allowed: false": a refused pod has no variables.' }]
      : []),
    ...(instance === ''
      ? []
      : [{ field: 'instance', message: '"instance" with "allowed: false": a refused pod gets none.' }]),
    ...(idempotent === undefined
      ? []
      : [
          {
            field: 'idempotent',
            message: '"idempotent" with "allowed: false": a refused pod is not sent again.',
          },
        ]),
  ]
}
