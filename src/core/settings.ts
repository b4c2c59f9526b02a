import { DEFAULT_SKIPPED_CONTAINERS, SYSTEM_NAMESPACES } from './vocabulary.ts'

/** What governs every decision of one server or one command. */
export interface Settings {
  /** containers that get no variables unless the pod names them */
  readonly skippedContainers: ReadonlySet<string>
  /** namespaces that are not served */
  readonly excludedNamespaces: ReadonlySet<string>
}

/**
 * The settings that server and commands share.
 *
 * @param skippedContainers besides the built-in list
 * @param ownNamespace where the webhook itself runs
 */
export function makeSettings(skippedContainers: readonly string[], ownNamespace: string): Settings {
  return {
    skippedContainers: new Set([...DEFAULT_SKIPPED_CONTAINERS, ...skippedContainers]),
    excludedNamespaces: new Set([...SYSTEM_NAMESPACES, ownNamespace]),
  }
}
