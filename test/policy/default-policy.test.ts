import { globSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { RULE_IDS, RULES } from '../../src/core/rules.ts'
import type { JsonObject } from '../../src/core/pod.ts'
import { DEFAULT_POLICY_NAME, defaultPolicy } from '../../src/policy/default-policy.ts'
import { isProblems, readResource } from '../../src/policy/read-resource.ts'
import { isState } from '../../src/state/state-store.ts'
import type { Outcome } from '../../src/suite/run-test.ts'
import type { SuiteTest } from '../../src/suite/suite.ts'
import { aBench, outcomeOf, stateSeenBy, testsIn } from '../suite/a-bench.ts'
import { run } from '../cli/run.ts'

const folder = resolve(import.meta.dirname, '../cases')
const files = globSync('!(state)/**/*.dapr-shared-test.yaml', { cwd: folder }).toSorted()
const cases = (await Promise.all(files.map((file) => testsIn(join(folder, file))))).flat()

const object = (text: string): JsonObject => parse(text, { version: '1.1' }) as JsonObject
const problemsOf = (text: string): unknown => {
  const reading = readResource(object(text))
  return isProblems(reading) ? reading : []
}

/** Takes the `# ` of these lines away, as the text says one may. */
const uncommented = (which: (line: string) => boolean): string =>
  defaultPolicy()
    .split('\n')
    .map((line) => (/^ +# /.test(line) && which(line) ? line.replace('# ', '') : line))
    .join('\n')

const isOverride = (line: string): boolean => line.includes('{rule: ')

const withPolicy = (one: SuiteTest, policy: JsonObject): SuiteTest => {
  const { testState = {} } = one
  return { ...one, testState: { ...testState, add: [...(testState.add ?? []), policy] } }
}

const asText = ({ reviewed, again }: Outcome): string => JSON.stringify([reviewed.item, again?.item ?? null])

/** Each case without our policy, asked once. */
const bench = aBench()
const plain = new Map<SuiteTest, Promise<Outcome>>()
const plainly = (one: SuiteTest): Promise<Outcome> => {
  const outcome = plain.get(one) ?? outcomeOf(one, bench)
  plain.set(one, outcome)
  return outcome
}

describe('the default policy', () => {
  test('is one that the API server takes', () => {
    expect(problemsOf(defaultPolicy())).toEqual([])
  })

  test.each(cases.map((one) => [one.name, one] as const))('changes nothing: %s', async (_, one) => {
    const under = await outcomeOf(withPolicy(one, object(defaultPolicy())), bench)
    expect(asText(under)).toBe(asText(await plainly(one)))
  })

  test('has a line for each rule, with what it does by itself', () => {
    const { spec } = object(uncommented(isOverride)) as { spec: { overrides: unknown[] } }
    expect(spec.overrides).toEqual(
      RULE_IDS.map((rule) => ({ rule, action: RULES[rule].action, severity: RULES[rule].severity })),
    )
  })

  test.each(RULE_IDS)('the line of %s can stand alone', (rule) => {
    const text = uncommented((line) => line.includes(`{rule: ${rule},`))
    expect(problemsOf(text)).toEqual([])
    expect(object(text)).toMatchObject({ spec: { overrides: [{ rule }] } })
  })

  test('all its lines together are a policy too', () => {
    expect(problemsOf(uncommented(() => true))).toEqual([])
  })

  test('its fields have the values that hold without them: with them, the same pods are let in', async () => {
    const full = object(uncommented((line) => !isOverride(line)))
    expect(Object.keys(full['spec'] as JsonObject)).toEqual(expect.arrayContaining(['defaults', 'rules']))
    for (const one of cases) {
      // beside other policies a part is no longer only what holds without it: of several, the strictest counts
      const governed = (await stateSeenBy(one))
        .filter(isState)
        .some(({ kind }) => kind === 'DaprSharedPolicy')
      if (governed) continue
      const [without, under] = [await plainly(one), await outcomeOf(withPolicy(one, full), bench)]
      expect(under.reviewed.item.allowed, one.name).toBe(without.reviewed.item.allowed)
      expect(under.reviewed.item.patch, one.name).toEqual(without.reviewed.item.patch)
    }
  })
})

describe('dapr-shared manifests --default-policy', () => {
  test('prints it alone', async () => {
    const { out, err, code } = await run(['manifests', '--default-policy'])
    expect({ out, err, code }).toEqual({ out: defaultPolicy(), err: '', code: 0 })
    expect(object(out)).toMatchObject({ kind: 'DaprSharedPolicy', metadata: { name: DEFAULT_POLICY_NAME } })
  })

  test('takes no flag of an installation, which it would not heed', async () => {
    const { err, code } = await run(['manifests', '--default-policy', '--backstop'])
    expect(err).toContain("'--default-policy' cannot be used with option '--backstop'")
    expect(code).toBe(2)
  })
})
