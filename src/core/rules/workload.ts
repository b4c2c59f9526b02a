import { finding, type Finding } from '../rules.ts'
import { ANNOTATION } from '../vocabulary.ts'
import { forgedByWorkload } from './labels.ts'

/** What a workload says outside of the pod it makes. */
export interface WorkloadClaims {
  readonly kind: string
  /** dotted path of the pod template: `spec.template` */
  readonly templateField: string
  /** dotted path of its selector: `spec.selector` */
  readonly selectorField: string
  /** of the workload's own metadata */
  readonly annotations: Readonly<Record<string, unknown>>
  readonly templateAnnotations: Readonly<Record<string, unknown>>
  readonly templateLabels: Readonly<Record<string, unknown>>
  /** the keys that its selector names */
  readonly selectorKeys: readonly string[]
  /** made by a controller, which copies annotations: its maker is the one to tell */
  readonly isOwned: boolean
}

/** What a workload does that its pods cannot show: our labels in selector or template, our annotation on the wrong level. */
export function workloadFindings(claims: WorkloadClaims): Finding[] {
  return [
    ...forgedByWorkload(claims.selectorKeys, claims.selectorField),
    ...forgedByWorkload(Object.keys(claims.templateLabels), `${claims.templateField}.metadata.labels`),
    ...misplacedAnnotation(claims),
  ]
}

function misplacedAnnotation({
  kind,
  templateField,
  annotations,
  templateAnnotations,
  isOwned,
}: WorkloadClaims): Finding[] {
  const key = ANNOTATION.shared
  if (isOwned || annotations[key] === undefined || templateAnnotations[key] !== undefined) return []
  return [
    finding('annotation.unknown', {
      message: `${key} is on the ${kind}.`,
      cure: `Move it to ${templateField}.metadata.annotations.`,
      field: `metadata.annotations["${key}"]`,
    }),
  ]
}
