import { annotationOf } from '../core/pod.ts'
import { ANNOTATION } from '../core/vocabulary.ts'
import { podOf } from '../server-dry-run/judge.ts'
import { oneLine } from '../server-dry-run/read-refusal.ts'
import type { ServerItem } from '../server-dry-run/result.ts'
import { isOurs } from '../server-dry-run/webhook-part.ts'
import { applyAgain, type Way } from './apply-again.ts'
import { CONDITION_ERROR } from './call-failure.ts'
import type { Probe } from './dry-run.ts'
import { fail, ok, unknown, type Line } from './line.ts'

const ID = 'dry-run.plain-pod'

/** A pod that does not ask must not notice us, whatever state we are in. */
export function plainPodLine(
  { target: { namespace }, answer }: Probe,
  { outcome, by, message, notes }: ServerItem,
  way: Way,
): Line {
  const again = `Apply the webhook configurations again: ${applyAgain(way)}`
  const pod = `a pod that does not ask, in namespace ${namespace},`
  if (answer.kind === 'no' && CONDITION_ERROR.test(oneLine(answer.error.message)))
    return fail(ID, { what: `${pod} is refused by an error of matchConditions: ${message}.`, cure: again })
  if (isOurs(by) && outcome !== 'admitted')
    return fail(ID, {
      what: `${pod} is refused because of us: matchConditions or rules were changed so that it depends on the webhook.`,
      wanted: 'nobody is called',
      got: message,
      cure: `${again}. At once: kubectl delete mutatingwebhookconfiguration,validatingwebhookconfiguration dapr-shared-admission (pods that ask are then created as they are; namespace ${way.namespace} stays)`,
    })
  if (outcome !== 'admitted')
    return unknown(ID, {
      what: `${pod} was not created, and not because of us.`,
      wanted: 'it is admitted',
      got: message,
      cure: `${notes[0] ?? 'Ask in a namespace that takes the pod: --dry-run-namespace NAME.'} Without the dry run: --no-dry-run`,
    })
  const admitted = answer.kind === 'admitted' ? podOf(answer.pod) : undefined
  if (admitted !== undefined && annotationOf(admitted, ANNOTATION.status) !== undefined)
    return fail(ID, {
      what: `${pod} comes out with ${ANNOTATION.status}: something makes it ask.`,
      wanted: 'the pod as it was sent',
      got: annotationOf(admitted, ANNOTATION.status) ?? '',
      cure: `Find who adds ${ANNOTATION.shared}: kubectl get mutatingwebhookconfigurations,mutatingadmissionpolicies`,
    })
  return ok(ID, `${pod} does not notice us`)
}
