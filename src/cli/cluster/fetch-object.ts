import { isDnsSubdomain } from '../../core/dns-names.ts'
import { ApiError } from '../../kube/call-errors.ts'
import { workloadPath } from '../../workloads/kinds.ts'
import { CommandError, type Io } from '../io.ts'
import { openCluster, orIncomplete } from './ask-cluster.ts'
import type { NamedObject } from '../explain-target.ts'
import type { WorldOptions } from '../world/world-options.ts'

const ASK_MS = 30_000

/** An object that runs, and the address of the API server that told of it. */
export interface LiveObject {
  readonly object: object
  readonly server: string
}

/**
 * Fetches one live object.
 *
 * @throws CommandError 2 where there is none, 3 where the cluster does not tell
 */
export async function fetchObject(
  { kind: api, name }: NamedObject,
  options: WorldOptions,
  io: Io,
): Promise<LiveObject> {
  const { namespace = 'default' } = options
  const { apiVersion, kind } = api
  if (!isDnsSubdomain(name)) throw new CommandError(`${kind}/${name}: no name that Kubernetes allows.`)
  await using cluster = await openCluster(options, io)
  const { client } = cluster
  const path = `${workloadPath(api, namespace)}/${name}`
  const found = await orIncomplete(
    `${kind} ${namespace}/${name} is unknown: ${client.server} did not tell`,
    async () => {
      try {
        return await client.get(path, { signal: AbortSignal.timeout(ASK_MS) })
      } catch (error) {
        if (error instanceof ApiError && error.status === 404) return undefined
        throw error
      }
    },
  )
  if (found === undefined) {
    throw new CommandError(
      `${kind} ${namespace}/${name}: not found on ${client.server}. Name its namespace with -n.`,
    )
  }
  // whatever version the server prefers, this is the one that was asked for
  return { object: { ...(found as object), apiVersion, kind }, server: client.server }
}
