import type { ContainerChoice } from './ask.ts'
import { placedContainers, type PlacedContainer, type Pod } from './pod.ts'

/** Which of a pod's containers are injected, and which names the pod gave that none of them has. */
export interface ContainerSelection {
  readonly selected: readonly PlacedContainer[]
  readonly unknown: readonly string[]
}

/**
 * @param skipped names that are left out unless `dapr.io/shared-containers` names them: other systems' sidecars
 */
export function selectContainers(
  pod: Pod,
  choice: ContainerChoice,
  skipped: ReadonlySet<string>,
): ContainerSelection {
  const placed = placedContainers(pod)
  switch (choice.kind) {
    case 'all':
      return { selected: placed.filter(({ container }) => !skipped.has(container.name)), unknown: [] }
    case 'except': {
      const excluded = new Set(choice.names)
      const selected = placed.filter(
        ({ container }) => !skipped.has(container.name) && !excluded.has(container.name),
      )
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
