import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Settings } from '../../src/core/settings.ts'
import type { Inventory } from '../../src/core/inventory.ts'
import {
  DEFAULT_SKIPPED_CONTAINERS,
  SERVICE_NAMESPACE,
  SYSTEM_NAMESPACES,
} from '../../src/core/vocabulary.ts'
import { buildSnapshot } from '../../src/state/build-snapshot.ts'
import { isState } from '../../src/state/state-store.ts'
import { parseManifests } from '../../src/state/parse-manifests.ts'

/** The file of a cluster by its short name: "shop" is clusters/shop.yaml. */
export function clusterFile(name: string): string {
  return join(import.meta.dirname, 'clusters', `${name}.yaml`)
}

/** The instances of such a cluster, as a server that reads the file knows them. */
export function readCluster(name: string): Inventory {
  const { manifests } = parseManifests(readFileSync(clusterFile(name), 'utf8'), `clusters/${name}.yaml`)
  return buildSnapshot(manifests.filter(isState), {
    defaultNamespace: 'default',
    clusterDomain: 'cluster.local',
  }).inventory
}

/** What governs a server that nobody told anything. */
export const SETTINGS: Settings = {
  skippedContainers: new Set(DEFAULT_SKIPPED_CONTAINERS),
  excludedNamespaces: new Set([...SYSTEM_NAMESPACES, SERVICE_NAMESPACE]),
}
