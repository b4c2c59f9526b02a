import {
  ANNOTATION,
  ANNOTATION_PREFIX,
  DAPR_ANNOTATION,
  EARNED_LABELS,
  LABEL,
  MIRROR_ANNOTATION,
} from '../core/vocabulary.ts'

/**
 * CEL that lets through only what concerns us, evaluated by the API server (Kubernetes 1.30 and newer): a pod that did
 * not ask never depends on us. An expression that errors would refuse every pod, so each field is reached by `.?`.
 */

const ANNOTATIONS = 'object.metadata.?annotations.orValue({})'
const OLD_ANNOTATIONS = 'oldObject.metadata.?annotations.orValue({})'
const LABELS = 'object.metadata.?labels.orValue({})'
const OLD_LABELS = 'oldObject.metadata.?labels.orValue({})'
const OURS = `[${EARNED_LABELS.map((label) => `'${label}'`).join(', ')}]`

const ASKS_OR_CLAIMS = `('${ANNOTATION.shared}' in ${ANNOTATIONS} || ${LABELS}.exists(k, k in ${OURS}))`

const CHANGES_OURS = [
  `${ANNOTATIONS}.exists(k, k.startsWith('${ANNOTATION_PREFIX}') && oldObject.metadata.?annotations[?k] != optional.of(object.metadata.annotations[k]))`,
  `${LABELS}.exists(k, k in ${OURS} && oldObject.metadata.?labels[?k] != optional.of(object.metadata.labels[k]))`,
].join(' || ')

const TAKES_OURS_AWAY = [
  `${OLD_ANNOTATIONS}.exists(k, k.startsWith('${ANNOTATION_PREFIX}') && !(k in ${ANNOTATIONS}))`,
  `${OURS}.exists(k, k in ${OLD_LABELS} && !(k in ${LABELS}))`,
  `('${LABEL.appId}' in ${OLD_LABELS} && object.metadata.?annotations[?'${DAPR_ANNOTATION.enabled}'] != oldObject.metadata.?annotations[?'${DAPR_ANNOTATION.enabled}'])`,
].join(' || ')

const NOT_MIRROR = {
  name: 'not-mirror',
  expression: `object == null || !('${MIRROR_ANNOTATION}' in ${ANNOTATIONS})`,
}

/** Of `mutate.shared.dapr.io`, which sees CREATE only. */
export const MUTATE_CONDITIONS = [NOT_MIRROR, { name: 'ours', expression: ASKS_OR_CLAIMS }]

/** Of `validate.shared.dapr.io`: also an UPDATE that touches what is ours. */
export const VALIDATE_CONDITIONS = [
  NOT_MIRROR,
  {
    name: 'ours',
    expression:
      `request.operation == 'CREATE' ? ${ASKS_OR_CLAIMS} : ` +
      `request.operation == 'UPDATE' ? (${CHANGES_OURS} || (!has(object.metadata.deletionTimestamp) && (${TAKES_OURS_AWAY}))) : false`,
  },
]

/** What the label guard allows: an UPDATE that leaves our labels alone, or removes them from a pod that is being deleted. */
export const LABELS_UNCHANGED =
  `request.operation == 'UPDATE' && ${OURS}.all(k, object.metadata.?labels[?k] == oldObject.metadata.?labels[?k] || ` +
  `(has(object.metadata.deletionTimestamp) && !(k in ${LABELS})))`
