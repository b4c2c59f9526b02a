import { performance } from 'node:perf_hooks'
import type { Known } from '../admission/decide-review.ts'
import type { SideDoor } from '../admission/side-door.ts'
import type { ReviewApiMode } from '../config/serve-settings.ts'
import { openClusterFacts } from '../facts/open-cluster-facts.ts'
import {
  DEFAULT_REVIEW_LIMITS,
  makeReviewApi,
  PATH,
  type ReviewApiParts,
} from '../review-api/answer-request.ts'
import { anybody } from '../review-api/callers.ts'
import { DEFAULT_CALLER_RATES, makeClusterCallers } from '../review-api/cluster-callers.ts'
import { makeReviewApiEvents } from '../telemetry/review-api-events.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import type { OpenedSource } from './open-source.ts'

export interface ReviewApiWiring extends Pick<ReviewApiParts, 'serves' | 'isClosing'> {
  readonly mode: ReviewApiMode
  readonly source: OpenedSource
  readonly known: () => Known | undefined
  readonly metrics: Metrics
  readonly log: Logger
}

/** The door of the review API, where it is wanted. It asks a cluster within limits of its own, beside those of admission. */
export function openReviewApi({
  mode,
  source,
  metrics,
  log,
  ...parts
}: ReviewApiWiring): SideDoor | undefined {
  if (mode === 'off') return undefined
  const clock = (): number => performance.now()
  const { cluster } = source
  const ofSource =
    cluster === undefined
      ? { facts: source.facts, identify: anybody }
      : {
          facts: openClusterFacts({
            client: cluster.client,
            clock,
            namespace: cluster.watched.namespace,
            // not those that admission has reserved: they are its own guess of a moment
            consumers: cluster.watched.consumers,
          }),
          identify: makeClusterCallers({ client: cluster.client, rates: DEFAULT_CALLER_RATES, clock }),
        }
  const answer = makeReviewApi({
    ...parts,
    ...ofSource,
    limits: DEFAULT_REVIEW_LIMITS,
    onAnswer: makeReviewApiEvents(metrics, log),
    clock,
    yieldTurn: () => new Promise((resolve) => void setImmediate(resolve)),
  })
  return { path: PATH, answer }
}
