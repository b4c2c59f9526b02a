import { toJsonPatch } from '../../../src/core/json-patch.ts'
import type { Decision } from '../../../src/core/decision.ts'
import type { ExternalFacts, ServiceFacts, WorkloadFacts } from '../../../src/core/cluster-facts.ts'
import { buildNamespace, type Inventory } from '../../../src/core/inventory.ts'
import type { Pod } from '../../../src/core/pod.ts'
import type { Exception, Grant, Policy } from '../../../src/core/policy.ts'
import { compileException, compileGrant } from '../../../src/policy/compile.ts'
import type { ExceptionSpec } from '../../../src/policy/schema/exception.ts'
import type { GrantSpec } from '../../../src/policy/schema/grant.ts'
import jsonpatch, { type Operation } from 'fast-json-patch'
import { decideNow, policySet, type AskedQuestion } from '../a-question.ts'
import { aPod, aService, aWorkload, CLUSTER_DOMAIN, podOf, type PodParts } from '../builders.ts'

/** A pod that asks for the instance `orders`. */
export function asking(annotations: Readonly<Record<string, string>> = {}, parts: PodParts = {}): Pod {
  return aPod({ ...parts, annotations: { 'dapr.io/shared': 'orders', ...annotations } })
}

/** The same, with more in its spec than containers. */
export function askingWith(spec: Partial<Pod['spec']>, parts: PodParts = {}): Pod {
  const pod = asking({}, parts)
  return { ...pod, spec: { ...pod.spec, ...spec } }
}

/** An instance `orders` of namespace shop, of which nothing is to be said, but for these changes. */
export function instances(
  workload: Partial<WorkloadFacts> = {},
  service: Partial<ServiceFacts> = {},
): Inventory {
  const made = aWorkload(workload)
  const { namespace, appId } = made
  return new Map([
    [
      namespace,
      buildNamespace(
        {
          workloads: [made],
          unusable: [],
          services: [aService(appId, { namespace, ...service })],
          externals: [],
        },
        CLUSTER_DOMAIN,
      ),
    ],
  ])
}

/** An instance `orders` outside of the cluster. */
export function externals(changes: Partial<ExternalFacts> = {}): Inventory {
  const external: ExternalFacts = {
    namespace: 'shop',
    appId: 'orders',
    httpEndpoint: 'https://http-prj1.api.cloud.diagrid.io:443',
    grpcEndpoint: 'https://grpc-prj1.api.cloud.diagrid.io:8443',
    token: { name: 'catalyst', key: 'token' },
    ...changes,
  }
  const objects = { workloads: [], unusable: [], services: [], externals: [external] }
  return new Map([[external.namespace, buildNamespace(objects, CLUSTER_DOMAIN)]])
}

export function aGrant(spec: GrantSpec): Grant {
  const { value, problems } = compileGrant({
    apiVersion: 'shared.dapr.io/v1alpha1',
    kind: 'DaprSharedGrant',
    metadata: { name: 'given', namespace: 'pay' },
    spec,
  })
  if (value === undefined) throw new Error(JSON.stringify(problems))
  return value
}

export function anException(spec: Partial<ExceptionSpec> = {}, name = 'moving'): Exception {
  const { value, problems } = compileException({
    apiVersion: 'shared.dapr.io/v1alpha1',
    kind: 'DaprSharedException',
    metadata: { name, namespace: 'shop' },
    spec: {
      policies: [{ name: 'strict', rules: ['strategy.not-allowed'] }],
      subjects: { appIds: ['orders'] },
      reason: 'Moves to a DaemonSet in January',
      expiresAt: '2027-01-31T00:00:00Z',
      ...spec,
    },
  })
  if (value === undefined) throw new Error(JSON.stringify(problems))
  return value
}

export interface Circumstances extends Partial<AskedQuestion> {
  /** of namespace pay */
  readonly grants?: readonly Grant[]
  /** of namespace shop */
  readonly exceptions?: readonly Exception[]
}

/** The decision about a pod of namespace shop that asks for `orders`, under these policies. */
export function decideUnder(
  policies: readonly Policy[],
  { grants = [], exceptions = [], ...parts }: Circumstances = {},
): Decision {
  return decideNow({
    pod: asking(),
    inventory: instances(),
    policies: {
      ...policySet(...policies),
      grants: new Map([['pay', grants]]),
      exceptions: new Map([['shop', exceptions]]),
    },
    ...parts,
  })
}

/** `strategy.not-allowed Deny strict`: who says what, in the order in which it is told. */
export function told({ findings }: Decision): string[] {
  return findings.map(({ rule, action, policy }) => `${rule} ${action} ${policy}`)
}

/** The pod as the API server makes it of what came and what was decided. */
export function patched(pod: Pod, { edits }: Decision): Pod {
  const operations = toJsonPatch(pod, edits) as Operation[]
  return podOf(jsonpatch.applyPatch(structuredClone(pod), operations, true).newDocument)
}

/** The last value of each variable of a container, as a program in it would read it. */
export function envOf(pod: Pod, container = 'app'): Record<string, unknown> {
  const all = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])]
  const env = all.find(({ name }) => name === container)?.env ?? []
  return Object.fromEntries(env.map(({ name, value, valueFrom }) => [name, valueFrom ?? value]))
}
