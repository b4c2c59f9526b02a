import { objectOr } from '../core/cluster-facts.ts'
import type { JsonObject } from '../core/pod.ts'
import { objectsOf } from '../discovery/loose.ts'
import { backstop } from '../install/backstop.ts'
import { labelGuard } from '../install/label-guard.ts'
import { BACKSTOP, LABEL_GUARD } from '../install/names.ts'
import { canonical } from './canonical.ts'
import type { CheckId } from './catalogue.ts'
import type { ClusterFacts, Named } from './facts.ts'
import { unknownLine } from './known.ts'
import { fail, ok, warn, type Fault, type Line } from './line.ts'

/** The ValidatingAdmissionPolicies, which hold while the service is down; the backstop is a choice. */
export function guardLines(facts: ClusterFacts): readonly Line[] {
  const { namespace } = facts
  const options = { namespace, labels: {} }
  const hasBackstop = isThere(facts.admissionPolicies.get(BACKSTOP))
  return [
    guardLine('webhooks.label-guard', LABEL_GUARD, labelGuard(options), facts),
    hasBackstop === false
      ? ok(
          'webhooks.backstop',
          'no backstop is installed: while the configurations are gone, pods that ask are created as they are',
        )
      : guardLine('webhooks.backstop', BACKSTOP, backstop(options), facts),
  ]
}

function isThere(fact: Named | undefined): boolean | undefined {
  return fact?.known === true ? fact.value !== undefined : undefined
}

function guardLine(id: CheckId, name: string, objects: readonly object[], facts: ClusterFacts): Line {
  const wanted = objects.map(objectOr)
  const pairs = wanted.map((object) => ({ object, fact: factOf(object, facts) }))
  const missing: string[] = []
  for (const { object, fact } of pairs) {
    const what = `${String(object['kind'])} ${String(objectOr(object['metadata'])['name'])}`
    if (fact === undefined || !fact.known)
      return unknownLine(
        id,
        fact?.known === false ? fact : { known: false, why: 'nobody asked', right: '' },
        what,
      )
    if (fact.value === undefined) missing.push(what)
  }
  const again = `Apply it again: dapr-shared manifests --image IMAGE | kubectl apply -f - (chart: helm upgrade)`
  if (missing.length > 0)
    return fail(id, {
      what: `missing: ${missing.join(', ')}: ${name === LABEL_GUARD ? 'who may change a pod can give it the labels of a consumer' : 'the backstop does not hold'}.`,
      cure: again,
    })
  const edited = pairs.find(({ object, fact }) => fact?.known && isEdited(object, fact.value))
  if (edited === undefined)
    return ok(id, `the ValidatingAdmissionPolicy ${name} is bound and as this version has it`)
  const fault: Fault = {
    what: `${String(edited.object['kind'])} ${String(objectOr(edited.object['metadata'])['name'])} is not as this version has it.`,
    cure: again,
  }
  return warn(id, fault)
}

function factOf(
  object: JsonObject,
  { admissionPolicies, admissionBindings }: ClusterFacts,
): Named | undefined {
  const name = String(objectOr(object['metadata'])['name'])
  return (object['kind'] === 'ValidatingAdmissionPolicy' ? admissionPolicies : admissionBindings).get(name)
}

/** Of a policy what it refuses; of a binding whether it denies. The rest the API server fills with defaults. */
function isEdited(wanted: JsonObject, got: JsonObject | undefined): boolean {
  const [own, theirs] = [wanted, got].map((one) => objectOr(one?.['spec']))
  const expressions = (spec: JsonObject | undefined): unknown =>
    objectsOf(spec?.['validations']).map(({ expression }) => expression)
  return (
    canonical(expressions(own)) !== canonical(expressions(theirs)) ||
    canonical(own?.['failurePolicy']) !== canonical(theirs?.['failurePolicy']) ||
    canonical(own?.['validationActions']) !== canonical(theirs?.['validationActions']) ||
    canonical(own?.['policyName']) !== canonical(theirs?.['policyName'])
  )
}
