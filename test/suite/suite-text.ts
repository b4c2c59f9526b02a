/** Suites for tests of suites. */

export const POD =
  '{apiVersion: v1, kind: Pod, metadata: {name: web, namespace: shop, annotations: {dapr.io/shared: orders}}, spec: {containers: [{name: app}]}}'
export const PLAIN =
  '{apiVersion: v1, kind: Pod, metadata: {name: web, namespace: shop}, spec: {containers: [{name: app}]}}'
export const ORDERS =
  '{appId: orders, namespace: shop, ready: 3/3, apiToken: true, internalTrafficPolicy: Local}'

/** `tests` begin at line 5. */
export function suiteOf(
  tests: string,
  { state = `{instances: [${ORDERS}]}`, name = 'made-up' } = {},
): string {
  return `apiVersion: test.shared.dapr.io/v1alpha1
kind: Suite
metadata: {name: ${name}}
state: ${state}
tests:
${tests}
`
}

/** A suite of one test, whose expectation is at line 8. */
export function testOf(expect: string, { request = `{object: ${POD}}`, state = '{}' } = {}): string {
  return `- name: a\n  state: ${state}\n  request: ${request}\n  expect: ${expect}`
}
