import type { Operation } from 'fast-json-patch'
import { check } from '../../src/check/check.ts'
import type { CheckId } from '../../src/check/catalogue.ts'
import type { CheckOptions, ClusterFacts, Fact, Listed, Named } from '../../src/check/facts.ts'
import { NEEDED_RESOURCES } from '../../src/check/kubernetes.ts'
import type { Level, Line } from '../../src/check/line.ts'
import { readDeployed } from '../../src/check/deployed.ts'
import { probePod } from '../../src/check/probe-pod.ts'
import { rightsOf } from '../../src/check/rights.ts'
import type { Probe } from '../../src/check/dry-run.ts'
import { makeAuthority, signServing, type Authority } from '../../src/certs/authority.ts'
import { objectOr } from '../../src/core/cluster-facts.ts'
import type { JsonObject } from '../../src/core/pod.ts'
import { backstop } from '../../src/install/backstop.ts'
import { labelGuard } from '../../src/install/label-guard.ts'
import { NAME, serviceHosts } from '../../src/install/names.ts'
import { installObjects } from '../../src/install/render.ts'
import { customResourceDefinitions } from '../../src/policy/crd.ts'
import { KINDS, RESOURCE_KINDS } from '../../src/policy/kinds.ts'
import { changed, set } from './change.ts'

export const NAMESPACE = 'dapr-shared-system'
export const NOW = Date.parse('2026-06-01T00:00:00Z')
const VERSION = '1.2.3'
const DAY_MS = 86_400_000

export const OPTIONS: CheckOptions = {
  version: VERSION,
  now: NOW,
  expiryDays: 30,
  clusterDomain: 'cluster.local',
  definitions: customResourceDefinitions(),
}

/** A CA, and a certificate of it for these hosts. */
export async function madeCertificate({
  hosts = serviceHosts(NAMESPACE),
  days = 90,
  from = NOW,
}: { hosts?: readonly string[]; days?: number; from?: number } = {}): Promise<{
  authority: Authority
  certPem: string
  keyPem: string
}> {
  const now = (): Date => new Date(from)
  const authority = await makeAuthority({ commonName: 'ca', now, days: 1000 })
  return { authority, ...(await signServing({ authority, hosts, now, days })) }
}

const certificate = await madeCertificate()

export const known = <T>(value: T): Fact<T> => ({ known: true, value })
export const untold = (right = 'get it'): Extract<Fact<never>, { known: false }> => ({
  known: false,
  why: 'nodes is forbidden',
  right,
})

const rendered = installObjects({
  namespace: NAMESPACE,
  image: `registry.test/${NAME}:${VERSION}`,
  version: VERSION,
  reviewApi: false,
  protect: false,
  backstop: false,
  certificate: { certPem: certificate.certPem, keyPem: 'key', caPem: certificate.authority.certPem },
  definitions: OPTIONS.definitions,
}).map(objectOr)

/** An object as an installation has it. */
export function installed(kind: string, name: string = NAME): JsonObject {
  const found = rendered.find((one) => one['kind'] === kind && objectOr(one['metadata'])['name'] === name)
  if (found === undefined) throw new Error(`manifests renders no ${kind} ${name}`)
  return structuredClone(found)
}

const deployment = changed(installed('Deployment'), set('/status', { availableReplicas: 2 }))

/** An instance that has nothing wrong with it. */
export function anInstance(...changes: readonly Operation[]): JsonObject {
  const flags = ['--app-id=order', '--enable-mtls', '--disable-builtin-k8s-secret-store']
  const env = [{ name: 'DAPR_API_TOKEN', valueFrom: { secretKeyRef: { name: 'token', key: 'token' } } }]
  const workload = {
    metadata: { name: 'order', namespace: 'shop', labels: { 'shared.dapr.io/instance': 'true' } },
    spec: {
      template: {
        metadata: { labels: { app: 'order' } },
        spec: {
          containers: [
            {
              name: 'daprd',
              image: 'daprd:1.16.1',
              args: flags,
              env,
              resources: { requests: { cpu: '100m' } },
            },
          ],
        },
      },
    },
    status: { numberReady: 2, desiredNumberScheduled: 2 },
  }
  return changed(workload, ...changes)
}

export const SERVICE = {
  metadata: { name: 'order-dapr', namespace: 'shop' },
  spec: {
    selector: { app: 'order' },
    internalTrafficPolicy: 'Local',
    ports: [
      { name: 'http', port: 3500 },
      { name: 'grpc', port: 50_001 },
    ],
  },
}

const part = (name: string): JsonObject => ({
  metadata: { name, namespace: 'dapr-system', labels: { app: name, 'app.kubernetes.io/version': '1.16.1' } },
  spec: { replicas: 1 },
  status: { readyReplicas: 1 },
})

const policies = (objects: readonly object[], kind: string): [string, Named][] =>
  objects
    .map(objectOr)
    .filter((one) => one['kind'] === kind)
    .map((one) => [String(objectOr(one['metadata'])['name']), known<JsonObject | undefined>(one)])

const guard = labelGuard({ namespace: NAMESPACE, labels: {} })
const stop = backstop({ namespace: NAMESPACE, labels: {} })
export const BACKSTOP_POLICY = policies(stop, 'ValidatingAdmissionPolicy')
export const BACKSTOP_BINDING = policies(stop, 'ValidatingAdmissionPolicyBinding')

/** A probe that nobody injected: an API server that says no. */
export function aProbe(probe: Partial<Probe> = {}): Probe {
  const target = probe.target ?? { namespace: 'shop', appId: 'order' }
  return {
    target,
    sent: probePod(target),
    answer: { kind: 'admitted', pod: named(probePod(target)), warnings: [] },
    offline: { kind: 'unasked' },
    namespaceLabels: {},
    excludedNamespaces: new Set(),
    ...probe,
  }
}

/** As an API server answers: with a name. */
export function named(pod: JsonObject): JsonObject {
  return { ...pod, metadata: { ...objectOr(pod['metadata']), name: 'dapr-shared-check-abcde' } }
}

/** A cluster in which all is well. */
export function goodFacts(): ClusterFacts {
  const none: Listed = known([])
  return {
    server: 'https://api.test',
    namespace: NAMESPACE,
    version: known('1.36.3'),
    resources: known(new Set<string>(NEEDED_RESOURCES)),
    ownNamespace: known(installed('Namespace', NAMESPACE)),
    deployment: known(deployment),
    disruptionBudget: known(installed('PodDisruptionBudget')),
    service: known(installed('Service')),
    endpointSlices: known([{ endpoints: [{ conditions: { ready: true } }, { conditions: {} }] }]),
    lease: known({
      spec: {
        holderIdentity: 'one',
        leaseDurationSeconds: 15,
        renewTime: new Date(NOW - 2000).toISOString().replace('Z', '000Z'),
      },
    }),
    runningVersion: known(undefined),
    mutating: known(installed('MutatingWebhookConfiguration')),
    validating: known(installed('ValidatingWebhookConfiguration')),
    mutatingConfigurations: known([installed('MutatingWebhookConfiguration')]),
    admissionPolicies: new Map([
      ...policies(guard, 'ValidatingAdmissionPolicy'),
      ['dapr-shared-backstop', known(undefined)],
    ]),
    admissionBindings: new Map([
      ...policies(guard, 'ValidatingAdmissionPolicyBinding'),
      ['dapr-shared-backstop', known(undefined)],
    ]),
    certificate: known({ certPem: certificate.certPem }),
    rights: rightsOf(NAMESPACE, readDeployed(deployment)).map((right) => ({
      right,
      allowed: known(right.isNeeded),
    })),
    definitions: new Map(
      RESOURCE_KINDS.map((kind) => [
        kind,
        known<JsonObject | undefined>(
          installed('CustomResourceDefinition', `${KINDS[kind].plural}.shared.dapr.io`),
        ),
      ]),
    ),
    policies: none,
    grants: none,
    exceptions: none,
    externalInstances: none,
    namespaces: known([{ metadata: { name: 'shop' } }]),
    daemonSets: known([anInstance()]),
    deployments: known([part('dapr-operator'), part('dapr-sentry')]),
    statefulSets: known([part('dapr-placement-server'), part('dapr-scheduler-server')]),
    services: known([SERVICE]),
    nodes: known([{ metadata: { name: 'node-1' }, spec: {} }]),
    dryRun: undefined,
  }
}

/** The lines that are not fine, of a cluster in which something is otherwise. */
export function wrongIn(
  otherwise: Partial<ClusterFacts>,
  options: Partial<CheckOptions> = {},
): readonly Line[] {
  const lines = check({ ...goodFacts(), ...otherwise }, { ...OPTIONS, ...options }, undefined)
  return lines.filter(({ level }) => level !== 'ok')
}

/** `fail certificates.chain`: what is told, without its words. */
export function told(lines: readonly Line[]): `${Level} ${CheckId}`[] {
  return lines.map(({ level, id }) => `${level} ${id}` as const)
}

export const inDays = (days: number): number => NOW + days * DAY_MS
