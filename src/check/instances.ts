import { countOf } from '../core/count-of.ts'
import type { Instance } from '../core/instance.ts'
import type { Inventory } from '../core/inventory.ts'
import { helmInstall } from '../core/rules/instance.ts'
import type { LintFinding } from '../lint/problem.ts'
import { capped } from './capped.ts'
import type { CheckId } from './catalogue.ts'
import { chartDefects } from './chart-defects.ts'
import { allOf, type ClusterFacts, type Fact } from './facts.ts'
import { withFact } from './known.ts'
import { fail, ok, warn, type Line } from './line.ts'
import { uncoveredNodes } from './tainted-nodes.ts'

const EVERYTHING = 'dapr-shared lint --cluster'

/** The instances that there are, whether they can be used, and what the chart made wrong in them. */
export function instanceLines(
  facts: ClusterFacts,
  inventory: Fact<Inventory>,
  linted: Fact<readonly LintFinding[]>,
): readonly Line[] {
  const workloads = allOf(facts.daemonSets, facts.deployments)
  const what = 'which instances there are'
  return [
    ...withFact('instances.usable', allOf(inventory, linted), what, ([all, findings]) =>
      usableLines(all, findings),
    ),
    ...withFact('instances.ready', inventory, what, readyLines),
    ...withFact(
      'instances.defects',
      allOf(linted, workloads),
      what,
      ([findings, [daemonSets, deployments]]) =>
        orFine(
          'instances.defects',
          [
            ...ofLint(findings, 'instances.defects', ['instance.defect']),
            ...chartDefects(daemonSets, deployments),
          ],
          'no defect of the dapr-shared chart shows',
        ),
    ),
    ...withFact('instances.security', linted, what, (findings) =>
      orFine(
        'instances.security',
        ofLint(findings, 'instances.security', [
          'security.api-token',
          'security.mtls',
          'security.secret-store',
          'security.exposed-service',
        ]),
        'tokens, mTLS and the secret store are as they should be',
      ),
    ),
    ...withFact('instances.nodes', allOf(facts.nodes, facts.daemonSets), 'which nodes there are', (known) =>
      orFine(
        'instances.nodes',
        uncoveredNodes(...known),
        'every DaemonSet of an instance may run on every node',
      ),
    ),
  ]
}

/** Every instance of a cluster that can be used. */
export function instancesOf(inventory: Inventory): Instance[] {
  return [...inventory.values()].flatMap(({ entries }) =>
    [...entries.values()].flatMap((entry) => (entry.kind === 'instance' ? [entry.instance] : [])),
  )
}

function usableLines(inventory: Inventory, findings: readonly LintFinding[]): readonly Line[] {
  const broken = findings.filter(({ check }) =>
    ['instance.ambiguous', 'instance.misconfigured', 'instance.unusable'].includes(check),
  )
  const usable = instancesOf(inventory).length
  if (broken.length > 0)
    return capped(
      broken.map(({ object: { kind, namespace, name }, message, cure }) =>
        fail('instances.usable', { what: `${kind} ${namespace}/${name}: ${message}`, cure }),
      ),
      EVERYTHING,
    )
  return [
    usable === 0
      ? ok(
          'instances.usable',
          `there is no instance yet; this makes one: ${helmInstall('APP-ID', 'NAMESPACE')}`,
        )
      : ok('instances.usable', `${countOf(usable, 'instance')} can be used`),
  ]
}

function readyLines(inventory: Inventory): readonly Line[] {
  const waiting = instancesOf(inventory).flatMap(({ namespace, appId, workload, readiness }) => {
    if (!readiness.known || readiness.ready >= readiness.wanted) return []
    const { ready, wanted } = readiness
    return [
      warn('instances.ready', {
        what: `the instance ${namespace}/${appId} (${workload}) has ${ready} of ${wanted} ready.`,
        wanted: String(wanted),
        got: String(ready),
        cure: `kubectl describe ${workload.toLowerCase()} -n ${namespace}; one with an app port becomes ready only after its application listens (docs/debugging.md)`,
      }),
    ]
  })
  return orFine('instances.ready', waiting, 'every instance is ready')
}

function ofLint(
  findings: readonly LintFinding[],
  id: CheckId,
  checks: readonly LintFinding['check'][],
): readonly Line[] {
  return findings
    .filter(({ check }) => checks.includes(check))
    .map(({ object: { namespace }, message, cure }) =>
      warn(id, { what: `namespace ${namespace}: ${message}`, cure }),
    )
}

function orFine(id: CheckId, lines: readonly Line[], fine: string): readonly Line[] {
  return lines.length === 0 ? [ok(id, fine)] : capped(lines, EVERYTHING)
}
