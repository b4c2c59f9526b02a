import { lint, type LintAnswer } from '../../src/lint/lint.ts'
import { parseManifests } from '../../src/state/parse-manifests.ts'

/** The clock of these tests. */
export const NOW = Date.parse('2026-11-21T12:00:00Z')

/** What `lint` has to say of these documents. */
export function lintOf(documents: readonly string[], beside: readonly string[] = []): LintAnswer {
  const read = (texts: readonly string[], file: string): LintAnswer['leftOut'] =>
    parseManifests(texts.join('\n---\n'), file).manifests
  return lint({
    linted: read(documents, 'linted.yaml'),
    beside: read(beside, 'beside.yaml'),
    defaultNamespace: 'shop',
    clusterDomain: 'cluster.local',
    now: NOW,
  })
}

const head = (kind: string, name: string): string =>
  `apiVersion: shared.dapr.io/v1alpha1\nkind: ${kind}\nmetadata: {name: ${name}}`

export const policy = (spec: string, name = 'prod'): string =>
  `${head('DaprSharedPolicy', name)}\nspec: {${spec}}`
export const grant = (spec: string): string => `${head('DaprSharedGrant', 'till')}\nspec: {${spec}}`
export const exception = (
  policies: string,
  expiresAt = '2027-01-31T00:00:00Z',
): string => `${head('DaprSharedException', 'cart')}
spec: {policies: [${policies}], subjects: {appIds: [cart]}, reason: r, expiresAt: "${expiresAt}"}`
export const external = (
  token = 'apiTokenSecret: {name: s, key: k}',
): string => `${head('DaprSharedInstance', 'far')}
spec: {appId: far, external: {httpEndpoint: "https://a.example:443", grpcEndpoint: "https://a.example:443", ${token}}}`

export const namespace = (name: string, labels = ''): string =>
  `apiVersion: v1\nkind: Namespace\nmetadata: {name: ${name}, labels: {${labels}}}`

export const pod = (appId: string, rest = ''): string => `apiVersion: apps/v1
kind: Deployment
metadata: {name: app}
spec:
  template:
    metadata: {labels: {app: shop}, annotations: {dapr.io/shared: ${appId}}}
    spec: {containers: [{name: app, image: app}], ${rest}}`

const SAFE = '"--enable-mtls=true", "--disable-builtin-k8s-secret-store"'
const TOKEN = 'env: [{name: DAPR_API_TOKEN, valueFrom: {secretKeyRef: {name: s, key: k}}}]'

interface Shape {
  readonly name?: string
  readonly appId?: string
  readonly args?: string
  readonly env?: string
  readonly service?: string
}

/** An instance and its Service; without anything given there is nothing to be said of it. */
export function instance({
  name = 'order',
  appId = 'order',
  args = SAFE,
  env = TOKEN,
  service = 'internalTrafficPolicy: Local, ports: [{port: 3500}, {port: 50001}]',
}: Shape = {}): string {
  return `apiVersion: apps/v1
kind: DaemonSet
metadata: {name: ${name}, labels: {shared.dapr.io/instance: "true"}}
spec:
  template:
    metadata: {labels: {daprd: ${name}}}
    spec: {containers: [{name: daprd, image: "daprd:1.16.0", args: ["--app-id=${appId}", ${args}], ${env}}]}
---
apiVersion: v1
kind: Service
metadata: {name: ${name}-dapr}
spec: {selector: {daprd: ${name}}, ${service}}`
}
