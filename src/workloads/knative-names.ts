import { isObject, type JsonObject } from '../core/pod.ts'

/**
 * Names the containers of a Knative revision that have none, as Knative does before it makes a pod (knative/serving
 * pkg/apis/serving/v1/revision_defaults.go, with its default name templates).
 */
export function withKnativeNames(podSpec: unknown): unknown {
  if (!isObject(podSpec)) return podSpec
  const { containers, initContainers } = podSpec
  const taken = new Set([...namesOf(containers), ...namesOf(initContainers)])
  return {
    ...podSpec,
    ...(Array.isArray(containers) ? { containers: nameAll(containers, 'user-container', taken) } : {}),
    ...(Array.isArray(initContainers)
      ? { initContainers: nameAll(initContainers, 'init-container', taken) }
      : {}),
  }
}

function nameAll(containers: readonly unknown[], usual: string, taken: ReadonlySet<unknown>): unknown[] {
  let suffix = 0
  const nextName = (): string => {
    if (containers.length === 1 && !taken.has(usual)) return usual
    while (taken.has(`${usual}-${suffix}`)) suffix += 1
    return `${usual}-${suffix++}`
  }
  return containers.map((container) =>
    isObject(container) && isUnnamed(container) ? { ...container, name: nextName() } : container,
  )
}

function namesOf(containers: unknown): unknown[] {
  return Array.isArray(containers) ? containers.filter(isObject).map(({ name }) => name) : []
}

function isUnnamed({ name }: JsonObject): boolean {
  return name === undefined || name === null || name === ''
}
