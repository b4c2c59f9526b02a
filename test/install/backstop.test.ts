import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { skippedStatus } from '../../src/core/injected-status.ts'
import { RULES, isRuleId } from '../../src/core/rules.ts'
import { backstop } from '../../src/install/backstop.ts'
import { instance, pod, run } from '../cli/run.ts'

// A real API server shows what the expressions refuse; here, that they know the very status that is written.

const Variables = z.object({
  spec: z.object({ variables: z.array(z.object({ name: z.string(), expression: z.string() })) }),
})
const Patch = z.array(z.object({ path: z.string(), value: z.unknown() }))

/** The pattern in a variable's expression: RE2, in what JavaScript has in common with it. */
function patternOf(name: string): RegExp {
  const [policy] = backstop({ namespace: 'dapr-shared-system', labels: {} })
  const variable = Variables.parse(policy).spec.variables.find((one) => one.name === name)
  const pattern = /matches\(r'(.*)'\)/.exec(variable?.expression ?? '')?.[1]
  if (pattern === undefined) throw new Error(`the variable ${name} matches nothing`)
  return new RegExp(pattern)
}

describe('the backstop knows', () => {
  test('the status of an injected pod', async () => {
    const { out } = await run(['review', '-f', 'pod.yaml', '--state', 'state.yaml', '-o', 'patch'], {
      files: { 'pod.yaml': pod('order'), 'state.yaml': instance('order') },
    })
    const status = Patch.parse(JSON.parse(out)).find(({ path }) => path.endsWith('~1shared-status'))?.value
    expect(status).toMatch(patternOf('isInjected'))
    expect(status).not.toMatch(patternOf('isSkipped'))
    // another variable compares it with what the pod asks for
    expect(String(status).startsWith('{"instance":"shop/order",')).toBe(true)
  })

  test.each(Object.keys(RULES).filter(isRuleId))('the status of a pod that %s left alone', (rule) => {
    expect(skippedStatus(rule)).toMatch(patternOf('isSkipped'))
    expect(skippedStatus(rule)).not.toMatch(patternOf('isInjected'))
  })
})
