import { objectOr } from '../core/cluster-facts.ts'
import { countOf } from '../core/count-of.ts'
import type { JsonObject } from '../core/pod.ts'
import { numberOf, objectsOf, textOf } from '../discovery/loose.ts'
import type { LintFinding } from '../lint/problem.ts'
import { GROUP, KINDS, RESOURCE_KINDS } from '../policy/kinds.ts'
import { canonical } from './canonical.ts'
import { readDeployed } from './deployed.ts'
import type { CheckOptions, ClusterFacts, Fact } from './facts.ts'
import { capped } from './capped.ts'
import { unknownLine, withFact } from './known.ts'
import { fail, line, ok, warn, type Line } from './line.ts'

/** The kinds of `shared.dapr.io`, and what is wrong with what people wrote. */
export function resourceLines(
  facts: ClusterFacts,
  options: CheckOptions,
  linted: Fact<readonly LintFinding[]>,
): readonly Line[] {
  return [
    ...definitionLines(facts, options),
    ...withFact('resources.policies', facts.policies, 'what became of policies', (policies) =>
      policyLines(policies, linted),
    ),
    ...withFact('resources.others', linted, 'what grants, exceptions and external instances say', otherLines),
    ...withFact('resources.exceptions', linted, 'when exceptions end', exceptionLines),
  ]
}

function definitionLines(facts: ClusterFacts, { definitions, version }: CheckOptions): Line[] {
  const { version: deployed } = readDeployed(facts.deployment.known ? facts.deployment.value : undefined)
  const level = deployed === '' || deployed === version ? 'fail' : 'warn'
  const lines = RESOURCE_KINDS.flatMap((kind) => {
    const name = `${KINDS[kind].plural}.${GROUP}`
    const fact = facts.definitions.get(kind)
    if (fact === undefined) return []
    if (!fact.known)
      return [unknownLine('resources.definitions', fact, `the CustomResourceDefinition ${name}`)]
    const wanted = definitions.map(objectOr).find((one) => objectOr(one['metadata'])['name'] === name)
    const what = definitionFault(fact.value, wanted)
    if (what === undefined) return []
    return [
      line('resources.definitions', what.isVersion ? level : 'fail', {
        what: `the CustomResourceDefinition ${name} ${what.text}.`,
        cure: 'kubectl apply --server-side --force-conflicts -f deploy/crd',
      }),
    ]
  })
  return lines.length > 0
    ? lines
    : [
        ok(
          'resources.definitions',
          `the ${RESOURCE_KINDS.length} kinds of ${GROUP} are served as this version has them`,
        ),
      ]
}

function definitionFault(
  got: JsonObject | undefined,
  wanted: JsonObject | undefined,
): { text: string; isVersion: boolean } | undefined {
  if (got === undefined) return { text: 'is missing: nothing of its kind can be written', isVersion: false }
  const conditions = objectsOf(objectOr(got['status'])['conditions'])
  const established = conditions.find(({ type }) => type === 'Established')
  if (established !== undefined && established['status'] !== 'True')
    return {
      text: `is not established: ${textOf(established['message']) ?? 'no reason is given'}`,
      isVersion: false,
    }
  const [schema, ours] = [got, wanted].map(schemaOf)
  return schema === ours
    ? undefined
    : { text: 'is not that of this version: fields may be dropped, or mistakes taken', isVersion: true }
}

function schemaOf(definition: JsonObject | undefined): string {
  const versions = objectsOf(objectOr(definition?.['spec'])['versions'])
  return canonical(versions.map(({ name, schema }) => ({ name, schema })))
}

/** By their status, and by reading them again: a status is written by one replica, and may be old. */
function policyLines(policies: readonly JsonObject[], linted: Fact<readonly LintFinding[]>): Line[] {
  const byStatus = policies.flatMap((policy) => {
    const why = refusedBy(policy)
    return why === undefined ? [] : [{ name: nameOf(policy), why }]
  })
  const ofPolicies = linted.known
    ? linted.value.filter(({ object, severity }) => object.kind === 'DaprSharedPolicy' && severity !== 'Info')
    : []
  const [errors, warnings] = (['Error', 'Warning'] as const).map((wanted) =>
    ofPolicies.filter(({ severity }) => severity === wanted),
  )
  const bad = new Map([
    ...(errors ?? []).map(({ object, message }) => [object.name, message.replace(/\.$/, '')] as const),
    ...byStatus.map(({ name, why }) => [name, why] as const),
  ])
  const lines = [...bad].map(([name, why]) =>
    fail('resources.policies', {
      what: `the policy ${name} does not do what it says: ${why}.`,
      cure: `kubectl describe dsp ${name}; dapr-shared lint --cluster tells the field`,
    }),
  )
  const remark =
    (warnings ?? []).length === 0
      ? ''
      : `; lint has ${countOf((warnings ?? []).length, 'warning')} (dapr-shared lint --cluster)`
  return lines.length > 0
    ? capped(lines, 'dapr-shared lint --cluster')
    : [
        ok(
          'resources.policies',
          `${policies.length === 1 ? '1 policy' : `${policies.length} policies`}, none invalid${remark}`,
        ),
      ]
}

const OTHERS: ReadonlySet<string> = new Set(['DaprSharedGrant', 'DaprSharedException', 'DaprSharedInstance'])
/** Those that have a check of their own, by the words before the dot. */
const TOLD_ELSEWHERE = /^(?:instance|security)\.|^exception\.expir/

/** What nobody can use as it stands: such a grant grants nothing, and pods that count on it are refused. */
function otherLines(findings: readonly LintFinding[]): readonly Line[] {
  const errors = findings.filter(
    ({ object, severity, check }) =>
      severity === 'Error' && OTHERS.has(object.kind) && !TOLD_ELSEWHERE.test(check),
  )
  if (errors.length === 0)
    return [ok('resources.others', 'no grant, exception or external instance is invalid')]
  const byObject = Map.groupBy(
    errors,
    ({ object: { kind, namespace, name } }) => `${kind} ${namespace}/${name}`,
  )
  const firsts = [...byObject.values()].flatMap((some) => some.slice(0, 1))
  const lines = firsts.map(({ object: { kind, namespace, name }, message, cure }) =>
    fail('resources.others', {
      what: `the ${kind} ${namespace}/${name} does not do what it says: ${message.replace(/\.$/, '')}.`,
      cure,
    }),
  )
  return capped(lines, 'dapr-shared lint --cluster')
}

/** The condition that the service itself wrote, as long as it is about what stands there now. */
function refusedBy(policy: JsonObject): string | undefined {
  const generation = numberOf(objectOr(policy['metadata'])['generation'])
  const conditions = objectsOf(objectOr(policy['status'])['conditions'])
  const accepted = conditions.find(({ type }) => type === 'Accepted')
  if (accepted?.['status'] !== 'False' || accepted['observedGeneration'] !== generation) return undefined
  return (textOf(accepted['message']) ?? 'it is not accepted').replace(/\.$/, '')
}

const EXCEPTION_CHECKS: ReadonlySet<string> = new Set(['exception.expired', 'exception.expiring'])

function exceptionLines(findings: readonly LintFinding[]): readonly Line[] {
  const ending = findings.filter(({ check }) => EXCEPTION_CHECKS.has(check))
  if (ending.length === 0) return [ok('resources.exceptions', 'no exception has ended or is about to')]
  const lines = ending.map(({ object: { namespace, name }, message }) =>
    warn('resources.exceptions', {
      what: `the exception ${namespace}/${name}: ${message}`,
      cure: `Mend what it excuses, or have it renewed: kubectl edit dsx -n ${namespace} ${name}`,
    }),
  )
  return capped(lines, 'kubectl get dsx -A')
}

function nameOf(object: JsonObject): string {
  return textOf(objectOr(object['metadata'])['name']) ?? ''
}
