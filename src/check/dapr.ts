import { objectOr, type WorkloadFacts } from '../core/cluster-facts.ts'
import { few } from '../core/few.ts'
import type { JsonObject } from '../core/pod.ts'
import { numberOf, objectsOf, stringsOf, textOf } from '../discovery/loose.ts'
import { recognizeWorkload } from '../discovery/recognize.ts'
import { capped } from './capped.ts'
import { allOf, type ClusterFacts } from './facts.ts'
import { withFact } from './known.ts'
import { ok, warn, type Line } from './line.ts'

/** The parts of Dapr's control plane that a shared daprd dials (dapr/dapr charts). */
const PARTS = ['dapr-operator', 'dapr-sentry', 'dapr-placement-server', 'dapr-scheduler-server'] as const

/** Without them no daprd starts: its identity and its components come from there. */
const NEEDED: ReadonlySet<string> = new Set(['dapr-operator', 'dapr-sentry'])

interface Part {
  readonly name: string
  readonly namespace: string
  /** `1.16`; empty where neither label nor image tells */
  readonly version: string
  readonly ready: number
  readonly wanted: number
}

/** Dapr's control plane, and whether instances look for it where it is. */
export function daprLines(facts: ClusterFacts): readonly Line[] {
  return withFact(
    'dapr.control-plane',
    allOf(facts.daemonSets, facts.deployments, facts.statefulSets),
    'whether Dapr is installed',
    ([daemonSets, deployments, statefulSets]) => {
      const parts = [...deployments, ...statefulSets].flatMap(readPart)
      const instances = [
        ...daemonSets.map((object) => recognizeWorkload('DaemonSet', object)),
        ...deployments.map((object) => recognizeWorkload('Deployment', object)),
      ].flatMap((one) => (one !== undefined && 'instance' in one ? [one.instance] : []))
      const lines = [controlPlaneLine(parts, instances.length)]
      if (parts.length === 0 || instances.length === 0) return lines
      return [...lines, ...namespaceLines(parts, instances), ...versionLines(parts, instances)]
    },
  )
}

/** Whether a Deployment or StatefulSet is a part of Dapr's control plane. */
export function isControlPlane(object: JsonObject): boolean {
  return readPart(object).length > 0
}

function readPart(object: JsonObject): Part[] {
  const metadata = objectOr(object['metadata'])
  const labels = stringsOf(metadata['labels'])
  const name = textOf(metadata['name']) ?? ''
  const part = PARTS.find((known) => known === (labels['app'] ?? name))
  if (part === undefined) return []
  const template = objectOr(objectOr(objectOr(object['spec'])['template'])['spec'])
  const image = textOf(objectsOf(template['containers'])[0]?.['image']) ?? ''
  const told = labels['app.kubernetes.io/version'] ?? /:v?(\d[^:/@]*)/.exec(image)?.[1] ?? ''
  return [
    {
      name: part,
      namespace: textOf(metadata['namespace']) ?? '',
      version: /^v?(\d+\.\d+)/.exec(told)?.[1] ?? '',
      ready: numberOf(objectOr(object['status'])['readyReplicas']) ?? 0,
      wanted: numberOf(objectOr(object['spec'])['replicas']) ?? 1,
    },
  ]
}

function controlPlaneLine(parts: readonly Part[], instances: number): Line {
  const namespaces = [...new Set(parts.map(({ namespace }) => namespace))]
  if (parts.length === 0)
    return warn('dapr.control-plane', {
      what: `Dapr's control plane was not found in this cluster${instances === 0 ? '' : ': a daprd asks Sentry for its identity before it serves'}.`,
      wanted: PARTS.join(', '),
      got: 'none of them',
      cure: 'helm install dapr oci://ghcr.io/dapr/dapr --namespace dapr-system --create-namespace (external instances alone need none)',
    })
  const missing = PARTS.filter((part) => !parts.some(({ name }) => name === part))
  // the scheduler came with 1.14, and who has no actors may leave placement out
  const needed = missing.filter((part) => NEEDED.has(part))
  const down = parts.filter(({ ready, wanted }) => ready === 0 && wanted > 0)
  const isVital = needed.length > 0 || down.some(({ name }) => NEEDED.has(name))
  if (needed.length + down.length > 0)
    return warn('dapr.control-plane', {
      what: `of Dapr's control plane in ${few(namespaces)} ${[...needed.map((name) => `${name} is missing`), ...down.map(({ name }) => `${name} is not ready`)].join(', ')}: ${isVital ? 'instances that start now do not become ready' : 'actors, workflows and jobs do not work'}.`,
      wanted: PARTS.join(', '),
      got: parts.map(({ name, ready, wanted }) => `${name} ${ready}/${wanted}`).join(', '),
      cure: `kubectl get pods -n ${namespaces[0] ?? 'dapr-system'}; dapr status -k`,
    })
  const version = parts.find((part) => part.version !== '')?.version
  const leftOut = few(missing)
  return ok(
    'dapr.control-plane',
    `Dapr${version === undefined ? '' : ` ${version}`} runs in ${few(namespaces)}${leftOut === '' ? '' : `, without ${leftOut}`}`,
  )
}

/** Of `name.namespace` and `name.namespace.svc[.domain]`, with or without a port; none of an IP or a name outside the cluster. */
function namespaceOf(address: string): string | undefined {
  const [host = ''] = address.split(':')
  const [name = '', namespace, ...rest] = host.split('.')
  const isService =
    !/^\d+$/.test(name) && (rest.length === 0 ? PARTS.some((part) => part === name) : rest[0] === 'svc')
  return isService ? namespace : undefined
}

function namespaceLines(parts: readonly Part[], instances: readonly WorkloadFacts[]): readonly Line[] {
  const there = new Set(parts.map(({ namespace }) => namespace))
  const astray = instances.flatMap((instance) => {
    const { daprd, kind, name, namespace } = instance
    const asked = [daprd.controlPlaneNamespace, namespaceOf(daprd.sentryAddress ?? '')]
    const [wrong] = asked.filter((one) => one !== undefined && !there.has(one))
    if (wrong === undefined) return []
    return [
      warn('dapr.namespace', {
        what: `namespace ${namespace}: ${kind}/${name} looks for Dapr's control plane in ${wrong}, where it is not: daprd does not start.`,
        wanted: [...there].join(' or '),
        got: wrong,
        cure: `Upgrade the release with all addresses of the control plane in ${[...there][0] ?? 'dapr-system'}: --set shared.controlPlane.namespace=... and the addresses of sentry, placement, operator and scheduler`,
      }),
    ]
  })
  return astray.length > 0
    ? capped(astray, 'dapr-shared instances --cluster')
    : [ok('dapr.namespace', "instances look for Dapr's control plane where it is")]
}

/** Dapr serves daprds that are older than its control plane, and promises nothing for newer ones. */
function versionLines(parts: readonly Part[], instances: readonly WorkloadFacts[]): readonly Line[] {
  const versions = parts.flatMap(({ version }) => (version === '' ? [] : [version]))
  const [plane] = versions
  if (plane === undefined) return []
  const [major = 0, minor = 0] = plane.split('.').map(Number)
  const newer = instances.filter(({ daprd: { version } }) => {
    if (version === undefined) return false
    return version[0] > major || (version[0] === major && version[1] > minor)
  })
  if (newer.length === 0)
    return [ok('dapr.version', `no instance is newer than the control plane (${plane})`)]
  return capped(
    newer.map(({ kind, name, namespace, daprd }) =>
      warn('dapr.version', {
        what: `namespace ${namespace}: daprd of ${kind}/${name} is newer than Dapr's control plane.`,
        wanted: `${plane} or older`,
        got: (daprd.version ?? []).join('.'),
        cure: `Upgrade Dapr first (docs.dapr.io, "Upgrade Dapr on a Kubernetes cluster"), or give the instance an image of ${plane}.`,
      }),
    ),
    'dapr-shared instances --cluster',
  )
}
