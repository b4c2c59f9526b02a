import { objectOr, selects } from '../core/cluster-facts.ts'
import type { JsonObject } from '../core/pod.ts'
import { numberOf, objectsOf, stringsOf } from '../discovery/loose.ts'
import { NAME } from '../install/names.ts'
import { fail, ok, type Line } from './line.ts'

const DEFAULT_PORT = 443

/** Of a configuration, the port of the Service that it calls. */
export function calledPort(configuration: JsonObject | undefined): number {
  const [webhook] = objectsOf(configuration?.['webhooks'])
  return numberOf(objectOr(objectOr(webhook?.['clientConfig'])['service'])['port']) ?? DEFAULT_PORT
}

/**
 * Whether the Service that the API server calls leads to the pods of the Deployment.
 *
 * @param called the port that the webhook configurations name
 */
export function serviceLine(
  service: JsonObject | undefined,
  deployment: JsonObject | undefined,
  namespace: string,
  called: number,
): Line {
  if (service === undefined)
    return fail('installation.service', {
      what: `there is no Service ${namespace}/${NAME}: the API server cannot call the webhook.`,
      cure: `Apply it again: dapr-shared manifests --image IMAGE | kubectl apply -f - (chart: helm upgrade)`,
    })
  const spec = objectOr(service['spec'])
  const ports = objectsOf(spec['ports']).map(({ port }) => numberOf(port))
  if (!ports.includes(called))
    return fail('installation.service', {
      what: `Service ${NAME} has no port ${called}, which the webhook configurations call.`,
      wanted: String(called),
      got: ports.join(', '),
      cure: `kubectl edit service -n ${namespace} ${NAME}: give it the port ${called} with targetPort admission`,
    })
  const podLabels = stringsOf(
    objectOr(objectOr(objectOr(deployment?.['spec'])['template'])['metadata'])['labels'],
  )
  if (deployment !== undefined && !selects(stringsOf(spec['selector']), podLabels))
    return fail('installation.service', {
      what: `the selector of Service ${NAME} does not select the pods of the Deployment.`,
      wanted: JSON.stringify(podLabels),
      got: JSON.stringify(stringsOf(spec['selector'])),
      cure: `kubectl set selector -n ${namespace} service ${NAME} app.kubernetes.io/name=${NAME}`,
    })
  return ok('installation.service', `Service ${NAME} leads to the Deployment's pods`)
}
