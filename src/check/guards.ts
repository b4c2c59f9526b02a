import { objectOr } from '../core/cluster-facts.ts'
import type { JsonObject } from '../core/pod.ts'
import { backstop } from '../install/backstop.ts'
import { labelGuard } from '../install/label-guard.ts'
import { BACKSTOP, LABEL_GUARD } from '../install/names.ts'
import { applyAgain, wayOf } from './apply-again.ts'
import type { CheckId } from './catalogue.ts'
import { readDeployed } from './deployed.ts'
import type { CheckOptions, ClusterFacts, Fact, Named } from './facts.ts'
import { changedField } from './guard-fields.ts'
import { unknownLine } from './known.ts'
import { fail, line, ok, type Line } from './line.ts'

/** The ValidatingAdmissionPolicies, which hold while the service is down; the backstop is a choice. */
export function guardLines(facts: ClusterFacts, options: CheckOptions): readonly Line[] {
  const { namespace } = facts
  const install = { namespace, labels: {} }
  const hasBackstop = readBackstop(facts)
  return [
    guardLine('webhooks.label-guard', LABEL_GUARD, labelGuard(install), facts, options),
    hasBackstop.known && !hasBackstop.value
      ? ok(
          'webhooks.backstop',
          'no backstop is installed: while the configurations are gone, pods that ask are created as they are',
        )
      : guardLine('webhooks.backstop', BACKSTOP, backstop(install), facts, options),
  ]
}

/** Whether the backstop was chosen. */
export function readBackstop({ admissionPolicies }: Pick<ClusterFacts, 'admissionPolicies'>): Fact<boolean> {
  const policy = admissionPolicies.get(BACKSTOP)
  if (policy === undefined) return UNASKED
  return policy.known ? { known: true, value: policy.value !== undefined } : policy
}

const UNASKED = { known: false, why: 'nobody asked', right: '' } as const

function guardLine(
  id: CheckId,
  name: string,
  objects: readonly object[],
  facts: ClusterFacts,
  { version }: CheckOptions,
): Line {
  const pairs = objects.map(objectOr).map((object) => ({ object, fact: factOf(object, facts) }))
  const missing: string[] = []
  for (const { object, fact } of pairs) {
    if (!fact.known) return unknownLine(id, fact, nameOf(object))
    if (fact.value === undefined) missing.push(nameOf(object))
  }
  const cure = `Apply it again: ${applyAgain(wayOf(facts))}`
  const suffers =
    name === LABEL_GUARD
      ? 'who may change a pod can give it the labels of a consumer'
      : 'the backstop does not hold'
  if (missing.length > 0) return fail(id, { what: `missing: ${missing.join(', ')}: ${suffers}.`, cure })
  const { version: deployed } = readDeployed(facts.deployment.known ? facts.deployment.value : undefined)
  // another version may rightly say something else, but none may let everything through
  const level = deployed === '' || deployed === version ? 'fail' : 'warn'
  for (const { object, fact } of pairs) {
    const changed = fact.known ? changedField(object, fact.value) : undefined
    if (changed === undefined) continue
    const { field, wanted, got, isToothless } = changed
    return line(id, isToothless ? 'fail' : level, {
      what: `${field} of ${nameOf(object)} is not as this version has it: it may be that ${suffers}.`,
      wanted,
      got,
      cure,
    })
  }
  return ok(id, `the ValidatingAdmissionPolicy ${name} is bound and as this version has it`)
}

function nameOf(object: JsonObject): string {
  return `${String(object['kind'])} ${String(objectOr(object['metadata'])['name'])}`
}

function factOf(object: JsonObject, { admissionPolicies, admissionBindings }: ClusterFacts): Named {
  const name = String(objectOr(object['metadata'])['name'])
  const facts = object['kind'] === 'ValidatingAdmissionPolicy' ? admissionPolicies : admissionBindings
  return facts.get(name) ?? UNASKED
}
