import { annotationField } from '../ask.ts'
import { annotationOf, placedContainers, type Pod } from '../pod.ts'
import { quote } from '../quote.ts'
import { finding, type Finding } from '../rules.ts'
import { ANNOTATION, DAPR_ANNOTATION, isTruthy } from '../vocabulary.ts'

const SIDECAR = 'daprd'

/** `sidecar.conflict`: two daprds for one application would both consume its messages and host its actors. */
export function sidecarConflict(pod: Pod): Finding[] {
  const enabled = annotationOf(pod, DAPR_ANNOTATION.enabled)
  if (isTruthy(enabled)) {
    return [
      finding('sidecar.conflict', {
        message: `the pod asks for a sidecar too (${DAPR_ANNOTATION.enabled}: ${quote(enabled ?? '')}).`,
        cure: `Remove ${DAPR_ANNOTATION.enabled} to use the shared instance, or ${ANNOTATION.shared} to keep the sidecar.`,
        field: annotationField(DAPR_ANNOTATION.enabled),
      }),
    ]
  }
  const daprd = placedContainers(pod).find(({ container }) => container.name === SIDECAR)
  if (daprd === undefined) return []
  return [
    finding('sidecar.conflict', {
      message: 'the pod has a container "daprd" beside the shared instance.',
      cure: `Remove the container, or ${ANNOTATION.shared}.`,
      field: `spec.${daprd.list}[${daprd.index}]`,
    }),
  ]
}
