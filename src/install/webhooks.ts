import { EARNED_LABELS, LABEL } from '../core/vocabulary.ts'
import { LABELS_UNCHANGED, MUTATE_CONDITIONS, VALIDATE_CONDITIONS } from './match-conditions.ts'
import { LABEL_GUARD, NAME, servedNamespaces, WEBHOOK } from './names.ts'

export interface WebhookOptions {
  readonly namespace: string
  readonly caPem: string
  readonly labels: Readonly<Record<string, string>>
}

/** Both webhook configurations. Static: they are never generated from policies, and only `caBundle` ever changes. */
export function webhookConfigurations(options: WebhookOptions): object[] {
  const metadata = { name: NAME, labels: options.labels }
  return [
    {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'MutatingWebhookConfiguration',
      metadata,
      webhooks: [
        {
          name: WEBHOOK.mutate,
          ...common(options, '/mutate'),
          rules: [podRule(['CREATE'])],
          matchConditions: MUTATE_CONDITIONS,
          // a webhook after us may add a container, which needs its variables too
          reinvocationPolicy: 'IfNeeded',
        },
      ],
    },
    {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingWebhookConfiguration',
      metadata,
      webhooks: [
        {
          name: WEBHOOK.validate,
          ...common(options, '/validate'),
          rules: [podRule(['CREATE', 'UPDATE'])],
          matchConditions: VALIDATE_CONDITIONS,
        },
      ],
    },
  ]
}

function common({ namespace, caPem }: WebhookOptions, path: string): object {
  return {
    admissionReviewVersions: ['v1'],
    clientConfig: {
      service: { name: NAME, namespace, path, port: 443 },
      caBundle: Buffer.from(caPem).toString('base64'),
    },
    // affordable, as matchConditions let through only pods that ask
    failurePolicy: 'Fail',
    matchPolicy: 'Equivalent',
    namespaceSelector: servedNamespaces(namespace),
    sideEffects: 'NoneOnDryRun',
    timeoutSeconds: 5,
  }
}

function podRule(operations: readonly string[]): object {
  return { apiGroups: [''], apiVersions: ['v1'], operations, resources: ['pods'], scope: 'Namespaced' }
}

/** The ValidatingAdmissionPolicy that keeps our labels from being set through pods, `pods/status` and `pods/binding`. */
export function labelGuard({ namespace, labels }: Pick<WebhookOptions, 'namespace' | 'labels'>): object[] {
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
          resourceRules: [rule(['UPDATE'], ['pods', 'pods/status']), rule(['CREATE'], ['pods/binding'])],
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
  labels: WebhookOptions['labels'],
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
