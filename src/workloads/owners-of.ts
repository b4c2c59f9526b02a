import { objectOr } from '../core/cluster-facts.ts'
import type { Owner } from '../core/facts.ts'
import { listOf, textOf } from '../discovery/loose.ts'
import { groupOf, type Manifest } from '../state/manifest.ts'
import { isPod } from './expand.ts'

/** The groups whose kinds are written without them. */
const UNNAMED_GROUPS: ReadonlySet<string> = new Set(['', 'apps', 'batch'])

/** `Deployment`; `Rollout.argoproj.io` outside of core, apps and batch. */
export function kindName(apiVersion: string, kind: string): string {
  const group = groupOf(apiVersion)
  return UNNAMED_GROUPS.has(group) ? kind : `${kind}.${group}`
}

/**
 * The owners of the pods that a workload will make, itself first, then what it says made it (a Job's CronJob); unknown
 * for a Pod, which may have been made by something.
 */
export function ownersOf({
  apiVersion,
  kind,
  name,
  object,
}: Pick<Manifest, 'apiVersion' | 'kind' | 'name' | 'object'>): readonly Owner[] | undefined {
  if (isPod({ apiVersion, kind })) return undefined
  const own = { kind: kindName(apiVersion, kind), name }
  const owner = listOf(objectOr(object['metadata'])['ownerReferences'])
    .map(objectOr)
    .find(({ controller }) => controller === true)
  if (owner === undefined) return [own]
  const above = {
    kind: kindName(textOf(owner['apiVersion']) ?? '', textOf(owner['kind']) ?? ''),
    name: textOf(owner['name']) ?? '',
  }
  return [own, above]
}
