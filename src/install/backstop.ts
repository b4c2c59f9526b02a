import { ANNOTATION, ENV, LABEL } from '../core/vocabulary.ts'
import { OURS } from './cel.ts'
import { MUTATE_CONDITIONS } from './match-conditions.ts'
import { BACKSTOP, servedNamespaces } from './names.ts'
import type { WebhookOptions } from './webhooks.ts'

/**
 * What the API server demands of a pod that asks, by itself, when we are down or nobody calls us any more. It knows no
 * policy: it reads our own verdict, `dapr.io/shared-status`, in exactly the form in which we write it (core/injected-status.ts),
 * so that nothing else can pass for one: no other order or spacing, no second key of a name, no text within a text.
 */

const WORD = '[a-z0-9.-]+'
const NAME = `"${WORD}"`
const PATH = `"${WORD}/${WORD}"`
/** Longer than that of any real pod; an expression on more would exceed the API server's cost limit. */
const LONGEST_STATUS = 16_384

const INJECTED_STATUS = String.raw`^\{"instance":${PATH},"strategy":"[a-z]+",("service":${PATH},)?"containers":\[${NAME}(,${NAME})*\]\}$`
const SKIPPED_STATUS = String.raw`^\{"instance":null,"skipped":"[a-z-]+\.[a-z-]+","containers":\[\]\}$`

const annotation = (key: string): string => `object.metadata.?annotations[?'${key}']`
const labelIs = (key: string, variable: string): string =>
  `object.metadata.?labels[?'${key}'] == optional.of(variables.${variable})`

/** Evaluated when first used. */
const VARIABLES = [
  { name: 'asks', expression: `${annotation(ANNOTATION.shared)}.hasValue()` },
  { name: 'appId', expression: `${annotation(ANNOTATION.shared)}.orValue('')` },
  { name: 'appNamespace', expression: `${annotation(ANNOTATION.namespace)}.orValue(request.namespace)` },
  { name: 'status', expression: `${annotation(ANNOTATION.status)}.orValue('')` },
  {
    name: 'labelled',
    expression: `object.metadata.?labels.orValue({}).exists(k, k in ${OURS})`,
  },
  { name: 'all', expression: 'object.spec.containers + object.spec.?initContainers.orValue([])' },
  {
    name: 'isInjected',
    expression:
      `variables.asks && variables.status.size() <= ${LONGEST_STATUS} && ` +
      `variables.status.startsWith('{"instance":"' + variables.appNamespace + '/' + variables.appId + '",') && ` +
      `variables.status.matches(r'${INJECTED_STATUS}')`,
  },
  {
    name: 'isSkipped',
    expression: `variables.status.size() <= ${LONGEST_STATUS} && variables.status.matches(r'${SKIPPED_STATUS}')`,
  },
  {
    // the form was checked: no name holds a quote, a comma or a bracket
    name: 'listed',
    expression: `variables.isInjected ? variables.status.split('"containers":["')[1].split('"]')[0].split('","') : []`,
  },
  {
    name: 'bare',
    expression:
      `variables.listed.filter(n, !variables.all.exists(c, c.name == n && ['${ENV.httpEndpoint}', '${ENV.grpcEndpoint}'].all(v, ` +
      `c.?env.orValue([]).exists(e, e.name == v && (e.?value.orValue('') != '' || has(e.valueFrom))))))`,
  },
]

const VALIDATIONS = [
  {
    expression:
      `!variables.labelled || (variables.isInjected && ${labelIs(LABEL.appId, 'appId')} && ` +
      `${labelIs(LABEL.appNamespace, 'appNamespace')})`,
    message: `[label.forged] the labels ${LABEL.appId} and ${LABEL.appNamespace} are set by Dapr Shared only, for the instance that it injects. Remove them.`,
  },
  {
    expression: '!variables.asks || variables.isSkipped || (variables.isInjected && variables.labelled)',
    message: `[injection.incomplete] the pod asks for a shared instance (${ANNOTATION.shared}) but was not injected: the webhook was not called, or the annotation was added after it ran. Put the annotation into the pod template; where it stands there, ask who runs Dapr Shared Admission. Controllers retry by themselves.`,
  },
  {
    expression: 'variables.bare.size() == 0',
    messageExpression: `'[injection.incomplete] after injection the pod has no container with ${ENV.httpEndpoint} and ${ENV.grpcEndpoint} by the name of ' + variables.bare.join(', ') + '. Let no other webhook change what Dapr Shared wrote.'`,
    message: `[injection.incomplete] after injection a container lacks ${ENV.httpEndpoint} or ${ENV.grpcEndpoint}. Let no other webhook change what Dapr Shared wrote.`,
  },
  {
    expression: `!variables.isInjected || !variables.all.exists(c, c.name == 'daprd')`,
    message: `[sidecar.conflict] the pod has a container "daprd" beside the shared instance. Remove the container, or ${ANNOTATION.shared}.`,
  },
].map((validation) => ({ ...validation, reason: 'Forbidden' }))

/** The ValidatingAdmissionPolicy with its binding. */
export function backstop({ namespace, labels }: Pick<WebhookOptions, 'namespace' | 'labels'>): object[] {
  const apiVersion = 'admissionregistration.k8s.io/v1'
  const metadata = { name: BACKSTOP, labels }
  return [
    {
      apiVersion,
      kind: 'ValidatingAdmissionPolicy',
      metadata,
      spec: {
        failurePolicy: 'Fail',
        matchConstraints: {
          namespaceSelector: servedNamespaces(namespace),
          resourceRules: [
            {
              apiGroups: [''],
              apiVersions: ['v1'],
              operations: ['CREATE'],
              resources: ['pods'],
              scope: 'Namespaced',
            },
          ],
        },
        matchConditions: MUTATE_CONDITIONS,
        variables: VARIABLES,
        validations: VALIDATIONS,
      },
    },
    {
      apiVersion,
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata,
      spec: { policyName: BACKSTOP, validationActions: ['Deny', 'Audit'] },
    },
  ]
}
