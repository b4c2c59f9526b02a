import type { Container, EnvVar, Pod } from '../core/pod.ts'
import { ENV } from '../core/vocabulary.ts'
import { podDifference, type PodNames } from './pod-difference.ts'

/**
 * The difference of two pods for reports, which more people read than may read the manifests: what its owner wrote as the
 * value of a variable may be a secret, and is not told. What is new in the second pod is.
 */
export function reportedDifference(before: Pod, after: Pod, named?: PodNames): string {
  if (before === after) return ''
  const known = new Set(literalsOf(before))
  return podDifference(hiding(before, known), hiding(after, known), named)
}

const HIDDEN = '(a literal value)'
const TOLD: ReadonlySet<string> = new Set([ENV.httpEndpoint, ENV.grpcEndpoint])

function literalsOf({ spec: { containers, initContainers } }: Pod): string[] {
  return [...containers, ...(initContainers ?? [])].flatMap((container) =>
    (container.env ?? []).map((variable) => keyOf(container, variable)),
  )
}

function keyOf(container: Container, { name, value }: EnvVar): string {
  return JSON.stringify([container.name, name, value])
}

function hiding(pod: Pod, known: ReadonlySet<string>): Pod {
  const hide = (container: Container): Container =>
    container.env == null
      ? container
      : {
          ...container,
          env: container.env.map((variable) =>
            variable.value && !TOLD.has(variable.name) && known.has(keyOf(container, variable))
              ? { ...variable, value: HIDDEN }
              : variable,
          ),
        }
  const { containers, initContainers } = pod.spec
  const spec = { ...pod.spec, containers: containers.map(hide) }
  return {
    ...pod,
    spec: initContainers == null ? spec : { ...spec, initContainers: initContainers.map(hide) },
  }
}
