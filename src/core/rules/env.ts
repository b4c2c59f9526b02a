import type { InjectionPlan } from '../plan-injection.ts'
import type { PlacedContainer } from '../pod.ts'
import { quote } from '../quote.ts'
import { finding, type Finding } from '../rules.ts'

/** `env.conflict`: what a container has set itself stays, and is told; but the instance is spelt in one way. */
export function envConflicts({ kept, respelt, hidden }: InjectionPlan): Finding[] {
  return [
    ...respelt.map(({ placed, name }) =>
      finding('env.conflict', {
        message: `container ${quote(placed.container.name)} spells ${name} of the instance otherwise: set right.`,
        cure: 'Remove the variable.',
        field: `${field(placed)}.env`,
      }),
    ),
    ...kept.map(({ placed, name, unseen }) =>
      finding('env.conflict', {
        message: unseen
          ? `container ${quote(placed.container.name)} keeps its own ${name}, whose source cannot be seen.`
          : `container ${quote(placed.container.name)} keeps its own ${name}.`,
        cure: 'Remove the variable to use the instance.',
        field: `${field(placed)}.env`,
      }),
    ),
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
