import { countOf } from '../core/count-of.ts'
import { objectOr } from '../core/cluster-facts.ts'
import { few } from '../core/few.ts'
import type { JsonObject } from '../core/pod.ts'
import { listOf, objectsOf, textOf } from '../discovery/loose.ts'
import { NAME, WEBHOOK } from '../install/names.ts'
import { ok, warn, type Line } from './line.ts'

/** Mutating webhooks run by the names of their configurations: what comes after us may undo or miss what we did. */
export function orderLine(configurations: readonly JsonObject[]): Line {
  const others = configurations.filter((one) => nameOf(one) !== NAME && seesNewPods(one)).map(nameOf)
  const [before, after] = [others.filter((one) => one < NAME), others.filter((one) => one > NAME)]
  const own = configurations.find((one) => nameOf(one) === NAME)
  const ours = objectsOf(own?.['webhooks']).find(({ name }) => name === WEBHOOK.mutate)
  if (after.length > 0 && ours !== undefined && ours['reinvocationPolicy'] !== 'IfNeeded')
    return warn('webhooks.order', {
      what: `${few(after)} may add containers after us, which get no variables: ${WEBHOOK.mutate} is not called again.`,
      wanted: 'reinvocationPolicy: IfNeeded',
      got: textOf(ours['reinvocationPolicy']) ?? 'Never',
      cure: `kubectl edit mutatingwebhookconfiguration ${NAME}: set reinvocationPolicy: IfNeeded`,
    })
  if (others.length === 0) return ok('webhooks.order', 'no other webhook changes new pods')
  const parts = [
    ...(before.length > 0 ? [`before us ${few(before)}`] : []),
    ...(after.length > 0 ? [`after us ${few(after)}, and then we are called again`] : []),
  ]
  return ok(
    'webhooks.order',
    `${countOf(others.length, 'other configuration')} for new pods: ${parts.join('; ')}`,
  )
}

function nameOf(object: JsonObject): string {
  return textOf(objectOr(object['metadata'])['name']) ?? ''
}

function seesNewPods(configuration: JsonObject): boolean {
  return objectsOf(configuration['webhooks']).some((webhook) =>
    objectsOf(webhook['rules']).some(
      ({ apiGroups, resources, operations }) =>
        hasAny(apiGroups, ['', '*']) &&
        hasAny(resources, ['pods', '*', '*/*', 'pods/*']) &&
        hasAny(operations, ['CREATE', '*']),
    ),
  )
}

function hasAny(list: unknown, wanted: readonly string[]): boolean {
  return listOf(list).some((one) => wanted.includes(String(one)))
}
