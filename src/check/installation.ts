import { objectOr } from '../core/cluster-facts.ts'
import { countOf } from '../core/count-of.ts'
import type { JsonObject } from '../core/pod.ts'
import { numberOf, objectsOf, textOf } from '../discovery/loose.ts'
import { NAME } from '../install/names.ts'
import { applyAgain, install, isInstalled, wayOf } from './apply-again.ts'
import { readDeployed } from './deployed.ts'
import { allOf, type CheckOptions, type ClusterFacts } from './facts.ts'
import { leaseLine } from './lease.ts'
import { withFact } from './known.ts'
import { fail, ok, warn, type Line } from './line.ts'
import { logsOfAll } from './logs.ts'
import { calledPorts, serviceLine } from './service.ts'

/** Namespace, Deployment and what stands around them. */
export function installationLines(facts: ClusterFacts, options: CheckOptions): readonly Line[] {
  const { namespace } = facts
  const deployed = `the Deployment ${NAME}`
  return [
    ...withFact('installation.namespace', facts.ownNamespace, `namespace ${namespace}`, (object) =>
      namespaceLine(object, namespace),
    ),
    ...withFact('installation.version', allOf(facts.deployment, facts.runningVersion), deployed, (versions) =>
      versionLines(...versions, options),
    ),
    ...withFact('installation.deployment', facts.deployment, deployed, (object) =>
      deploymentLine(object, facts),
    ),
    ...withFact('installation.replicas', facts.deployment, deployed, (object) =>
      replicaLines(object, namespace),
    ),
    ...withFact(
      'installation.disruption-budget',
      facts.disruptionBudget,
      `the PodDisruptionBudget ${NAME}`,
      budgetLine,
    ),
    ...withFact(
      'installation.service',
      allOf(facts.service, facts.deployment),
      `the Service ${NAME}`,
      ([service, deployment]) =>
        serviceLine(
          service,
          deployment,
          wayOf(facts),
          calledPorts([facts.mutating, facts.validating].map((one) => (one.known ? one.value : undefined))),
        ),
    ),
    ...withFact(
      'installation.endpoints',
      facts.endpointSlices,
      `the EndpointSlices of Service ${NAME}`,
      (slices) => endpointsLine(slices, namespace),
    ),
    ...withFact(
      'installation.lease',
      allOf(facts.lease, facts.deployment),
      `the Lease ${NAME}`,
      ([lease, deployment]) => leaseLine(lease, { ...readDeployed(deployment), namespace, now: options.now }),
    ),
  ]
}

function namespaceLine(object: JsonObject | undefined, namespace: string): Line {
  if (object === undefined)
    return fail('installation.namespace', {
      what: `there is no namespace ${namespace}: nothing is installed there.`,
      cure: `${install(namespace)} (if it is installed elsewhere: --own-namespace NAME).`,
    })
  if (objectOr(object['metadata'])['deletionTimestamp'] != null)
    return fail('installation.namespace', {
      what: `namespace ${namespace} is being deleted.`,
      cure: `Wait until it is gone (kubectl get namespace ${namespace} -w), then install anew. The webhook configurations are of no namespace, and stay: kubectl delete mutatingwebhookconfiguration,validatingwebhookconfiguration ${NAME}`,
    })
  return ok('installation.namespace', `namespace ${namespace} is there`)
}

function versionLines(
  deployment: JsonObject | undefined,
  running: string | undefined,
  { version }: CheckOptions,
): Line[] {
  if (deployment === undefined) return []
  const { version: deployed } = readDeployed(deployment)
  const told = running ?? deployed
  if (told === '')
    return [
      warn('installation.version', {
        what: 'which version runs cannot be seen: neither the label app.kubernetes.io/version nor the tag of the image tells.',
        wanted: version,
        cure: 'Give the pod template the label app.kubernetes.io/version, as chart and manifests do.',
      }),
    ]
  if (told === version) return [ok('installation.version', `version ${told} runs, as this program is`)]
  return [
    warn('installation.version', {
      what: `version ${told} runs and this program is ${version}: what it expects of an installation may be another version's.`,
      wanted: version,
      got: told,
      cure: `Check with the program of the same version, or upgrade the installation to ${version} (docs/upgrade.md).`,
    }),
  ]
}

function deploymentLine(object: JsonObject | undefined, facts: ClusterFacts): Line {
  const { namespace } = facts
  if (object === undefined)
    return fail('installation.deployment', {
      what: `there is no Deployment ${namespace}/${NAME}.`,
      cure: isInstalled(facts) ? `Apply it again: ${applyAgain(wayOf(facts))}` : install(namespace),
    })
  const wanted = replicasOf(object)
  const available = numberOf(objectOr(object['status'])['availableReplicas']) ?? 0
  const fault = {
    what: `${available === 0 ? 'no replica' : `only ${available} of ${countOf(wanted, 'replica')}`} of the Deployment ${NAME} is available${stuckOf(object)}.`,
    wanted: countOf(wanted, 'available replica'),
    got: countOf(available, 'available replica'),
    cure: `See why: kubectl describe pods -n ${namespace} -l app.kubernetes.io/name=${NAME}; ${logsOfAll(namespace)}`,
  }
  if (available === 0) return fail('installation.deployment', fault)
  if (available < wanted) return warn('installation.deployment', fault)
  return ok('installation.deployment', `${countOf(available, 'replica')} of the Deployment ${NAME} available`)
}

function replicasOf(deployment: JsonObject): number {
  return numberOf(objectOr(deployment['spec'])['replicas']) ?? 1
}

/** The controller's own word, where it has one: quota, a failed roll-out. */
function stuckOf(deployment: JsonObject): string {
  const conditions = objectsOf(objectOr(deployment['status'])['conditions'])
  const bad = conditions.find(
    ({ type, status }) =>
      (type === 'ReplicaFailure' && status === 'True') || (type === 'Progressing' && status === 'False'),
  )
  const message = textOf(bad?.['message'])
  return message === undefined ? '' : `: ${message.replace(/\.$/, '')}`
}

function replicaLines(object: JsonObject | undefined, namespace: string): Line[] {
  if (object === undefined) return []
  const wanted = replicasOf(object)
  if (wanted >= 2) return [ok('installation.replicas', `${wanted} replicas are wanted`)]
  return [
    warn('installation.replicas', {
      what: `${countOf(wanted, 'replica')} is wanted: whenever it is replaced, pods that ask wait.`,
      wanted: 'at least 2',
      got: String(wanted),
      cure: `kubectl scale -n ${namespace} deployment/${NAME} --replicas=2 (chart: --set replicas=2)`,
    }),
  ]
}

function budgetLine(object: JsonObject | undefined): Line {
  if (object === undefined)
    return warn('installation.disruption-budget', {
      what: `there is no PodDisruptionBudget ${NAME}: draining nodes may take both replicas at once.`,
      cure: 'Apply that of the chart (--set podDisruptionBudget.enabled=true) or of dapr-shared manifests.',
    })
  return ok('installation.disruption-budget', `the PodDisruptionBudget ${NAME} keeps a replica up`)
}

function endpointsLine(slices: readonly JsonObject[], namespace: string): Line {
  const endpoints = slices.flatMap((slice) => objectsOf(slice['endpoints']))
  // the API takes an absent `ready` for true
  const ready = countPods(endpoints.filter((endpoint) => objectOr(endpoint['conditions'])['ready'] !== false))
  if (ready > 0)
    return ok('installation.endpoints', `${countOf(ready, 'ready endpoint')} behind Service ${NAME}`)
  return fail('installation.endpoints', {
    what: `Service ${NAME} has no ready endpoint: every pod that asks is refused with "no endpoints available".`,
    wanted: 'at least 1 ready endpoint',
    got: `${countOf(countPods(endpoints), 'endpoint')}, none ready`,
    cure: `See why pods are not ready: kubectl describe pods -n ${namespace} -l app.kubernetes.io/name=${NAME}, and what /readyz?verbose says: ${logsOfAll(namespace)}`,
  })
}

/** On dual stack each pod has an endpoint of either family. */
function countPods(endpoints: readonly JsonObject[]): number {
  const pods = endpoints.map(
    (endpoint, index) => textOf(objectOr(endpoint['targetRef'])['uid']) ?? `endpoint ${index}`,
  )
  return new Set(pods).size
}
