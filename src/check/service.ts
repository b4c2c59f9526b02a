import { objectOr, selects } from '../core/cluster-facts.ts'
import type { JsonObject } from '../core/pod.ts'
import { numberOf, objectsOf, stringsOf } from '../discovery/loose.ts'
import { NAME } from '../install/names.ts'
import { applyAgain, type Way } from './apply-again.ts'
import { fail, ok, type Line } from './line.ts'

const DEFAULT_PORT = 443

/** The ports of the Service that the webhooks of these configurations call. */
export function calledPorts(configurations: readonly (JsonObject | undefined)[]): ReadonlySet<number> {
  const services = configurations
    .flatMap((one) => objectsOf(one?.['webhooks']))
    .map((webhook) => objectOr(webhook['clientConfig'])['service'])
    .filter((service) => service !== undefined)
  const ports = services.map((service) => numberOf(objectOr(service)['port']) ?? DEFAULT_PORT)
  return new Set(ports.length === 0 ? [DEFAULT_PORT] : ports)
}

/**
 * Whether the Service that the API server calls leads to the pods of the Deployment.
 *
 * @param called the ports that the webhook configurations name
 */
export function serviceLine(
  service: JsonObject | undefined,
  deployment: JsonObject | undefined,
  way: Way,
  called: ReadonlySet<number>,
): Line {
  const { namespace } = way
  if (service === undefined)
    return fail('installation.service', {
      what: `there is no Service ${namespace}/${NAME}: the API server cannot call the webhook.`,
      cure: `Apply it again: ${applyAgain(way)}`,
    })
  const spec = objectOr(service['spec'])
  const ports = objectsOf(spec['ports'])
  const absent = [...called].find((port) => !ports.some((one) => one['port'] === port))
  if (absent !== undefined)
    return fail('installation.service', {
      what: `Service ${NAME} has no port ${absent}, which the webhook configurations call.`,
      wanted: String(absent),
      got: ports.map(({ port }) => String(port)).join(', '),
      cure: `kubectl edit service -n ${namespace} ${NAME}: give it the port ${absent} with targetPort admission`,
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
  const listening = containerPorts(deployment)
  const astray = ports.find(
    (one) => called.has(numberOf(one['port']) ?? 0) && !listening.has(targetOf(one)) && listening.size > 0,
  )
  if (astray !== undefined)
    return fail('installation.service', {
      what: `port ${String(astray['port'])} of Service ${NAME} leads to a port at which no container listens.`,
      wanted: 'targetPort admission',
      got: `targetPort ${targetOf(astray)}`,
      cure: `kubectl edit service -n ${namespace} ${NAME}: give the port ${String(astray['port'])} the targetPort admission`,
    })
  return ok('installation.service', `Service ${NAME} leads to the Deployment's pods`)
}

/** Names and numbers of the ports that the containers declare; a Service takes either. */
function containerPorts(deployment: JsonObject | undefined): ReadonlySet<string> {
  const podSpec = objectOr(objectOr(objectOr(deployment?.['spec'])['template'])['spec'])
  const ports = objectsOf(podSpec['containers']).flatMap((container) => objectsOf(container['ports']))
  return new Set(
    ports.flatMap(({ name, containerPort }) => [name, containerPort].filter(isThere).map(String)),
  )
}

function targetOf({ port, targetPort }: JsonObject): string {
  return String(targetPort ?? port)
}

function isThere(value: unknown): boolean {
  return value !== undefined
}
