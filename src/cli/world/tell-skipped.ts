import { visibleLine } from '../../report/visible.ts'
import { isReviewable } from '../../review/review-manifest.ts'
import { isIncomplete } from '../../state/incomplete.ts'
import { ManifestError, type Manifest } from '../../state/manifest.ts'
import type { FileReading } from '../../state/read-files.ts'
import { isState } from '../../state/state-store.ts'
import { isSuite } from '../../suite/suite-kind.ts'
import type { Io } from '../io.ts'
import type { WorldOptions } from './world-options.ts'

/** What is neither a pod nor tells of one is counted, so that nobody takes a review of nothing for a good one. */
export function tellSkipped(
  readings: readonly FileReading[],
  { strict }: Pick<WorldOptions, 'strict'>,
  io: Io,
): void {
  refuseSuites(readings)
  const unknown = readings
    .flatMap(({ manifests }) => manifests)
    .filter((manifest) => !isReviewable(manifest) && !isState(manifest) && !isIncomplete(manifest))
  const [first] = unknown
  if (strict && first !== undefined) {
    throw new ManifestError(
      first.source,
      `${visibleLine(`${first.apiVersion} ${first.kind}`)} is no kind that this command knows (--strict).`,
    )
  }
  const parts = [...Map.groupBy(unknown, kindWithGroup)].map(([kind, same]) => `${kind} (${same.length})`)
  const empty = readings.reduce((sum, reading) => sum + reading.empty, 0)
  if (empty > 0) parts.push(`empty documents (${empty})`)
  if (parts.length > 0) io.err(`skipped: ${visibleLine(parts.join(', '))}\n`)
}

/** Whoever gives a suite for a cluster would have an answer from an empty one. */
function refuseSuites(readings: readonly FileReading[]): void {
  const suite = readings.filter(({ named }) => named).flatMap(({ manifests }) => manifests.filter(isSuite))[0]
  if (suite === undefined) return
  throw new ManifestError(
    suite.source,
    'a suite of tests, whose state only "dapr-shared test" reads. Give manifests of its instances and policies instead.',
  )
}

/** `ConfigMap`, `extensions/v1beta1 Deployment`: by its kind alone it could be taken for one that is looked at. */
function kindWithGroup({ apiVersion, kind }: Manifest): string {
  return apiVersion === 'v1' ? kind : `${apiVersion} ${kind}`
}
