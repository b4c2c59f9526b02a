import {
  ANNOTATION,
  ANNOTATION_PREFIX,
  DAPR_ANNOTATION,
  LABEL,
  MIRROR_ANNOTATION,
} from '../core/vocabulary.ts'
import { OURS } from './cel.ts'

/**
 * Which pods concern us, in CEL that the API server evaluates (Kubernetes 1.30 and newer): a pod that did not ask never
 * depends on us. An expression that errors would refuse every pod, so each field is reached by `.?`.
 */

const ANNOTATIONS = 'object.metadata.?annotations.orValue({})'
const OLD_ANNOTATIONS = 'oldObject.metadata.?annotations.orValue({})'
const LABELS = 'object.metadata.?labels.orValue({})'
const OLD_LABELS = 'oldObject.metadata.?labels.orValue({})'

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

/** The pods at whose CREATE somebody must look: those of `mutate.shared.dapr.io`, and of the backstop. */
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
