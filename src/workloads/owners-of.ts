import type { FactSubject } from '../facts/fact-source.ts'
import { controllerOf, metadataOf, writtenKind } from '../facts/owner-reference.ts'
import { groupOf, type Manifest } from '../state/manifest.ts'
import { isPod } from './expand.ts'

/**
 * Whom the pods that a workload will make belong to: itself, and what it says made it (a Job's CronJob), which is a claim
 * that whoever has the facts verifies. Nothing for a Pod, which makes its claims itself.
 */
export function ownersOf({
  apiVersion,
  kind,
  name,
  object,
}: Pick<Manifest, 'apiVersion' | 'kind' | 'name' | 'object'>): Pick<FactSubject, 'owners' | 'controller'> {
  if (isPod({ apiVersion, kind })) return {}
  return {
    owners: [{ kind: writtenKind({ group: groupOf(apiVersion), kind }), name }],
    controller: controllerOf(metadataOf(object)),
  }
}
