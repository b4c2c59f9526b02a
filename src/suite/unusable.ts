import type { Path } from '../state/manifest.ts'
import type { Place, SuiteProblem } from './suite.ts'

/** A test that cannot be run, as something that it names does not fit. */
export class Unusable extends Error {
  override readonly name = 'Unusable'
  readonly problem: SuiteProblem

  constructor(place: Place, path: Path, message: string, { fails = false } = {}) {
    super(message)
    this.problem = { source: place.sourceOf(path), message, fails }
  }
}
