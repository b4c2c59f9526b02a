import { annotationOf, labelOf, type Pod } from '../pod.ts'
import type { Edit } from '../edit.ts'
import { quote } from '../quote.ts'
import { finding, type Finding } from '../rules.ts'
import { ANNOTATION, LABEL } from '../vocabulary.ts'

const SHOWN = 3

/** `injection.incomplete`: a sidecar that came after our injection, to a pod that may have either but not both. */
export function lateSidecar(pod: Pod): Finding[] {
  if (labelOf(pod, LABEL.appId) === undefined) return []
  return [
    finding('injection.incomplete', {
      message: 'a sidecar was added after the shared instance was injected.',
      cure: `Let whatever adds it leave pods with ${ANNOTATION.shared} alone.`,
      field: 'spec',
    }),
  ]
}

/**
 * `injection.incomplete`: after all webhooks the pod still lacks something, or somebody changed what we wrote. What is
 * left to edit is what is wrong.
 */
export function incompleteInjection(pod: Pod, edits: readonly Edit[]): Finding[] {
  if (edits.length === 0) return []
  const neverCalled = annotationOf(pod, ANNOTATION.status) === undefined
  const wrong = edits.slice(0, SHOWN).map((edit) => tell(pod, edit))
  const more = edits.length - wrong.length
  return [
    finding('injection.incomplete', {
      message: neverCalled
        ? `the pod was not injected: ${ANNOTATION.shared} was added after this webhook ran, or the webhook was not called.`
        : `after injection ${wrong.join(', ')}${more > 0 ? ` and ${more} more` : ''}.`,
      cure: neverCalled
        ? 'Put the annotation into the pod template: a webhook that runs later cannot add it.'
        : 'Let no other webhook change what Dapr Shared wrote.',
      field: 'spec',
    }),
  ]
}

function tell(pod: Pod, edit: Edit): string {
  switch (edit.kind) {
    case 'insert-env':
      return `container ${containerName(pod, edit)} lacks ${edit.variables.map(({ name }) => name).join(', ')}`
    case 'replace-env':
    case 'fill-env':
      return `${edit.variable.name} of container ${containerName(pod, edit)} is wrong`
    case 'remove-env':
      return `container ${containerName(pod, edit)} has another instance's token`
    case 'annotate':
      return `the annotation ${edit.key} is wrong`
    case 'label':
      return `the label ${edit.key} is missing`
  }
}

function containerName(
  pod: Pod,
  { list, index }: { list: 'containers' | 'initContainers'; index: number },
): string {
  return quote(pod.spec[list]?.[index]?.name ?? '')
}
