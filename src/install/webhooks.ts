import { GROUP, KINDS, VERSION } from '../policy/kinds.ts'
import { MUTATE_CONDITIONS, VALIDATE_CONDITIONS } from './match-conditions.ts'
import { NAME, servedNamespaces, WEBHOOK } from './names.ts'
import { PROTECT_CONDITIONS } from './protect-conditions.ts'
import { WORKLOAD_CONDITIONS } from './workload-conditions.ts'

export interface WebhookOptions {
  readonly namespace: string
  readonly caPem: string
  readonly labels: Readonly<Record<string, string>>
  /** also ask before an instance is deleted or changed */
  readonly protect: boolean
  /** the API server checks new pods itself, so it need not ask a second time */
  readonly backstop: boolean
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
          ...decisive(options, '/mutate'),
          rules: [rule('', 'v1', ['pods'], ['CREATE'])],
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
        validatePods(options),
        adviseWorkloads(options),
        ...(options.protect ? [protect(options)] : []),
      ],
    },
  ]
}

function validatePods(options: WebhookOptions): object {
  return {
    name: WEBHOOK.validate,
    ...decisive(options, '/validate'),
    rules: [rule('', 'v1', ['pods'], options.backstop ? ['UPDATE'] : ['CREATE', 'UPDATE'])],
    matchConditions: VALIDATE_CONDITIONS,
  }
}

function adviseWorkloads(options: WebhookOptions): object {
  const operations = ['CREATE', 'UPDATE']
  return {
    name: WEBHOOK.workloads,
    ...dispensable(options, '/workloads'),
    rules: [
      rule('apps', 'v1', ['deployments', 'statefulsets', 'daemonsets', 'replicasets'], operations),
      rule('batch', 'v1', ['jobs', 'cronjobs'], operations),
      rule('serving.knative.dev', 'v1', ['services'], operations),
    ],
    matchConditions: WORKLOAD_CONDITIONS,
  }
}

function protect(options: WebhookOptions): object {
  const operations = ['UPDATE', 'DELETE']
  return {
    name: WEBHOOK.protect,
    ...dispensable(options, '/protect'),
    rules: [
      rule('apps', 'v1', ['daemonsets', 'deployments'], operations),
      rule('', 'v1', ['services'], operations),
      rule(GROUP, VERSION, [KINDS.DaprSharedInstance.plural], operations),
    ],
    matchConditions: PROTECT_CONDITIONS,
  }
}

/** Without an answer nothing is admitted: affordable, as matchConditions let through only pods that ask. */
function decisive(options: WebhookOptions, path: string): object {
  return { ...common(options, path), failurePolicy: 'Fail', timeoutSeconds: 5 }
}

/** Without an answer all is admitted: pods are judged all the same, and a person waits at `kubectl`. */
function dispensable(options: WebhookOptions, path: string): object {
  return { ...common(options, path), failurePolicy: 'Ignore', timeoutSeconds: 3 }
}

function common({ namespace, caPem }: WebhookOptions, path: string): object {
  return {
    admissionReviewVersions: ['v1'],
    clientConfig: {
      service: { name: NAME, namespace, path, port: 443 },
      caBundle: Buffer.from(caPem).toString('base64'),
    },
    matchPolicy: 'Equivalent',
    namespaceSelector: servedNamespaces(namespace),
    sideEffects: 'NoneOnDryRun',
  }
}

function rule(
  group: string,
  version: string,
  resources: readonly string[],
  operations: readonly string[],
): object {
  return { apiGroups: [group], apiVersions: [version], operations, resources, scope: 'Namespaced' }
}
