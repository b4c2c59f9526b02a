import { placedContainers, type EnvVar, type Pod } from '../../src/core/pod.ts'
import { ENV } from '../../src/core/vocabulary.ts'

const OURS: ReadonlySet<string> = new Set(Object.values(ENV))

/** By container: our variables as the container would have them, the last of a name counting. */
export function containerEnvironment(pod: Pod): Record<string, Record<string, string>> {
  return Object.fromEntries(
    placedContainers(pod).map(({ container }) => [
      container.name,
      Object.fromEntries(
        (container.env ?? []).filter(({ name }) => OURS.has(name)).map((one) => [one.name, shown(one)]),
      ),
    ]),
  )
}

function shown({ value, valueFrom }: EnvVar): string {
  const { secretKeyRef } = (valueFrom ?? {}) as { secretKeyRef?: { name: string; key: string } }
  if (secretKeyRef !== undefined) return `${secretKeyRef.name}/${secretKeyRef.key}`
  return valueFrom == null ? (value ?? '') : 'elsewhere'
}

/** The pod without anything that an injection may touch: what is left must be the very same before and after. */
export function withoutOurs(pod: Pod): unknown {
  const { annotations, labels, ...metadata } = pod.metadata
  const isStatus = (key: string): boolean => key === 'dapr.io/shared-status'
  const isLabel = (key: string): boolean => key.startsWith('shared.dapr.io/app-')
  const strip = (container: Pod['spec']['containers'][number]): unknown => ({
    ...container,
    env: (container.env ?? []).filter(({ name }) => !OURS.has(name)),
  })
  return {
    ...pod,
    metadata: {
      ...metadata,
      annotations: entriesBut(annotations, isStatus),
      labels: entriesBut(labels, isLabel),
    },
    spec: {
      ...pod.spec,
      containers: pod.spec.containers.map(strip),
      initContainers: (pod.spec.initContainers ?? []).map(strip),
    },
  }
}

function entriesBut(
  map: Readonly<Record<string, string>> | null | undefined,
  isOurs: (key: string) => boolean,
): unknown {
  return Object.entries(map ?? {}).filter(([key]) => !isOurs(key))
}
