import { EARNED_LABELS, LABEL } from '../core/vocabulary.ts'
import { OURS } from './cel.ts'
import { LABEL_GUARD, servedNamespaces } from './names.ts'
import type { WebhookOptions } from './webhooks.ts'

type GuardOptions = Pick<WebhookOptions, 'namespace' | 'labels'>

/** What is allowed: an UPDATE that leaves our labels alone, or removes them from a pod that is being deleted. */
const LABELS_UNCHANGED =
  `request.operation == 'UPDATE' && ${OURS}.all(k, object.metadata.?labels[?k] == oldObject.metadata.?labels[?k] || ` +
  `(has(object.metadata.deletionTimestamp) && !(k in object.metadata.?labels.orValue({}))))`

/**
 * The ValidatingAdmissionPolicy that keeps our labels from being set past the webhook: through a pod's update, its
 * status, or a Binding, whose labels the API server copies to the pod (by either of the two paths that bind).
 */
export function labelGuard({ namespace, labels }: GuardOptions): object[] {
  const rule = (operations: readonly string[], resources: readonly string[]): object => ({
    apiGroups: [''],
    apiVersions: ['v1'],
    operations,
    resources,
  })
  return [
    {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicy',
      metadata: { name: LABEL_GUARD, labels },
      spec: {
        failurePolicy: 'Fail',
        matchConstraints: {
          namespaceSelector: servedNamespaces(namespace),
          resourceRules: [
            rule(['UPDATE'], ['pods', 'pods/status']),
            rule(['CREATE'], ['pods/binding', 'bindings']),
          ],
        },
        validations: [
          {
            expression: LABELS_UNCHANGED,
            reason: 'Forbidden',
            message: `[label.forged] the labels ${EARNED_LABELS.join(' and ')} of a pod are set at its creation, by Dapr Shared only, and do not change.`,
          },
        ],
      },
    },
    // a selector costs the API server less than a condition, and one selector cannot say "either label"
    binding(LABEL_GUARD, labels, [{ key: LABEL.appId, operator: 'Exists' }]),
    binding(`${LABEL_GUARD}-namespace`, labels, [
      { key: LABEL.appNamespace, operator: 'Exists' },
      { key: LABEL.appId, operator: 'DoesNotExist' },
    ]),
  ]
}

function binding(
  name: string,
  labels: GuardOptions['labels'],
  matchExpressions: readonly { readonly key: string; readonly operator: string }[],
): object {
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicyBinding',
    metadata: { name, labels },
    spec: {
      policyName: LABEL_GUARD,
      validationActions: ['Deny'],
      matchResources: { objectSelector: { matchExpressions } },
    },
  }
}
