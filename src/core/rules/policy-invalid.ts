import type { Governance } from '../governance.ts'
import { RULES, type Finding } from '../rules.ts'
import { printable } from '../quote.ts'

/** `policy.invalid`: a policy that governs this pod has rules that do not compile, so nobody knows what it demands. */
export function invalidPolicies({ policies }: Governance): Finding[] {
  return policies.flatMap(({ name, problem, failurePolicy }) =>
    problem === undefined
      ? []
      : {
          rule: 'policy.invalid' as const,
          action: failurePolicy === 'Fail' ? RULES['policy.invalid'].action : ('Audit' as const),
          severity: RULES['policy.invalid'].severity,
          policy: name,
          message: `policy ${name}, which governs this pod, is invalid: ${printable(problem)}.`,
          cure: 'Mend the policy (dapr-shared lint tells where), or delete it.',
          field: '',
          exception: '',
          builtIn: true,
        },
  )
}
