import type { Inventory } from '../core/inventory.ts'
import type { JsonObject } from '../core/pod.ts'
import { lint } from '../lint/lint.ts'
import { makeView } from '../lint/make-view.ts'
import type { LintFinding } from '../lint/problem.ts'
import { API_VERSION } from '../policy/kinds.ts'
import { liveManifest, type Manifest } from '../state/manifest.ts'
import { accessLines } from './access.ts'
import { certificateLines } from './certificates.ts'
import { groupOf, type Group } from './catalogue.ts'
import { daprLines } from './dapr.ts'
import { dryRunLines } from './dry-run.ts'
import { allOf, type CheckOptions, type ClusterFacts, type Fact } from './facts.ts'
import { installationLines } from './installation.ts'
import { instanceLines } from './instances.ts'
import { kubernetesLines } from './kubernetes.ts'
import type { Line } from './line.ts'
import { resourceLines } from './resources.ts'
import { webhookLines } from './webhooks.ts'

/**
 * Everything that is to be said of an installation, group by group. Pure: what the cluster did not tell is a line of its own,
 * and never taken for fine.
 *
 * @param only the groups that are wanted
 */
export function check(
  facts: ClusterFacts,
  options: CheckOptions,
  only: ReadonlySet<Group> | undefined,
): readonly Line[] {
  const known = readKnown(facts, options)
  return [
    ...kubernetesLines(facts),
    ...installationLines(facts, options),
    ...webhookLines(facts, options),
    ...certificateLines(facts, options),
    ...accessLines(facts),
    ...resourceLines(facts, options, known.linted),
    ...instanceLines(facts, known.inventory, known.linted),
    ...daprLines(facts),
    ...dryRunLines(facts),
  ].filter(({ id }) => only?.has(groupOf(id)) ?? true)
}

interface Known {
  readonly inventory: Fact<Inventory>
  readonly linted: Fact<readonly LintFinding[]>
}

/** The same objects as `lint --cluster` and `instances --cluster` look at, and the same judgement of them. */
export function readKnown(
  facts: ClusterFacts,
  { clusterDomain, now }: Pick<CheckOptions, 'clusterDomain' | 'now'>,
): Known {
  const live = (items: readonly JsonObject[], apiVersion: string, kind: string): Manifest[] =>
    items.map((item) => liveManifest(item, { apiVersion, kind }, facts.server))
  const workloads = allOf(facts.daemonSets, facts.deployments, facts.services, facts.externalInstances)
  const resources = allOf(facts.policies, facts.grants, facts.exceptions, facts.namespaces)
  if (!workloads.known) return { inventory: workloads, linted: workloads }
  const [daemonSets, deployments, services, externals] = workloads.value
  const ofInstances = [
    ...live(daemonSets, 'apps/v1', 'DaemonSet'),
    ...live(deployments, 'apps/v1', 'Deployment'),
    ...live(services, 'v1', 'Service'),
    ...live(externals, API_VERSION, 'DaprSharedInstance'),
  ]
  const options = { defaultNamespace: 'default', clusterDomain, now }
  const { inventory } = makeView(ofInstances, options)
  if (!resources.known) return { inventory: { known: true, value: inventory }, linted: resources }
  const [policies, grants, exceptions, namespaces] = resources.value
  const linted = [
    ...ofInstances,
    ...live(policies, API_VERSION, 'DaprSharedPolicy'),
    ...live(grants, API_VERSION, 'DaprSharedGrant'),
    ...live(exceptions, API_VERSION, 'DaprSharedException'),
    ...live(namespaces, 'v1', 'Namespace'),
  ]
  const { findings } = lint({ linted, beside: [], ...options })
  return { inventory: { known: true, value: inventory }, linted: { known: true, value: findings } }
}
