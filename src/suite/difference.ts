import type { Source } from '../state/manifest.ts'

/** One thing that is not as it was expected. */
export interface Difference {
  /** of the expectation: `allowed`, `env.app`, `patch` */
  readonly field: string
  /** in one line, without a full stop: `wanted true, got false` */
  readonly message: string
  /** what helps to understand it: findings that there were, lines that differ */
  readonly lines: readonly DifferenceLine[]
  /** of the expectation */
  readonly source: Source
}

/** A line that was wanted and is not there (`-`), one that is there (`+`), or one to read it by. */
export interface DifferenceLine {
  readonly sign: '-' | '+' | ' '
  readonly text: string
}
