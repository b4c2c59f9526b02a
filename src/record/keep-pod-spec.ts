import { objectOr } from '../core/cluster-facts.ts'
import type { JsonObject } from '../core/pod.ts'
import { DAPRD_FLAGS, DAPRD_VARIABLES, readFlags } from '../discovery/read-daprd.ts'
import { CHART_INIT_CONTAINERS } from '../discovery/recognize.ts'
import { listOf, objectsOf, stringsOf, textOf } from '../discovery/loose.ts'
import { keepEnv, keepEnvFrom, REDACTED } from './keep-env.ts'
import { pick } from './pick.ts'

/**
 * What a decision reads of a pod spec, of a consumer as of an instance; all else (volumes, arguments, probes, fields that
 * are yet to be invented) may hold what is nobody's business.
 */
export function keepPodSpec(value: unknown): JsonObject {
  const spec = objectOr(value)
  const lists: Record<string, JsonObject[]> = {}
  for (const list of ['initContainers', 'containers']) {
    if (Array.isArray(spec[list])) lists[list] = objectsOf(spec[list]).map(keepContainer)
  }
  return {
    ...pick(spec, ['serviceAccountName', 'serviceAccount', 'hostNetwork', 'dnsPolicy']),
    ...keepPlacement(spec),
    ...lists,
  }
}

const DAPRD = 'daprd'

function keepContainer(container: JsonObject): JsonObject {
  const name = textOf(container['name']) ?? ''
  const args =
    name === DAPRD ? daprdArgs(container) : CHART_INIT_CONTAINERS.has(name) ? chartArgs(container) : []
  const env = keepEnv(container['env'], name === DAPRD ? PLAIN_OF_DAPRD : undefined)
  const envFrom = keepEnvFrom(container['envFrom'])
  const ports = objectsOf(container['ports']).map((port) => pick(port, ['name', 'containerPort']))
  return {
    ...pick(container, ['name', 'image', 'restartPolicy']),
    ...(args.length === 0 ? {} : { args }),
    ...(ports.length === 0 ? {} : { ports }),
    ...(env.length === 0 ? {} : { env }),
    ...(envFrom.length === 0 ? {} : { envFrom }),
    ...(name === DAPRD ? keepProbe(container) : {}),
  }
}

const PLAIN_OF_DAPRD: ReadonlySet<string> = new Set(DAPRD_VARIABLES)

/** The flags that tell of an instance, in one form, each as often as it is given. */
function daprdArgs(container: JsonObject): string[] {
  const flags = readFlags([...listOf(container['command']), ...listOf(container['args'])])
  return DAPRD_FLAGS.flatMap((flag) =>
    (flags.get(flag) ?? []).map((value) => `--${flag}=${withoutUser(value)}`),
  )
}

/** No daprd takes a user before an address, but somebody may have written one. */
function withoutUser(value: string): string {
  return value.replace(/^.*@/s, `${REDACTED}@`)
}

function chartArgs({ args }: JsonObject): string[] {
  return listOf(args).filter(
    (argument): argument is string => typeof argument === 'string' && argument.startsWith('--config-map='),
  )
}

function keepProbe({ livenessProbe }: JsonObject): JsonObject {
  const path = textOf(objectOr(objectOr(livenessProbe)['httpGet'])['path'])
  return path === undefined ? {} : { livenessProbe: { httpGet: { path } } }
}

function keepPlacement(spec: JsonObject): JsonObject {
  const nodeSelector = stringsOf(spec['nodeSelector'])
  const tolerations = objectsOf(spec['tolerations']).map((one) =>
    pick(one, ['key', 'operator', 'value', 'effect']),
  )
  const required = objectOr(objectOr(spec['affinity'])['nodeAffinity'])[REQUIRED]
  return {
    ...(Object.keys(nodeSelector).length === 0 ? {} : { nodeSelector }),
    ...(tolerations.length === 0 ? {} : { tolerations }),
    ...(required == null ? {} : { affinity: { nodeAffinity: { [REQUIRED]: required } } }),
  }
}

const REQUIRED = 'requiredDuringSchedulingIgnoredDuringExecution'
