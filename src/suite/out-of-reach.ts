import type { RuleId } from '../core/rules.ts'

/** The rules that no test can have found, and why. */
export const OUT_OF_REACH: ReadonlyMap<RuleId, string> = new Map([
  [
    'instance.in-use',
    'is asked when an instance goes, of a cluster that knows its pods, which no test can ask',
  ],
  [
    'injection.incomplete',
    'is found of a pod that another webhook changes after ours, which no test can ask',
  ],
  ['policy.invalid', 'is never found, as a policy that is invalid is an error of the suite'],
])
