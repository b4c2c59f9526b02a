import type { InjectionPlan } from '../plan-injection.ts'
import { policyFinding, type Governance } from '../governance.ts'
import type { PlacedContainer } from '../pod.ts'
import { quote } from '../quote.ts'
import { finding, type Finding } from '../rules.ts'
import type { WinningDefaults } from '../select-policies.ts'

/**
 * `env.conflict`: what a container has set itself stays, and is told; but the instance is spelt in one way. A policy's
 * defaults may have it replaced, or refused.
 */
export function envConflicts(
  { kept, overridden, respelt, hidden }: InjectionPlan,
  governance: Governance,
  winner: WinningDefaults | undefined,
): Finding[] {
  const refusing = winner?.defaults.onExistingEnv === 'Deny' ? winner.policy : undefined
  return [
    ...overridden.map(({ placed, name }) =>
      finding('env.conflict', {
        message: `${name} of container ${quote(placed.container.name)} is replaced, as policy ${winner?.policy.name ?? ''} says.`,
        cure: 'Remove the variable.',
        field: `${field(placed)}.env`,
      }),
    ),
    ...respelt.map(({ placed, name }) =>
      finding('env.conflict', {
        message: `container ${quote(placed.container.name)} spells ${name} of the instance otherwise: set right.`,
        cure: 'Remove the variable.',
        field: `${field(placed)}.env`,
      }),
    ),
    ...kept.map(({ placed, name, unseen }) => {
      const complaint = {
        message: unseen
          ? `container ${quote(placed.container.name)} keeps its own ${name}, whose source cannot be seen.`
          : `container ${quote(placed.container.name)} keeps its own ${name}.`,
        cure: 'Remove the variable to use the instance.',
        field: `${field(placed)}.env`,
      }
      return refusing === undefined
        ? finding('env.conflict', complaint)
        : policyFinding(governance, refusing, 'env.conflict', complaint)
    }),
    ...hidden.map((placed) =>
      finding('env.conflict', {
        message: `envFrom of container ${quote(placed.container.name)} cannot be seen; ours wins.`,
        cure: 'Take DAPR_* variables out of what envFrom names.',
        field: `${field(placed)}.envFrom`,
      }),
    ),
  ]
}

function field({ list, index }: PlacedContainer): string {
  return `spec.${list}[${index}]`
}
