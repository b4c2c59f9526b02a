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
  /** As their watches show them; none before both were read. */
  seen(): Seen | undefined
  /** As the API server itself shows them. */
  readLive(signal: AbortSignal): Promise<Seen>
  /** The CAs in each `caBundle`. */
  bundles(seen: Seen): readonly (readonly string[])[]
  /** Whether each that exists trusts exactly these CAs, by name; those that do not exist are left out. */
  inSync(wanted: readonly string[]): { readonly configuration: ConfigurationName; readonly inSync: boolean }[]
  /** Whether all that exist trust these CAs, and maybe others, and it is known which exist. */
  carry(wanted: readonly string[]): boolean
  /** The same, read back from the API server. */
  carryNow(wanted: readonly string[], signal: AbortSignal): Promise<boolean>
  /** Whether a CA that one trusts would be trusted no longer; nobody would be trusted: nothing is written. */
  takesAway(seen: Seen | undefined, configuration: ConfigurationName, wanted: readonly string[]): boolean
  /** Whether one is there, and does not trust exactly these CAs. */
  isStale(seen: Seen | undefined, configuration: ConfigurationName, wanted: readonly string[]): boolean
  /** Writes one as it was seen, by a fenced client; after a change the API server refuses it (409). */
  publish(client: KubeClient, task: Publishing): Promise<void>
}

/** Those that exist and lead to us. */
export type Seen = Partial<Readonly<Record<ConfigurationName, SeenConfiguration>>>

export interface Publishing {
  readonly seen: Seen | undefined
  readonly configuration: ConfigurationName
  readonly wanted: readonly string[]
  readonly signal: AbortSignal
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
  const present = (): Seen =>
    seenOf(followed.map(({ configuration, object }) => [configuration, object.current()]))
  const isRead = (): boolean => followed.every(({ object }) => object.isRead())
  const isMissing = new Set<ConfigurationName>()
  const leadsElsewhere = new Set<ConfigurationName>()

  function follow(configuration: ConfigurationName): FollowedObject<SeenConfiguration> {
    const object = followObject(parts, {
      all: configurationsPath(configuration),
      resource: `${configuration} webhook configurations`,
      name,
      project: (found) => readConfiguration(found, own),
      onChange() {
        tellMissing(configuration, object.current() === undefined)
        tellElsewhere(configuration, object.current()?.webhooks.length === 0)
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

  function tellElsewhere(configuration: ConfigurationName, elsewhere: boolean): void {
    if (elsewhere && !leadsElsewhere.has(configuration))
      parts.log.warn(
        { configuration, name, service: own.name },
        'no webhook of the configuration leads to our Service: it is left as it is',
      )
    if (elsewhere) leadsElsewhere.add(configuration)
    else leadsElsewhere.delete(configuration)
  }

  async function readLive(signal: AbortSignal): Promise<Seen> {
    const read = async (
      configuration: ConfigurationName,
    ): Promise<[ConfigurationName, SeenConfiguration | undefined]> => {
      try {
        const object = await parts.client.get(`${configurationsPath(configuration)}/${name}`, { signal })
        return [configuration, readConfiguration(object, own)]
      } catch (error) {
        if (error instanceof ApiError && error.status === 404) return [configuration, undefined]
        throw error
      }
    }
    return seenOf(await Promise.all(CONFIGURATION_NAMES.map(read)))
  }

  return {
    seen: () => (isRead() ? present() : undefined),
    readLive,
    bundles: (seen) => Object.values(seen).flatMap(({ webhooks }) => webhooks.map(({ bundle }) => bundle)),
    inSync: (wanted) => {
      const seen = present()
      return CONFIGURATION_NAMES.flatMap((configuration) => {
        const one = seen[configuration]
        return one === undefined ? [] : [{ configuration, inSync: isInSync(one, wanted) }]
      })
    },
    carry: (wanted) => isRead() && Object.values(present()).every((one) => trusts(one, wanted)),
    carryNow: async (wanted, signal) =>
      Object.values(await readLive(signal)).every((one) => trusts(one, wanted)),
    takesAway(seen, configuration, wanted) {
      const one = seen?.[configuration]
      return one !== undefined && wanted.length > 0 && takesAway(one, wanted)
    },
    isStale(seen, configuration, wanted) {
      const one = seen?.[configuration]
      return one !== undefined && wanted.length > 0 && !isInSync(one, wanted)
    },
    async publish(client, { seen, configuration, wanted, signal }) {
      const one = seen?.[configuration]
      if (one === undefined) return
      const path = `${configurationsPath(configuration)}/${name}`
      const object = bundlePatch(configuration, name, one, wanted)
      await applyObject({ client, path, object, fieldManager: FIELD_MANAGER, signal })
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(followed.map(({ object }) => object[Symbol.asyncDispose]()))
    },
  }
}

function seenOf(found: readonly (readonly [ConfigurationName, SeenConfiguration | undefined])[]): Seen {
  return Object.fromEntries(found.filter(([, seen]) => seen !== undefined && seen.webhooks.length > 0))
}
