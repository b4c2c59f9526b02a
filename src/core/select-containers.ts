import type { ContainerChoice } from './ask.ts'
import { placedContainers, type PlacedContainer, type Pod } from './pod.ts'

/** Which of a pod's containers are injected, and which names the pod gave that none of them has. */
export interface ContainerSelection {
  readonly selected: readonly PlacedContainer[]
  readonly unknown: readonly string[]
}

/** What is left out unless `dapr.io/shared-containers` names it. */
export interface Skipped {
  /** other systems' sidecars, and what the policy's defaults add */
  readonly names: ReadonlySet<string>
  readonly more: readonly string[]
  /** init containers that end before the pod's own start; never native sidecars */
  readonly plainInit: boolean
}

/** Which containers the pod's own choice and what is left out by itself leave. */
export function selectContainers(pod: Pod, choice: ContainerChoice, skipped: Skipped): ContainerSelection {
  const placed = placedContainers(pod)
  switch (choice.kind) {
    case 'all':
      return { selected: placed.filter((one) => !isSkipped(one, skipped)), unknown: [] }
    case 'except': {
      const excluded = new Set(choice.names)
      const selected = placed.filter((one) => !isSkipped(one, skipped) && !excluded.has(one.container.name))
      return { selected, unknown: [] }
    }
    case 'only': {
      const wanted = new Set(choice.names)
      const selected = placed.filter(({ container }) => wanted.has(container.name))
      const present = new Set(selected.map(({ container }) => container.name))
      return { selected, unknown: choice.names.filter((name) => !present.has(name)) }
    }
  }
}

function isSkipped(placed: PlacedContainer, skipped: Skipped): boolean {
  return whySkipped(placed, skipped) !== undefined
}

/** What leaves a container out unless the pod names it: its name, what a policy adds, or that it is a plain init container. */
export function whySkipped(
  { container, list }: PlacedContainer,
  { names, more, plainInit }: Skipped,
): 'name' | 'more' | 'plain-init' | undefined {
  if (names.has(container.name)) return 'name'
  if (more.includes(container.name)) return 'more'
  return plainInit && list === 'initContainers' && container.restartPolicy !== 'Always'
    ? 'plain-init'
    : undefined
}
