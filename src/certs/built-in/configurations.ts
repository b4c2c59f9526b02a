import { applyObject } from '../../kube/apply.ts'
import { ApiError } from '../../kube/call-errors.ts'
import type { KubeClient } from '../../kube/kube-client.ts'
import type { ClusterParts } from '../cluster-parts.ts'
import { followObject, type FollowedObject } from '../follow-object.ts'
import {
  CONFIGURATION_NAMES,
  bundlePatch,
  configurationsPath,
  isInSync,
  readConfiguration,
  takesAway,
  trusts,
  type ConfigurationName,
  type OwnService,
  type SeenConfiguration,
} from './webhook-configuration.ts'

/** `caBundle` is ours alone: a field manager of its own, so that nobody's apply takes it away unnoticed. */
const FIELD_MANAGER = 'dapr-shared-ca-bundle'

/** Both webhook configurations, followed by every replica and written by one. */
export interface Configurations extends AsyncDisposable {
  /** The CAs in each `caBundle`; none before both were read. */
  bundles(): readonly (readonly string[])[] | undefined
  /** Whether each that exists trusts exactly these CAs, by name; those that do not exist are left out. */
  inSync(wanted: readonly string[]): { readonly configuration: ConfigurationName; readonly inSync: boolean }[]
  /** Whether all that exist trust these CAs, and maybe others, and it is known which exist. */
  carry(wanted: readonly string[]): boolean
  /** The same, read back from the API server. */
  carryNow(wanted: readonly string[], signal: AbortSignal): Promise<boolean>
  /** Whether a CA that is trusted at present would be trusted no longer. */
  takesAway(wanted: readonly string[]): boolean
  /**
   * Writes what is not as wanted, by a fenced client.
   *
   * @returns those that were written
   */
  publish(task: Publishing): Promise<ConfigurationName[]>
}

export interface Publishing {
  readonly client: KubeClient
  readonly wanted: readonly string[]
  /** whether to look at the API server itself, since a watch may lag behind */
  readonly isLive: boolean
  readonly signal: AbortSignal
}

interface Found {
  readonly configuration: ConfigurationName
  readonly seen: SeenConfiguration
}

/** @param name of both configurations */
export function followConfigurations(
  parts: ClusterParts,
  { name, own, onChange }: { readonly name: string; readonly own: OwnService; readonly onChange: () => void },
): Configurations {
  const followed = CONFIGURATION_NAMES.map((configuration) => ({
    configuration,
    object: follow(configuration),
  }))
  const present = (): Found[] =>
    followed.flatMap(({ configuration, object }) => {
      const seen = object.current()
      return seen === undefined ? [] : [{ configuration, seen }]
    })
  const isRead = (): boolean => followed.every(({ object }) => object.isRead())
  const isMissing = new Set<ConfigurationName>()

  function follow(configuration: ConfigurationName): FollowedObject<SeenConfiguration> {
    const object = followObject(parts, {
      all: configurationsPath(configuration),
      resource: `${configuration} webhook configurations`,
      name,
      project: (found) => readConfiguration(found, own),
      onChange() {
        tellMissing(configuration, object.current() === undefined)
        onChange()
      },
    })
    return object
  }

  /** It is never made anew: what it would say besides `caBundle` is for whoever installs. */
  function tellMissing(configuration: ConfigurationName, missing: boolean): void {
    if (missing && !isMissing.has(configuration)) {
      parts.log.warn(
        { configuration, name },
        'a webhook configuration was deleted: pods are created without us until it is installed again',
      )
    }
    if (missing) isMissing.add(configuration)
    else isMissing.delete(configuration)
  }

  async function readLive(signal: AbortSignal): Promise<Found[]> {
    const read = async (configuration: ConfigurationName): Promise<Found[]> => {
      try {
        const object = await parts.client.get(`${configurationsPath(configuration)}/${name}`, { signal })
        return [{ configuration, seen: readConfiguration(object, own) }]
      } catch (error) {
        if (error instanceof ApiError && error.status === 404) return []
        throw error
      }
    }
    return (await Promise.all(CONFIGURATION_NAMES.map(read))).flat()
  }

  return {
    bundles: () =>
      isRead() ? present().flatMap(({ seen }) => seen.webhooks.map(({ bundle }) => bundle)) : undefined,
    inSync: (wanted) =>
      present().map(({ configuration, seen }) => ({ configuration, inSync: isInSync(seen, wanted) })),
    carry: (wanted) => isRead() && present().every(({ seen }) => trusts(seen, wanted)),
    carryNow: async (wanted, signal) => (await readLive(signal)).every(({ seen }) => trusts(seen, wanted)),
    takesAway: (wanted) => present().some(({ seen }) => takesAway(seen, wanted)),
    async publish({ client, wanted, isLive, signal }) {
      const found = isLive ? await readLive(signal) : present()
      const stale = found.filter(({ seen }) => !isInSync(seen, wanted))
      // both at once: trouble with one is no reason to leave the other as it is
      await Promise.all(
        stale.map(({ configuration, seen }) => {
          const path = `${configurationsPath(configuration)}/${name}`
          const object = bundlePatch(configuration, name, seen, wanted)
          return applyObject({ client, path, object, fieldManager: FIELD_MANAGER, signal })
        }),
      )
      return stale.map(({ configuration }) => configuration)
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(followed.map(({ object }) => object[Symbol.asyncDispose]()))
    },
  }
}
