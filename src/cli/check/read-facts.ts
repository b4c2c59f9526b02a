import { isControlPlane } from '../../check/dapr.ts'
import { readDeployed } from '../../check/deployed.ts'
import type { ClusterFacts, Fact, Named } from '../../check/facts.ts'
import { NEEDED_RESOURCES } from '../../check/kubernetes.ts'
import { objectOr } from '../../core/cluster-facts.ts'
import type { JsonObject } from '../../core/pod.ts'
import { objectsOf, textOf } from '../../discovery/loose.ts'
import { recognizeWorkload } from '../../discovery/recognize.ts'
import { BACKSTOP, LABEL_GUARD, NAME } from '../../install/names.ts'
import type { KubeClient } from '../../kube/kube-client.ts'
import { GROUP, KINDS, RESOURCE_KINDS, resourcePath, type ResourceKind } from '../../policy/kinds.ts'
import { makeAsker, type Asker } from './ask.ts'
import { readCertificate } from './read-certificate.ts'
import { readRights } from './read-rights.ts'

const ADMISSION = '/apis/admissionregistration.k8s.io/v1'

/** Asks for everything that the checks look at, all at once, but for the dry run. */
export async function readFacts(
  client: KubeClient,
  namespace: string,
): Promise<Omit<ClusterFacts, 'dryRun'>> {
  const asker = makeAsker(client)
  const { named, listed, asked } = asker
  const own = (group: string, resource: string): Promise<Named> =>
    named(`${group}/namespaces/${namespace}/${resource}/${NAME}`, `get ${resource} -n ${namespace}`)

  const deployment = await own('/apis/apps/v1', 'deployments')
  const deployed = readDeployed(deployment.known ? deployment.value : undefined)
  const parts = {
    version: asked('get /version', async (signal) =>
      (textOf(objectOr(await client.get('/version', { signal }))['gitVersion']) ?? '').replace(/^v/, ''),
    ),
    resources: asked('get /apis', (signal) => readResources(client, signal)),
    ownNamespace: named(`/api/v1/namespaces/${namespace}`, 'get namespaces'),
    disruptionBudget: own('/apis/policy/v1', 'poddisruptionbudgets'),
    service: own('/api/v1', 'services'),
    endpointSlices: listed(
      `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`,
      `list endpointslices -n ${namespace}`,
      undefined,
      { labelSelector: `kubernetes.io/service-name=${NAME}` },
    ),
    lease: own('/apis/coordination.k8s.io/v1', 'leases'),
    runningVersion: readRunningVersion(client, namespace),
    mutating: named(
      `${ADMISSION}/mutatingwebhookconfigurations/${NAME}`,
      'get mutatingwebhookconfigurations',
    ),
    validating: named(
      `${ADMISSION}/validatingwebhookconfigurations/${NAME}`,
      'get validatingwebhookconfigurations',
    ),
    mutatingConfigurations: listed(
      `${ADMISSION}/mutatingwebhookconfigurations`,
      'list mutatingwebhookconfigurations',
    ),
    admissionPolicies: byName(asker, 'validatingadmissionpolicies', [LABEL_GUARD, BACKSTOP]),
    admissionBindings: byName(asker, 'validatingadmissionpolicybindings', [
      LABEL_GUARD,
      `${LABEL_GUARD}-namespace`,
      BACKSTOP,
    ]),
    certificate: readCertificate(asker, namespace, deployed.certificateSecret),
    rights: readRights(asker, client, namespace, deployed),
    definitions: readDefinitions(asker),
    policies: ofKind(asker, 'DaprSharedPolicy'),
    grants: ofKind(asker, 'DaprSharedGrant'),
    exceptions: ofKind(asker, 'DaprSharedException'),
    externalInstances: ofKind(asker, 'DaprSharedInstance'),
    namespaces: listed('/api/v1/namespaces', 'list namespaces'),
    daemonSets: listed('/apis/apps/v1/daemonsets', 'list daemonsets -A', (object) =>
      recognizeWorkload('DaemonSet', object) === undefined ? undefined : object,
    ),
    deployments: listed('/apis/apps/v1/deployments', 'list deployments -A', (object) =>
      recognizeWorkload('Deployment', object) === undefined && !isControlPlane(object) ? undefined : object,
    ),
    statefulSets: listed('/apis/apps/v1/statefulsets', 'list statefulsets -A', (object) =>
      isControlPlane(object) ? object : undefined,
    ),
    services: listed('/api/v1/services', 'list services -A'),
    nodes: listed('/api/v1/nodes', 'list nodes', ({ metadata, spec }) => ({ metadata, spec })),
  }
  return { server: client.server, namespace, deployment, ...(await settled(parts)) }
}

type Settled<Parts> = { [Name in keyof Parts]: Awaited<Parts[Name]> }

async function settled<Parts extends Readonly<Record<string, unknown>>>(
  parts: Parts,
): Promise<Settled<Parts>> {
  const entries = Object.entries(parts).map(async ([name, value]) => [name, await value] as const)
  return Object.fromEntries(await Promise.all(entries)) as Settled<Parts>
}

async function byName(
  { named }: Asker,
  resource: string,
  names: readonly string[],
): Promise<ReadonlyMap<string, Named>> {
  const facts = names.map(
    async (name) => [name, await named(`${ADMISSION}/${resource}/${name}`, `get ${resource}`)] as const,
  )
  return new Map(await Promise.all(facts))
}

async function readDefinitions({ named }: Asker): Promise<ReadonlyMap<ResourceKind, Named>> {
  const facts = RESOURCE_KINDS.map(async (kind) => {
    const path = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${KINDS[kind].plural}.${GROUP}`
    return [kind, await named(path, 'get customresourcedefinitions')] as const
  })
  return new Map(await Promise.all(facts))
}

function ofKind({ listed }: Asker, kind: ResourceKind): ReturnType<Asker['listed']> {
  return listed(
    resourcePath(kind),
    `list ${KINDS[kind].plural}.${GROUP}${KINDS[kind].scope === 'Cluster' ? '' : ' -A'}`,
  )
}

/** Discovery is open to everybody who is logged in. */
async function readResources(client: KubeClient, signal: AbortSignal): Promise<ReadonlySet<string>> {
  const groups = [...new Set(NEEDED_RESOURCES.map((one) => one.split('/')[0] ?? ''))]
  const lists = await Promise.all(
    groups.map(async (group) => {
      const list: JsonObject = objectOr(await client.get(`/apis/${group}/v1`, { signal }))
      return objectsOf(list['resources']).map(({ name }) => `${group}/${textOf(name) ?? ''}`)
    }),
  )
  return new Set(lists.flat())
}

/** By the API server's proxy, which not everybody may use, and which does not reach pods everywhere: then the Deployment tells. */
async function readRunningVersion(client: KubeClient, namespace: string): Promise<Fact<string | undefined>> {
  const path = `/api/v1/namespaces/${namespace}/services/http:${NAME}:ops/proxy/version`
  try {
    const answer = objectOr(await client.get(path, { signal: AbortSignal.timeout(PROXY_MS) }))
    return { known: true, value: textOf(answer['version']) }
  } catch {
    return { known: true, value: undefined }
  }
}

const PROXY_MS = 5_000
